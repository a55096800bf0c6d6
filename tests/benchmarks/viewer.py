"""How quickly the viewer answers, from the wish to the painted picture, on a real clip.

A clip with speech is imported, its proxy made and its first seconds synthesized, all in a home that
is thrown away. Then the frame server is asked alone, and the real panel (offscreen) is driven:
random places are sought, the playhead rests (with and without the lossless copies that the window
makes in the background), a strength slider moves, also with masks and every setting in use, a few
seconds are played. Goals (p95): 10 ms for a seek on the proxy, 100 ms from resting to the exact
frame, 50 ms from slider to paint.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.clips import override
from latentsync_studio.core.timeline.edits.media import add_media
from latentsync_studio.core.timeline.edits.place import media_placements, overwrite
from latentsync_studio.core.timeline.edits.tracks import add_sequence, drive_lips
from latentsync_studio.core.timeline.model import Project, SpeechLane
from latentsync_studio.services.media_bin.exact_frames import PIECE, ExactFrames
from latentsync_studio.services.media_bin.importing import import_media
from latentsync_studio.services.media_bin.proxies import make_proxy
from latentsync_studio.services.timeline.preview import FrameServer
from latentsync_studio.services.timeline.synthesize import SynthesisRequest, synthesize
from latentsync_studio.services.wiring import open_services
from latentsync_studio.ui.theme.style import Look
from latentsync_studio.ui.viewer.panel import ViewerPanel
from latentsync_studio.ui.viewer.pictures import FULL_MS, REST_MS, Stage
from latentsync_studio.ui.viewer.playback import Playback
from latentsync_studio.ui.workbench import Workbench
from tests.benchmarks.goals import SHARED
from tests.benchmarks.looks import composing, with_everything
from tests.ui.viewer.scenes import Jobs, Media, Opener, no_device

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from latentsync_studio.services.wiring import Services

SEEKS, SLIDES, PLAYED_S = 60, 60, 4.0
CACHE = 700 * 2**20


def scene(services: Services, video: Path, speech: Path, seconds: float) -> Project:
    """The clip with the speech under it, proxy and patches made."""
    progress = CallbackProgress()
    found = import_media([video, speech], services, progress)
    project = Project()
    for each in found:
        assert each.item is not None, each.problem
        project = add_media(project, each.item)
    picture, sound = project.media
    facts = picture.video
    project = add_sequence(project, "Cut", facts.rate, (facts.width, facts.height))
    pictures, sounds = (track.id for track in project.sequences[0].tracks)
    project = overwrite(project, media_placements(project, picture.id, 0, [pictures]))
    stop = min(project.sequences[0].stop, sound.available("audio", facts.rate))
    project = overwrite(
        project, media_placements(project, sound.id, 0, [sounds], FrameRange(0, stop))
    )
    project = drive_lips(project, sounds, SpeechLane())
    make_proxy(picture, services, progress)
    frames = FrameRange(0, min(stop, round(seconds * float(facts.rate.fraction))))
    request = SynthesisRequest(project=project, sequence=project.sequences[0].id, frames=frames)
    synthesize(request, services, progress)
    return project


def keep_frames(services: Services, project: Project) -> tuple[int, float]:
    """Make all lossless copies; their bytes and the frames made a second."""
    frames, began = ExactFrames(services), time.perf_counter()
    sequence = project.sequences[0].id
    while missing := frames.plan(project, sequence, 0).missing:
        frames.make(missing[0], CallbackProgress())
    frames.close()
    info = services.frames.info()
    return info.bytes, info.files * PIECE / (time.perf_counter() - began)


def until(condition: Callable[[], bool]) -> None:
    """Let the window live until something holds; it sleeps between events, as a real one does."""
    app = QApplication.instance()
    deadline = time.perf_counter() + 60
    beat = QTimer(interval=500)
    beat.start()
    while not condition():
        app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        if time.perf_counter() > deadline:
            raise TimeoutError("It never came.")
    beat.stop()


def live(seconds: float) -> None:
    """Let the window live.

    QTest.qWait is of no use here: it holds the interpreter while it waits, so that every other
    thread stands still for most of the time.
    """
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


class Took(NamedTuple):
    """Milliseconds on the wall, and of the processors (all threads)."""

    wall: float
    cpu: float


@contextmanager
def timed(into: list[Took]) -> Iterator[None]:
    """Note how long something takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    into.append(
        Took((time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3),
    )


class Bench:
    """The panel with its workbench."""

    def __init__(self, services: Services, home: Path, project: Project) -> None:
        self.workbench = Workbench(services, Look(QApplication.instance()), home)
        self.playback = Playback(self.workbench, open_stream=no_device)
        self.workbench.playback = self.playback
        self.workbench.jobs, self.workbench.media = Jobs(), Media()
        self.workbench.project = Opener()
        self.panel = ViewerPanel(self.workbench)
        self.panel.resize(1100, 800)
        self.panel.show()
        self.workbench.store.open(project)
        until(lambda: self.playback.pictures.is_exact)

    def painted(self, act: Callable[[], object], into: list[Took], stage: Stage) -> None:
        """Note the time from `act` to the painted picture of the present playhead."""
        pictures = self.playback.pictures
        name = {Stage.NEAREST: "is_current", Stage.FRAME: "is_right", Stage.FULL: "is_exact"}[stage]
        with timed(into):
            act()
            until(lambda: getattr(pictures, name))
            self.panel.canvas.repaint()

    def seeks(self, frames: list[int], stage: Stage) -> list[Took]:
        seek, found = self.workbench.session.seek, []
        for at in frames:
            self.painted(lambda at=at: seek(at), found, stage)
        return found

    def slides(self, frame: int) -> list[Took]:
        """Move the strength as a slider does: a gesture that is shown again and again."""
        self.workbench.session.seek(frame)
        until(lambda: self.playback.pictures.is_exact)
        store = self.workbench.store
        clip = store.project.sequences[0].tracks[0].clips[0].id
        gesture, found = store.gesture("Strength"), []
        for n in range(SLIDES):
            value = 1.0 - n / SLIDES
            show = lambda value=value: gesture.show(  # noqa: E731 - one line, called at once
                lambda project: override(project, [clip], "compose.strength", value)
            )
            self.painted(show, found, Stage.FRAME)
            assert self.playback.pictures.current.state == "ready"
        gesture.cancel()
        return found[1:]

    def play(self) -> tuple[float, int, float]:
        """Frames shown a second, dropped, and the share of one processor that playing took."""
        self.workbench.session.seek(0)
        until(lambda: self.playback.pictures.is_exact)
        self.playback.toggle()
        cpu = time.process_time()
        live(PLAYED_S)
        cpu = time.process_time() - cpu
        rate, dropped = self.playback.rate.rate(time.perf_counter()), self.playback.rate.dropped
        self.playback.stop()
        return rate or 0.0, dropped, cpu / PLAYED_S

    def close(self) -> None:
        self.panel.close_panel()
        self.playback.close()
        self.workbench.preferences.close()
        self.workbench.background.close()
        self.panel.close()


def served(
    services: Services, project: Project, frames: Iterable[int], **ask: object
) -> list[Took]:
    """Single answers of the server."""
    server, found = FrameServer(services, CACHE), []
    sequence = project.sequences[0].id
    server.show(project, sequence, 0, exact=False, max_size=(960, 540))
    for frame in frames:
        with timed(found):
            server.show(project, sequence, frame, **ask)
    server.close()
    return found


def composed(services: Services, project: Project) -> list[Took]:
    """The compositor alone, at the medium's full size."""
    compose, found = composing(project, services), []
    compose(0)
    for number in range(SLIDES):
        with timed(found):
            compose(number)
    return found


def looks(services: Services, home: Path, project: Project, frame: int) -> dict[str, list[Took]]:
    """Rows of a clip that uses every setting, painted masks and a curve."""
    full = with_everything(project, services)
    bench = Bench(services, home, full)
    rows = {
        "slider with all settings, masks, a curve": bench.slides(frame),
        "compositor: usual look": composed(services, project),
        "compositor: all settings, masks, a curve": composed(services, full),
    }
    bench.close()
    return rows


def told(name: str, times: list[Took]) -> str:
    """A row of the table."""
    walls, cpus = zip(*times, strict=True)
    figures = (*np.percentile(walls, [50, 95]), max(walls), *np.percentile(cpus, [50, 95]))
    return f"{name:48}" + "".join(f"{figure:9.1f}" for figure in figures)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    demo = (SHARED / "demo1_video.mp4", SHARED / "demo1_audio.wav")
    parser.add_argument("--pair", nargs=2, type=Path, default=demo)
    parser.add_argument("--seconds", type=float, default=4.0, help="how much is synthesized")
    args = parser.parse_args()
    app = QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory() as home, open_services(Path(home)) as services:
        project = scene(services, *args.pair, args.seconds)
        sequence = project.sequences[0]
        drawn = round(args.seconds * float(sequence.rate.fraction))
        draw = random.Random(1)
        places = draw.sample(range(sequence.stop), min(SEEKS, sequence.stop))
        others = [at for at in range(sequence.stop) if at not in places][:SEEKS]
        inside = [at % drawn for at in places]
        small = {"exact": False, "max_size": (960, 540)}
        source = served(services, project, places, **small, want_result=False)
        result = served(services, project, inside, **small)
        bench = Bench(services, Path(home), project)
        cold = bench.seeks(places[:20], Stage.FRAME)
        bench.close()
        kept, made_rate = keep_frames(services, project)
        wide = {**small, "exact": True}
        copied = served(services, project, places, **wide, want_result=False)
        bench = Bench(services, Path(home), project)
        rows = {
            "server: seek on proxy, source": source,
            "server: seek on proxy, result": result,
            "server: exact from its copy, source": copied,
            "window: seek to nearest painted": bench.seeks(inside, Stage.NEAREST),
            f"window: seek to exact painted ({REST_MS} ms rest)": bench.seeks(places, Stage.FRAME),
            "same without copies": cold,
            f"same to full size ({REST_MS + FULL_MS} ms rest)": bench.seeks(others, Stage.FULL),
            "window: slider to painted": bench.slides(drawn // 2),
        }
        rate, dropped, share = bench.play()
        bench.close()
        rows |= looks(services, Path(home), project, drawn // 2)
    load = os.getloadavg()[0]
    head = f"{args.pair[0].name} {sequence.width}x{sequence.height}, load {load:.1f}"
    lines = [head, f"{'milliseconds':48}{'median':>9}{'p95':>9}{'most':>9}{'CPU':>9}{'p95':>9}"]
    lines += [told(name, times) for name, times in rows.items()]
    wanted = float(sequence.rate.fraction)
    lines.append(f"played {rate:.1f} of {wanted:g} fps, {dropped} dropped, {share:.0%} CPU")
    lines.append(f"copies of {kept / 2**20:.0f} MiB made at {made_rate:.0f} fps")
    sys.stdout.write("\n".join(lines) + "\n")
    del app


if __name__ == "__main__":
    main()
