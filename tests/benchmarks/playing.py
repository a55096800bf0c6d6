"""Which frames are shown while the viewer plays, and where the time of one that is not has gone.

The real panel (offscreen, without a sound device) plays real clips: source and result, on the proxy
and on the clip itself, in full quality, with masks, a dissolve, at the rates of television, and
with jumps on the way. Counted are the frames that were due and not shown, and those instead of
which the picture of another frame was shown; "first" is how long the first picture was waited for,
after the start or a jump, at most. --trace prints what became of each frame. Goal: none or one
of 125.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import av
import numpy as np
from msgspec.structs import replace
from PySide6.QtWidgets import QApplication

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.dissolves import set_dissolve
from latentsync_studio.core.timeline.edits.place import media_placements, overwrite
from latentsync_studio.services.timeline.patch_finder import PatchFinder
from latentsync_studio.services.timeline.pictures import Decoded, Pictures
from latentsync_studio.services.timeline.preview import FrameServer
from latentsync_studio.services.timeline.synthesize import SynthesisRequest, synthesize
from latentsync_studio.services.wiring import open_services
from latentsync_studio.ui.viewer.canvas import Canvas
from latentsync_studio.ui.viewer.playback import Playback
from latentsync_studio.ui.workers.frames import FramesThread
from tests.benchmarks.goals import SHARED
from tests.benchmarks.looks import with_everything
from tests.benchmarks.viewer import Bench, live, scene, until
from tests.ui.viewer.scenes import project_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from latentsync_studio.core.timeline.model import Project
    from latentsync_studio.services.wiring import Services

PLAYED_S, JUMP_S = 5.0, 1.1
JUMPS = (90, 20, 110, 45)  # where the playhead is put while it plays
STAGES = {
    "decode": (Pictures, "_read"),
    "shrink": (Pictures, "small"),
    "RGB": (Decoded, "rgb"),
    "patch": (PatchFinder, "of"),
    "lay": (FrameServer, "_laid"),
}


class Trace:
    """Notes when each picture of a course was begun, made, received and shown.

    Attributes:
        frames: by frames travelled: seconds (perf_counter) and milliseconds of the processor.
        puts: which pictures were shown: seconds, and whether it was that of another frame.
        paints: milliseconds that each painting took.
    """

    def __init__(self) -> None:
        self.frames: dict[int, dict[str, float]] = defaultdict(dict)
        self.puts: list[tuple[float, bool]] = []
        self.paints: list[float] = []
        self._made: dict[str, float] | None = None

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Trace what plays within."""
        kept = []

        def wrap(owner: type, name: str, around: Callable[..., object]) -> None:
            before = getattr(owner, name)
            kept.append((owner, name, before))
            setattr(owner, name, lambda *args, **kinds: around(before, *args, **kinds))

        wrap(FramesThread, "_made", self._on_made)
        wrap(Playback, "_on_played", self._on_received)
        wrap(Playback, "_put_due", self._on_put)
        wrap(Canvas, "paintEvent", self._on_paint)
        for stage, (owner, name) in STAGES.items():
            wrap(owner, name, self._on_stage(stage))
        try:
            yield
        finally:
            for owner, name, before in reversed(kept):
                setattr(owner, name, before)

    def _on_made(self, act: Callable[..., object], thread: object, wish, **kinds) -> object:
        if wish.course is None:
            return act(thread, wish, **kinds)
        noted = self._made = self.frames[wish.travelled]
        noted["begun"], cpu = time.perf_counter(), time.thread_time()
        answer = act(thread, wish, **kinds)
        noted["made"], self._made = time.perf_counter(), None
        noted["CPU"] = (time.thread_time() - cpu) * 1e3
        return answer

    def _on_stage(self, stage: str) -> Callable[..., object]:
        def around(act: Callable[..., object], *args, **kinds) -> object:
            noted, cpu = self._made, time.thread_time()
            made = act(*args, **kinds)
            if noted is not None:
                noted[stage] = noted.get(stage, 0.0) + (time.thread_time() - cpu) * 1e3
            return made

        return around

    def _on_received(self, act: Callable[..., object], playback, travelled, shown) -> None:
        self.frames[travelled]["received"] = time.perf_counter()
        act(playback, travelled, shown)

    def _on_put(self, act: Callable[..., object], playback, step: int) -> None:
        before, now = playback._last_put, time.perf_counter()
        act(playback, step)
        if playback._last_put != before:
            shown = playback.pictures.current
            self.frames[playback._last_put]["shown"] = now
            self.puts.append((now, not (shown.is_right or shown.is_proxy)))

    def _on_paint(self, act: Callable[..., object], canvas, event) -> None:
        began = time.perf_counter()
        act(canvas, event)
        self.paints.append((time.perf_counter() - began) * 1e3)

    def table(self, began: float, period: float) -> str:
        """A row a frame: ms since `began`, and ms of the processor that its stages took."""
        times, costs = ("begun", "made", "received", "shown"), ("CPU", *STAGES)
        rows = ["frame   due" + "".join(f"{name:>10}" for name in (*times, *costs))]
        for travelled, noted in sorted(self.frames.items()):
            cells = [
                f"{(noted[name] - began) * 1e3:10.0f}" if name in noted else f"{'-':>10}"
                for name in times
            ] + [f"{noted.get(name, 0.0):10.1f}" for name in costs]
            rows.append(f"{travelled:5}{travelled * period * 1e3:6.0f}" + "".join(cells))
        return "\n".join(rows)


