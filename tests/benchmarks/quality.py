"""Milliseconds a frame of each part of measuring a result, on one thread; see --help.

Every part runs on every frame here. A render runs the first two on every other pair of frames and
the rest on every fourth frame; `score` runs all of them on all frames.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.imaging.quality.face_crop import face_view, luma_view, mouth_luma
from latentsync_studio.imaging.quality.flicker import flicker, movement
from latentsync_studio.imaging.quality.outside import outside_psnr
from latentsync_studio.imaging.quality.seam import SeamView
from latentsync_studio.imaging.quality.sharpness import sharpness
from latentsync_studio.services.compose import compose_frame
from latentsync_studio.services.look import LookPlan
from latentsync_studio.services.prepare import prepared
from latentsync_studio.services.quality.meter import FrameMeter, Seen, noting
from latentsync_studio.services.quality.mouth import ApertureMeter
from latentsync_studio.services.request import RenderRequest
from latentsync_studio.services.wiring import open_services
from tests.benchmarks.stages import Clock


def composed(request: RenderRequest, limit: int) -> list[Seen]:
    """Composed frames with what they were made of."""
    found = []
    with open_services() as services, prepared(request, services, CallbackProgress()) as ready:
        plan = LookPlan(compose=request.settings.compose)
        for window in ready.windows:
            order = [int(ready.length.source[frame]) for frame in window]
            pictures = [ready.reader.read(number) for number in order]
            patches = ready.session.synthesize(window, pictures, CallbackProgress())
            for frame, picture, patch in zip(window, pictures, patches, strict=True):
                parts = []
                look = plan.at(picture.index, ready.face, picture.index)
                look = replace(look, watch=noting(parts, patch))
                result = compose_frame(picture, patch, ready.face, look)
                marks = np.array(ready.face.landmarks[picture.index])
                seen = Seen(
                    frame=frame, result=result, source=picture, landmarks=marks, parts=tuple(parts)
                )
                found.append(seen)
                if len(found) == limit:
                    return found
    return found


def both(seen: Seen, work) -> tuple[object, object]:
    """Do something with the result and with the source."""
    return work(seen.result), work(seen.source)


def edge(seen: Seen) -> None:
    """Look at a seam."""
    part = seen.parts[0]
    view = SeamView((seen.source.width, seen.source.height), part.box, part.weight)
    view.of(seen.result, seen.source)


def outside(seen: Seen) -> float:
    """Compare what was not redrawn."""
    part = seen.parts[0]
    return outside_psnr(seen.result, seen.source, part.box, part.weight)


def timed(frames: list[Seen]) -> Clock:
    """Run every part on every frame."""
    clock, mesh, before = Clock(), ApertureMeter(1), None
    for seen in frames:
        view = face_view(seen.landmarks)
        views = clock("views", both, seen, lambda picture, at=view: luma_view(picture, at))
        if before is not None:
            pairs = tuple(zip(before, views, strict=True))
            clock("flicker", lambda p=pairs: [flicker(a, b) for a, b in p])
            clock("movement", lambda p=pairs: [movement(a, b) for a, b in p])
        before = views
        marks = seen.landmarks
        clock("sharpness", both, seen, lambda picture, at=marks: sharpness(mouth_luma(picture, at)))
        clock("seam", edge, seen)
        clock("outside", outside, seen)
        clock("mesh", mesh.measure, seen.result, marks)
    return clock


def whole(frames: list[Seen], meter: FrameMeter) -> Clock:
    """Run a meter as it is used."""
    clock, run = Clock(), meter.begin()
    for seen in frames:
        clock("all", run.add, seen)
    return clock


def main() -> None:
    """Measure one pair and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("speech", type=Path)
    parser.add_argument("--frames", type=int, default=48)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    request = RenderRequest(video=args.clip, audio=args.speech, output=Path("unused.mp4"))
    frames = composed(request, args.frames)
    count = len(frames)
    tables = timed(frames).spent | {
        "in a render": whole(frames, FrameMeter.for_rate(25.0)).spent["all"],
        "in a render, without the mesh": whole(frames, FrameMeter(4, with_mesh=False)).spent["all"],
        "all, every frame": whole(frames, FrameMeter(1, pairs=1)).spent["all"],
    }
    sys.stdout.write("| part | wall ms a frame | CPU ms a frame |\n|---|---|---|\n")
    for name, spent in tables.items():
        wall, cpu = np.array(spent) * 1e3 / count
        sys.stdout.write(f"| {name} | {wall:.2f} | {cpu:.2f} |\n")


if __name__ == "__main__":
    main()
