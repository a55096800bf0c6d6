"""Everything around the diffusion network, in milliseconds a frame: two cores, 1080 x 1920.

    python -m tests.benchmarks.latentsync_cpu [--pair VIDEO AUDIO] [--frames N] [--runs N]

The very pipeline of a render runs: decode, faces, squares cut, patches stored and taken, laid over,
encoded, joined with the sound. Only the network is left out: in the place of U-Net and VAE the
square that they would be given comes back as it is. Wall time is what a GPU that costs nothing
would leave, on all cores; CPU time says what it costs on them. What is done once for a speech or a
process is not counted. "pieces" are stages by themselves, one after the other on one thread. Goal:
50 ms of wall time a frame at most.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.settings.fields import apply
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.engines.latentsync import atelier, crop, house
from latentsync_studio.engines.latentsync.drawing import Drawn
from latentsync_studio.media.reader import FrameReader
from latentsync_studio.services.analyse import analyse_faces
from latentsync_studio.services.render import render
from latentsync_studio.services.request import RenderRequest
from latentsync_studio.services.wiring import open_services
from tests.benchmarks.stages import Clock, measured
from tests.engines.latentsync.weight_files import write_tiny_set

if TYPE_CHECKING:
    from latentsync_studio.services.wiring import Services

SHARED = Path(__file__).parents[3] / "shared" / "data" / "clips"
SIDE = 512


class NoNetwork:
    """Draws what it is given: real squares of real frames, at once."""

    resolution = SIDE

    def __init__(self, speaker: atelier.Speaker) -> None:
        self._source = speaker.source
        self._squares: dict[int, np.ndarray] = {}

    def drawn(self, chunk, seen, transforms_at, progress) -> Drawn:
        """Cut the squares of a chunk."""
        import torch

        latents = torch.zeros((4, len(chunk.frames), 1, 1))
        for place, frame in enumerate(chunk.frames):
            number = int(self._source[frame])
            square = crop.align(seen[frame], transforms_at(SIDE)[number], SIDE)
            self._squares[frame] = square
            latents[0, place] = frame
        return Drawn(latents, SIDE)

    def decoded(self, latents, side, progress) -> np.ndarray:
        """Give the squares back."""
        return np.stack([self._squares.pop(int(frame)) for frame in latents[0, :, 0, 0]])


def without_network() -> None:
    """Take the network out of the engine, for this process."""
    house.Station.atelier = lambda self, take, hearing: NoNetwork(
        atelier.Speaker(source=take.source, hearing=hearing, settings=take.settings, seed=0)
    )


def analysed(video: Path, services: Services, clock: Clock) -> int:
    """Find the faces, timed; return the number of frames."""
    with FrameReader(video) as reader:
        digest = services.digests.digest(video)
        clock("faces", analyse_faces, reader, digest, services.store, CallbackProgress(), [])
        return reader.index.n_frames


def timed(request: RenderRequest, home: Path) -> dict[str, tuple[float, float]]:
    """Milliseconds a frame, wall and CPU, of the analysis and of the rest."""
    clock, first = Clock(), replace(request, frames=FrameRange(0, 1))
    with open_services(home) as services:
        count = analysed(request.video, services, clock)
        render(first, services, CallbackProgress())  # imports, the speech: once, however long
        report = clock("render", render, request, services, CallbackProgress())
    counts = {"faces": count, "render": report.frames}
    spent = {name: np.array(both) * 1e3 / counts[name] for name, both in clock.spent.items()}
    spent["all"] = spent["faces"] + spent["render"]
    return {name: (float(wall), float(cpu)) for name, (wall, cpu) in spent.items()}


def main() -> None:
    """Measure one pair and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    pair = [SHARED / "demo1_video.mp4", SHARED / "demo1_audio.wav"]
    parser.add_argument("--pair", type=Path, nargs=2, default=pair)
    parser.add_argument("--frames", type=int, default=0)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    without_network()
    say, load = sys.stdout.write, os.getloadavg()[0]
    settings = apply(RenderSettings(), {"engine": "latentsync"})
    with tempfile.TemporaryDirectory() as folder:
        weights = write_tiny_set(Path(folder) / "w", resolution=SIDE)
        request = RenderRequest(
            video=args.pair[0],
            audio=args.pair[1],
            output=Path(folder) / "out.mp4",
            settings=settings,
            weights=weights,
            measure=False,
            frames=FrameRange(0, args.frames) if args.frames else None,
        )
        began = time.monotonic()
        runs = [timed(request, Path(folder) / f"home {n}") for n in range(args.runs)]
        say("| part | wall ms a frame | CPU ms a frame |\n|---|---|---|\n")
        for name in ("faces", "render", "all"):
            wall, cpu = np.min([run[name] for run in runs], axis=0)
            say(f"| {name} | {wall:.1f} | {cpu:.1f} |\n")
        os.environ["LATENTSYNC_STUDIO_HOME"] = str(Path(folder) / "home 0")
        clock, frames = measured(request, 64)
        say("\n| piece | wall ms a frame | CPU ms a frame |\n|---|---|---|\n")
        for name, spent in clock.spent.items():
            wall, cpu = np.array(spent) * 1e3 / frames
            say(f"| {'cut, patch' if name == 'draw' else name} | {wall:.1f} | {cpu:.1f} |\n")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    say(f"\n{time.monotonic() - began:.0f} s, {cores} cores; load at the start {load:.1f}, ")
    say(f"at the end {os.getloadavg()[0]:.1f}; the least of {args.runs} runs\n")


if __name__ == "__main__":
    main()