class Played(NamedTuple):
    """What became of playing.

    Attributes:
        due: frames whose time came.
        shown: pictures that were shown.
        dropped: pictures left out between two that were shown.
        others: pictures of other frames than the due one among the shown ones.
        first: ms until the first picture, after the start and each jump, at most.
        made: ms to make a picture, median and 95th percentile.
        cpu: percent of one processor, of all threads.
        trace: what became of each frame, as a table.
    """

    due: int
    shown: int
    dropped: int
    others: int
    first: float
    made: tuple[float, float]
    cpu: float
    trace: str


HEAD = ("due", "shown", "dropped", "others", "first", "ms made", "p95", "CPU %")


def played(bench: Bench, jumps: tuple[int, ...] = ()) -> Played:
    """Play for `PLAYED_S`, or `JUMP_S` before and after each of `jumps`."""
    playback, session = bench.playback, bench.workbench.session
    session.seek(0)
    until(lambda: playback.pictures.is_exact)
    trace, due, dropped, jumped = Trace(), 0, 0, list[float]()
    with trace.noted():
        cpu, began = time.process_time(), time.perf_counter()
        for at in (None, *jumps):
            jumped.append(time.perf_counter())
            if at is None:
                playback.toggle()
            else:
                session.seek(at)
            live(JUMP_S if jumps else PLAYED_S)
            due += playback._travelled + 1
            dropped = playback.rate.dropped
        cpu, lasted = time.process_time() - cpu, time.perf_counter() - began
    period = 1 / float(session.sequence.rate.fraction)
    playback.stop()
    made = [n["made"] - n["begun"] for n in trace.frames.values() if "made" in n]
    waits = [min((now for now, _ in trace.puts if now > at), default=at + 9) - at for at in jumped]
    return Played(
        due=due,
        shown=len(trace.puts),
        dropped=dropped,
        others=sum(is_other for _, is_other in trace.puts),
        first=max(waits) * 1e3,
        made=tuple(np.percentile(made, [50, 95]) * 1e3),
        cpu=cpu / lasted * 100,
        trace=trace.table(began, period),
    )


def dissolving(services: Services, project: Project) -> Project:
    """The first seconds of the clip twice, with a dissolve of two seconds between them."""
    sequence, picture = project.sequences[0], project.media[0]
    track = sequence.tracks[0]
    bare = replace(sequence, tracks=(replace(track, clips=()), *sequence.tracks[1:]))
    project = replace(project, sequences=(bare,))
    for at, frames in ((0, FrameRange(0, 60)), (60, FrameRange(30, 120))):
        placed = media_placements(project, picture.id, at, [track.id], frames)
        project = overwrite(project, placed)
    project = set_dissolve(project, project.sequences[0].tracks[0].clips[0].id, 25, 25)
    request = SynthesisRequest(project=project, sequence=sequence.id, frames=FrameRange(0, 140))
    synthesize(request, services, CallbackProgress())
    return project


