"""Milliseconds a frame of each stage of a render, one after the other, on one thread each."""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.media import patch_codec
from latentsync_studio.media.encode import SegmentEncoder
from latentsync_studio.services.compose import compose_frame
from latentsync_studio.services.look import LookPlan
from latentsync_studio.services.prepare import prepared
from latentsync_studio.services.quality.mouth import ApertureMeter
from latentsync_studio.services.request import RenderRequest
from latentsync_studio.services.wiring import open_services


class Clock:
    """Adds up wall and CPU time by name."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = {}

    def __call__(self, name: str, work, *args):
        wall, cpu = time.perf_counter(), time.process_time()
        result = work(*args)
        spent = self.spent.setdefault(name, [0.0, 0.0])
        spent[0] += time.perf_counter() - wall
        spent[1] += time.process_time() - cpu
        return result


def measured(request: RenderRequest, limit: int) -> tuple[Clock, int]:
    """Run the stages of up to `limit` frames by hand; clock and number of frames."""
    clock, progress, frames = Clock(), CallbackProgress(), 0
    with open_services() as services, prepared(request, services, progress) as ready:
        plan = LookPlan(compose=request.settings.compose)
        encoder, meter = SegmentEncoder(ready.target), ApertureMeter(1)
        for window in ready.windows:
            if frames >= limit:
                break
            order = [int(ready.length.source[frame]) for frame in window]
            pictures = clock("decode", lambda o=order: [ready.reader.read(k) for k in o])
            patches = clock("draw", ready.session.synthesize, window, pictures, progress)
            packed = clock("pack", patch_codec.pack, patches)
            clock("unpack", patch_codec.unpack, packed)
            for frame, picture, patch in zip(window, pictures, patches, strict=True):
                look = plan.at(picture.index, ready.face, picture.index)
                done = clock("compose", compose_frame, picture, patch, ready.face, look)
                marks = ready.face.landmarks[picture.index]
                clock("measure", meter.measure, done, marks)
                clock("encode", encoder.write, done, int(ready.length.pts[frame]))
            frames += len(window)
        clock("encode", encoder.finish)
    return clock, frames


def main() -> None:
    """Measure one pair and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("speech", type=Path)
    parser.add_argument("--frames", type=int, default=128)
    args = parser.parse_args()
    request = RenderRequest(video=args.clip, audio=args.speech, output=Path("unused.mp4"))
    clock, frames = measured(request, args.frames)
    sys.stdout.write("| stage | wall ms a frame | CPU ms a frame |\n|---|---|---|\n")
    for name, spent in clock.spent.items():
        wall, cpu = np.array(spent) * 1e3 / frames
        sys.stdout.write(f"| {name} | {wall:.2f} | {cpu:.2f} |\n")


if __name__ == "__main__":
    main()
