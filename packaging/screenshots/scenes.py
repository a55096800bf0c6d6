"""What is done on the stage, scene by scene; each takes its pictures on the way."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from screenshots.stage import Stage

ROOT = Path(__file__).resolve().parents[2]
CLIP, SPEECH = (ROOT / "resources" / "sample" / name for name in ("portrait.mp4", "speech.wav"))
WIDE, SMALL, LARGE = (1440, 900), (1280, 720), (2560, 1440)
# places on the screen of 1440 x 900
MEDIA_TAB, JOBS_TAB, FIRST_MEDIUM = (30, 32), (84, 32), (90, 126)
# the box lies within the picture and below what is told over it
CLOSE_MESSAGE, PICTURE_BOX = (1000, 79), "300x300+520+120"
OPEN_MOUTH = 113  # a frame of the sample where the speech wants the mouth shut
VIDEO_CLIP, LANE, EMPTY = (576, 657), (576, 735), (576, 830)
RULER, VIDEO_HEAD = 618, (18, 657)
SETTLE_S = 4  # thumbnails, waveforms, a proxy
REMEDY = (156, 506)  # the first button below the jobs
MESSAGE_S = 9  # a message of success goes by itself


class Act(NamedTuple):
    """A scene with the screen that it wants."""

    play: Callable[[Stage], None]
    size: tuple[int, int] = WIDE
    scale: float = 1.0


def opened(stage: Stage) -> None:
    """The sample is open and drawn."""
    stage.open(CLIP, SPEECH)
    time.sleep(SETTLE_S)


def welcome(stage: Stage) -> None:
    """Nothing is open: keys alone, then what the menu Help offers, then the palette."""
    stage.open()
    stage.shot("welcome")
    stage.keys("Tab")
    stage.shot("second_card_by_tab")
    for title in ("Keyboard shortcuts", "Quick guide", "About", "Report a problem"):
        stage.command(title)
        stage.shot(title.lower().replace(" ", "_"))
        stage.keys("Escape")
    stage.keys("ctrl+shift+p")
    time.sleep(0.8)
    stage.shot("palette")
    stage.text("zoom")
    stage.shot("palette_filtered")
    stage.keys("Escape")


def preferences(stage: Stage) -> None:
    """Each page of the preferences."""
    stage.open()
    stage.keys("ctrl+comma")
    for name in ("appearance", "editing", "performance", "keyboard"):
        stage.shot(name)
        stage.keys("ctrl+Tab")
    stage.keys("Escape")


def timeline(stage: Stage) -> None:
    """Imported; zoomed in and out; selections; the table; dialogs; the light theme."""
    opened(stage)
    stage.shot("imported")
    stage.keys("equal", "equal", "equal")
    stage.shot("zoomed_in")
    stage.keys("minus", "minus", "minus", "minus", "minus", "minus")
    stage.shot("zoomed_out")
    stage.keys("backslash", "ctrl+equal", "ctrl+equal", "ctrl+equal")
    stage.shot("taller_tracks")
    stage.click(*FIRST_MEDIUM)
    stage.shot("medium_selected")
    stage.click(*VIDEO_CLIP)
    stage.shot("clip_selected")
    for key, name in (("F6", "table"), ("ctrl+e", "export"), ("ctrl+t", "by_numbers")):
        stage.keys(key)
        stage.shot(name)
        stage.keys("F6" if name == "table" else "Escape")
    stage.click(*VIDEO_CLIP, button=3)
    stage.shot("menu_of_clip")
    stage.keys("Escape", "alt+s")
    stage.shot("menu_sequence")
    stage.keys("Escape", "Escape")
    stage.command("Light theme")
    stage.shot("light")


def editing(stage: Stage) -> None:
    """Edits by mouse and keys, each with its picture."""
    opened(stage)
    stage.keys("minus", "minus")
    edit_by_keys(stage)
    edit_by_mouse(stage)


def edit_by_keys(stage: Stage) -> None:
    """Drag and give up, split, mark, extract, lift."""
    start, there = (400, 657), (520, 657)
    stage.press(start)
    stage.pull(start, there)
    stage.shot("drag")
    stage.keys("Escape")
    stage.release()
    stage.shot("drag_given_up")
    stage.drag(start, there)
    stage.shot("dragged")
    stage.keys("ctrl+z", "Home", *["shift+Right"] * 8, "ctrl+shift+k")
    stage.shot("split")
    stage.keys("m", *["shift+Right"] * 4, "i", *["shift+Right"] * 4, "o")
    stage.shot("marked")
    stage.keys("apostrophe")
    stage.shot("extracted")
    stage.keys("ctrl+z", "semicolon")
    stage.shot("lifted")
    stage.keys("ctrl+z")


def edit_by_mouse(stage: Stage) -> None:
    """Razor, trims to the playhead, wheel, scrubbing, marquee, a drop from the bin, play."""
    stage.keys("c")
    stage.move(300, 657)
    stage.shot("razor")
    stage.click(300, 657)
    stage.keys("v")
    stage.shot("razored")
    stage.keys("Home", *["Right"] * 12, "q")
    stage.shot("head_trimmed")
    stage.keys("ctrl+z", "w")
    stage.shot("tail_trimmed")
    stage.keys("ctrl+z")
    stage.wheel(700, 680, 5, "ctrl")
    stage.shot("zoomed_by_wheel")
    stage.keys("backslash")
    stage.press((300, RULER))
    stage.pull((300, RULER), (520, RULER))
    stage.shot("scrubbing", still=False)
    stage.release()
    stage.drag((190, 840), (600, 640))
    stage.shot("marquee")
    stage.click(*EMPTY)
    stage.drag(FIRST_MEDIUM, (900, 657))
    stage.shot("dropped_from_bin")
    stage.keys("Home", "l")
    time.sleep(1)
    stage.shot("playing", still=False)
    stage.keys("k")


def jobs(stage: Stage) -> None:
    """A job runs; then it is done; then each view of the result, and full screen."""
    opened(stage)
    stage.keys("ctrl+Return")
    stage.shot("queued", still=False)
    stage.click(*JOBS_TAB)
    for number in range(1, 5):
        time.sleep(2)
        stage.shot(f"rendering_{number}", still=False)
    stage.wait_until_idle()
    stage.shot("rendered")
    stage.click(*MEDIA_TAB)
    stage.keys(*["shift+Right"] * 8)
    for key, name in enumerate(("source", "result", "wipe", "difference", "onion"), 1):
        stage.keys(str(key))
        stage.shot(f"view_{name}")
    stage.keys("3", "f")
    time.sleep(1)
    stage.shot("full_screen")
    stage.keys("Escape")
    stage.shot("full_screen_left")


def failed(stage: Stage) -> None:
    """The clip vanishes before the job; then an export into a folder that takes no file."""
    clip = stage.folder / "My talk.mp4"
    shutil.copy(CLIP, clip)
    stage.open(clip, SPEECH)
    time.sleep(SETTLE_S)
    clip.rename(stage.folder / "moved away.mp4")
    stage.keys("ctrl+Return")
    stage.click(*JOBS_TAB)
    time.sleep(SETTLE_S)
    stage.shot("vanished")
    stage.click(*REMEDY)
    time.sleep(1)
    stage.text(str(stage.folder / "moved away.mp4"))
    stage.keys("Return")
    time.sleep(SETTLE_S)
    stage.shot("found_again")
    stage.keys("ctrl+e")
    time.sleep(1)
    stage.keys("ctrl+a")
    stage.text("/proc/no/such/folder/out.mp4")
    time.sleep(1)
    stage.shot("unwritable")


def closing(stage: Stage) -> None:
    """Unsaved changes; a kill and the recovery of an untitled and of a saved project."""
    opened(stage)
    stage.keys("ctrl+w")
    stage.shot("unsaved")
    stage.keys("Escape")
    time.sleep(1)
    stage.kill()
    stage.open()
    stage.shot("recovery_untitled")
    stage.keys("Return")
    time.sleep(2)
    stage.shot("recovered_untitled")
    project = stage.folder / "Interview.lsp"
    stage.keys("ctrl+s")
    time.sleep(1.5)
    stage.keys("ctrl+a")
    stage.text(str(project))
    stage.shot("save_as")
    stage.keys("Return")
    time.sleep(2)
    stage.click(*VIDEO_CLIP)
    stage.keys("Right", "Right", "Right", "Right", "ctrl+k", "m")
    time.sleep(1)
    stage.kill()
    stage.open(project)
    stage.shot("recovery_saved")
    stage.keys("Return")
    time.sleep(2)
    stage.shot("recovered_saved")


def interrupted(stage: Stage) -> None:
    """A kill while a job runs, and the question at the next start; a close while a job runs."""
    opened(stage)
    stage.keys("ctrl+Return")
    time.sleep(1)
    stage.click(*CLOSE_MESSAGE)
    time.sleep(0.5)
    stage.wait_for_change(PICTURE_BOX)  # the first frames are there
    time.sleep(1)
    stage.kill()
    stage.open()
    stage.keys("Return")  # recover the project
    time.sleep(2)
    stage.shot("unfinished_jobs")
    stage.keys("Return")
    time.sleep(0.5)
    stage.shot("resumed", still=False)
    stage.keys("ctrl+q", "alt+d")  # discard the changes
    stage.shot("closing_with_jobs", still=False)


def sizes(stage: Stage) -> None:
    """The window and the larger dialogs, whatever the size and the scale."""
    stage.open()
    stage.shot("welcome")
    stage.close()
    opened(stage)
    stage.shot("imported")
    for key, name in (("ctrl+comma", "preferences"), ("ctrl+alt+k", "keys"), ("ctrl+e", "export")):
        stage.keys(key)
        stage.shot(name)
        stage.keys("Escape")
    stage.keys("ctrl+a")
    stage.shot("selected")


def readme(stage: Stage) -> None:
    """The pictures of the README: while it renders, at work, and in the light theme."""
    opened(stage)
    stage.keys("backslash", "ctrl+equal", "ctrl+equal", "ctrl+equal", "ctrl+Return")
    stage.click(*JOBS_TAB)
    time.sleep(1)
    stage.click(*CLOSE_MESSAGE)
    time.sleep(0.5)
    stage.wait_for_change(PICTURE_BOX)
    time.sleep(0.8)
    stage.shot("rendering", still=False)
    stage.wait_until_idle()
    time.sleep(MESSAGE_S)
    stage.click(*MEDIA_TAB)
    stage.keys("Home", *["shift+Right"] * 15, "ctrl+k", "m", "i", *["shift+Right"] * 10, "o")
    stage.keys("Home", *["shift+Right"] * (OPEN_MOUTH // 5), *["Right"] * (OPEN_MOUTH % 5), "3")
    stage.click(*VIDEO_CLIP)
    stage.move(1, 1)
    stage.shot("editor")
    stage.command("Light theme")
    stage.keys("4")
    stage.move(1, 1)
    stage.shot("light")


ACTS = {
    **{
        scene.__name__: Act(scene)
        for scene in (
            welcome,
            preferences,
            timeline,
            editing,
            jobs,
            failed,
            closing,
            interrupted,
        )
    },
    "small": Act(sizes, SMALL),
    "large": Act(sizes, LARGE),
    "scaled_125": Act(sizes, WIDE, 1.25),
    "scaled_200": Act(sizes, LARGE, 2.0),
}
README = Act(readme)