def broadcast(path: Path, clip: Path, rate: Fraction, seconds: float = 7.0) -> Path:
    """The clip's pictures as H.264, 1280 x 720, at another rate, a keyframe every 250 frames."""
    with av.open(str(clip)) as source, av.open(str(path), "w") as made:
        stream = made.add_stream("libx264", rate=rate, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        stream.codec_context.gop_size = 250
        for number, frame in enumerate(source.decode(video=0)):
            if number >= seconds * rate:
                break
            ready = frame.reformat(1280, 720, "yuv420p")
            ready.pts, ready.time_base = number, 1 / rate
            made.mux(stream.encode(ready))
        made.mux(stream.encode(None))
    return path


class Scenes:
    """Plays one scene after another and prints its row."""

    def __init__(self, home: Path, only: str, *, trace: bool) -> None:
        self._home, self._only, self._trace = home, only, trace

    def show(
        self, name: str, services: Services, project: Project, view: str = "result", **how: object
    ) -> None:
        """Play a project; `quality` and what `played` takes may be said."""
        if self._only not in name:
            return
        quality = how.pop("quality", "half")
        bench = Bench(services, self._home, project)
        bench.workbench.session.use_view(view)
        bench.playback.pictures.quality = quality
        found = played(bench, **how)
        bench.close()
        figures = (*found[:5], *found.made, found.cpu)
        row = f"{name:40}" + "".join(f"{figure:9.0f}" for figure in figures)
        sys.stdout.write(f"{row}\n{found.trace}\n" if self._trace else f"{row}\n")
        sys.stdout.flush()


def of_pair(scenes: Scenes, home: Path, video: Path, speech: Path) -> None:
    """The scenes of a clip with speech."""
    with open_services(home) as services:
        project = scene(services, video, speech, PLAYED_S + 1)
        scenes.show("source, proxy", services, project, "source")
        scenes.show("result, proxy", services, project)
        scenes.show("wipe, proxy", services, project, "wipe")
        scenes.show("result, proxy, jumps on the way", services, project, jumps=JUMPS)
        scenes.show("result, full quality, proxy", services, project, quality="full")
        everything = with_everything(project, services)
        scenes.show("result, all settings, masks, a curve", services, everything)
        dissolve = dissolving(services, project)
        scenes.show("result, a dissolve, proxy", services, dissolve)
        for proxy in (home / "proxies").iterdir():
            proxy.unlink()
    with open_services(home) as services:
        scenes.show("result, no proxy", services, project)
        scenes.show("result, a dissolve, no proxy", services, dissolve)
        scenes.show("result, no proxy, jumps on the way", services, project, jumps=JUMPS)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", nargs="*", default=["demo1", "demo2"])
    parser.add_argument("--trace", action="store_true", help="a row for each frame")
    parser.add_argument("--only", default="", help="scenes with this in their names")
    args = parser.parse_args()
    app = QApplication.instance() or QApplication([])
    head = " " * 40 + "".join(f"{name:>9}" for name in HEAD)
    sys.stdout.write(f"load {os.getloadavg()[0]:.1f}\n{head}\n")
    for name in args.clips:
        with tempfile.TemporaryDirectory() as folder:
            home, pair = (
                Path(folder),
                [SHARED / f"{name}_{kind}" for kind in ("video.mp4", "audio.wav")],
            )
            sys.stdout.write(f"{name}\n")
            of_pair(Scenes(home, args.only, trace=args.trace), home, *pair)
    with tempfile.TemporaryDirectory() as folder, open_services(Path(folder)) as services:
        for rate in (Fraction(30000, 1001), Fraction(60000, 1001)):
            told = f"1280x720 {float(rate):.2f}"
            clip = broadcast(Path(folder) / f"{told}.mp4", SHARED / "demo2_video.mp4", rate)
            project = project_of(clip, services)
            scenes = Scenes(Path(folder), args.only, trace=args.trace)
            scenes.show(f"{told}, source", services, project)
            scenes.show(f"{told}, source, jumps on the way", services, project, jumps=JUMPS)
    sys.stdout.write(f"load {os.getloadavg()[0]:.1f}\n")
    del app


if __name__ == "__main__":
    main()
