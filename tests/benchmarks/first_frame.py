"""Seconds from asking for a preview to its first composed frame, in the middle of a clip.

The analysis is kept in the store, the patches are not. A process that has loaded its modules and
nothing else prepares the take, decodes and draws the 16-frame window that holds the middle frame,
and composes that window's first frame; then again, as after a change of a setting. The goal is
1 s or less.

In the viewer the middle frame comes from a proxy first and then from the clip itself: a second
table tells how long each takes in a new process, with the proxy made and the analysis kept.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec.structs import replace

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.settings.pages import MouthBankSettings, RenderSettings
from latentsync_studio.core.timeline.model import MediaId
from latentsync_studio.services.compose import compose_frame
from latentsync_studio.services.look import LookPlan
from latentsync_studio.services.media_bin.importing import import_media
from latentsync_studio.services.media_bin.proxies import make_proxy
from latentsync_studio.services.prepare import prepared
from latentsync_studio.services.request import RenderRequest
from latentsync_studio.services.timeline.preview import FrameServer
from latentsync_studio.services.wiring import open_services
from tests.benchmarks.goals import PAIRS, SHARED
from tests.services.timeline.projects import RATE, SEQUENCE, clip, project

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.model import MediaItem, Project

STEPS = ("prepare", "decode", "draw", "compose")
VIEWER = ("import", "stand-in", "exact", "beside")
AGAIN = 4


def preview(request: RenderRequest) -> dict[str, float]:
    """Compose the first frame of the middle window; seconds of each step and in total.

    "run_up" counts the frames from the keyframe to the window: they are decoded, but not shown.
    """
    progress, marks = CallbackProgress(), [time.perf_counter()]
    with open_services() as services, prepared(request, services, progress) as ready:
        marks.append(time.perf_counter())
        middle = len(ready.length.source) // 2
        window = next(window for window in ready.windows if window.stop > middle)
        pictures = [ready.reader.read(int(ready.length.source[frame])) for frame in window]
        marks.append(time.perf_counter())
        patches = ready.session.synthesize(window, pictures, progress)
        marks.append(time.perf_counter())
        plan = LookPlan(compose=request.settings.compose)
        look = plan.at(pictures[0].index, ready.face, pictures[0].index)
        shown = compose_frame(pictures[0], patches[0], ready.face, look)
        marks.append(time.perf_counter())
        index, first = ready.reader.index, pictures[0].index
        key = index.key_for(first)
        run_up = first - (0 if key is None else index.first_from(key))
        if np.array_equal(shown.planes[0], pictures[0].planes[0]):
            raise SystemExit(f"frame {window.start} was not redrawn")
    steps = dict(zip(STEPS, np.diff(marks).tolist(), strict=True))
    return {**steps, "total": marks[-1] - marks[0], "run_up": run_up}


def in_viewer(video: Path, audio: Path) -> dict[str, float]:
    """Show the middle frame as when a playhead is dropped there; seconds of each step.

    "import" opens what is needed and imports both files again, "stand-in" is the proxy's frame,
    "exact" the clip's, "beside" the proxy's frame 40 further on.
    """
    marks = [time.perf_counter()]
    with open_services() as services:
        found = import_media([video, audio], services, CallbackProgress())
        picture, sound = (each.item for each in found if each.item is not None)
        made = document(picture, sound)
        make_proxy(made.media[0], services, CallbackProgress())
        server = FrameServer(services, 2**30)
        marks.append(time.perf_counter())
        middle = made.sequences[0].stop // 2
        shown = []
        for frame, exact in ((middle, False), (middle, True), (middle + 40, False)):
            size = None if exact else (960, 960)
            shown.append(server.show(made, SEQUENCE, frame, exact=exact, max_size=size))
            marks.append(time.perf_counter())
        server.close()
    if not (shown[0].is_proxy and shown[1].is_exact and shown[2].is_proxy):
        raise SystemExit("the viewer did not show a proxy and then the clip")
    return dict(zip(VIEWER, np.diff(marks).tolist(), strict=True))


def document(picture: MediaItem, sound: MediaItem) -> Project:
    """A project in which the sound drives the lips of the picture, from its start."""
    media = replace(picture, id=MediaId("m1")), replace(sound, id=MediaId("m2"))
    stop = min(m.available(k, RATE) or 0 for m, k in zip(media, ("video", "audio"), strict=True))
    tracks = {"V1": [clip(1, 1, 0, (0, stop))], "A1": [clip(2, 2, 0, (0, stop))]}
    return project(media, tracks, size=(media[0].video.width, media[0].video.height))


def previews(video: Path, audio: Path) -> list[dict[str, float]]:
    """Previews one after the other in this process, each with another expression."""
    found = []
    for number in range(1 + AGAIN):
        page = MouthBankSettings(expression=1.0 - 0.02 * number)
        settings = replace(RenderSettings(), mouthbank=page)
        request = RenderRequest(
            video=video, audio=audio, output=Path("unused.mp4"), settings=settings
        )
        found.append(preview(request))
    return found


def in_a_new_process(video: Path, audio: Path, home: str, what: str = "--json") -> Any:
    """The same, or with "--viewer" what the viewer does, in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.first_frame", "--pair", video, audio]
    done = subprocess.run(
        [*map(str, command), what],
        env={**os.environ, "LATENTSYNC_STUDIO_HOME": home},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def main() -> None:
    """Measure the shared clips, or one given pair, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, default=SHARED)
    parser.add_argument("--pair", type=Path, nargs=2, metavar=("VIDEO", "AUDIO"))
    parser.add_argument("--json", action="store_true", help="previews of --pair in this process")
    parser.add_argument("--viewer", action="store_true", help="the viewer in this process")
    args = parser.parse_args()
    if args.viewer:
        sys.stdout.write(json.dumps(in_viewer(*args.pair)))
        return
    if args.json:
        sys.stdout.write(json.dumps(previews(*args.pair)))
        return
    pairs = [(name, args.clips / video, args.clips / audio) for name, video, audio in PAIRS]
    if args.pair:
        pairs = [(args.pair[0].name, *args.pair)]
    sys.stdout.write(f"| clip | preview | seconds | {' | '.join(STEPS)} | run-up |\n")
    sys.stdout.write("|---|---|---|---|" + "---|" * len(STEPS) + "\n")
    seen = []
    for name, video, audio in pairs:
        with tempfile.TemporaryDirectory() as home:
            in_a_new_process(video, audio, home)  # makes the analysis
            first, *later = in_a_new_process(video, audio, home)
            in_a_new_process(video, audio, home, "--viewer")  # makes the proxy
            seen.append((name, in_a_new_process(video, audio, home, "--viewer")))
        usual = {key: float(np.median([each[key] for each in later])) for key in first}
        for title, each in (("first of a process", first), ("later, median", usual)):
            parts = " | ".join(f"{each[step]:.3f}" for step in STEPS)
            sys.stdout.write(f"| {name} | {title} | {each['total']:.3f} | {parts} ")
            sys.stdout.write(f"| {each['run_up']:.0f} |\n")
            sys.stdout.flush()
    sys.stdout.write(f"\n| clip | {' | '.join(VIEWER)} |\n|---|{'---|' * len(VIEWER)}\n")
    for name, steps in seen:
        sys.stdout.write(f"| {name} | {' | '.join(f'{steps[s]:.3f}' for s in VIEWER)} |\n")


if __name__ == "__main__":
    main()
