"""Milliseconds and megabytes of painted masks.

    python -m tests.benchmarks.masks [--strokes 1000] [--cpu]

Goals: an event of the pen with a brush of 200 px at 1080p within 4 ms (95th percentile; 16 ms are
left for all of the repaint), undo of a stroke within 30 ms, a project with 1,000 strokes at 4K
below 50 MB. On a machine that others use, --cpu counts the time of this thread alone.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from latentsync_studio.core.mask.strokes import Brush, Ellipse, PathPoint
from latentsync_studio.core.mask.tiles import Canvas, canvas_of, raster_of
from latentsync_studio.core.picture import Box
from latentsync_studio.imaging.brush_raster import LiveStroke
from latentsync_studio.imaging.face_space import FaceMap, warp_to_face
from latentsync_studio.imaging.mask_morph import Morph
from latentsync_studio.imaging.mask_raster import shape_coverage
from latentsync_studio.services.mask_tiles import MaskTiles
from latentsync_studio.services.project_files import new_untitled
from tests.imaging.turned_heads import Head
from tests.services.project.painter import state_of
from tests.services.project.states import MADE

HD, UHD = (1920, 1080), (3840, 2160)

clock = time.perf_counter


def say(name, taken):
    """A row: median, 95th percentile and worst of some milliseconds."""
    figures = "".join(f"{value:>10.2f}" for value in np.percentile(taken, [50, 95, 100]))
    sys.stdout.write(f"{name:<58}{figures}\n")
    sys.stdout.flush()


def timed(work):
    start = clock()
    made = work()
    return made, (clock() - start) * 1000


def hand(random, size, n_events, speed):
    """Points of a hand that moves `speed` px an event and presses more and less."""
    at, way = np.array(size) * random.uniform(0.3, 0.7, 2), random.uniform(0, 2 * np.pi)
    for n in range(n_events):
        way += random.normal(0, 0.25)
        at = at + speed * np.array([np.cos(way), np.sin(way)])
        if not (0 < at[0] < size[0] and 0 < at[1] < size[1]):
            way += np.pi / 2
            at = at.clip(0, size)
        yield PathPoint(float(at[0]), float(at[1]), 0.75 + 0.25 * float(np.sin(n / 9)))


def events(random):
    base = Canvas.of(random.integers(0, 255, HD[::-1], np.uint8))
    for hardness in (1.0, 0.5):
        for speed in (8, 30, 90):
            stroke = LiveStroke(base, Brush(size=200, hardness=hardness))
            taken = []
            for point in hand(random, HD, 240, speed):
                start = clock()
                box = stroke.to(point)
                if box is not None:
                    stroke.read(box)
                taken.append((clock() - start) * 1000)
            say(f"event, 200 px brush, hardness {hardness}, {speed} px on", taken)
    taken = []
    for _ in range(20):
        stroke = LiveStroke(base, Brush(size=200))
        for point in hand(random, HD, 40, 25):
            stroke.to(point)
        taken.append(timed(lambda: raster_of(stroke.finish()))[1])  # noqa: B023 - called at once
    say("end of a stroke of 1,000 px: canvas and digests", taken)


def long_work(random, n_strokes, folder):
    """Paint on a 4K project as long as the user does, then undo the last strokes."""
    with closing(new_untitled(folder / "home")) as opened:
        path = opened.save_as(folder / "painted", MADE)
        tiles = MaskTiles(opened)
        canvas = Canvas(*UHD)
        rasters = [raster_of(canvas)]
        flushed, largest = [], 0
        for n in range(n_strokes):
            stroke = LiveStroke(canvas, Brush(size=200, erases=n % 4 == 3))
            for point in hand(random, UHD, 30, 25):
                stroke.to(point)
            after = stroke.finish()
            for tile in after.changed_since(canvas):
                tiles.put(tile.pixels)
            canvas = after
            rasters.append(raster_of(canvas, rasters[-1]))
            opened.note(state_of(rasters[-1]))
            flushed.append(timed(opened.flush)[1])
            largest = max(largest, path.stat().st_size)
        say("flush of a stroke, on a worker", flushed)
        _, saved = timed(lambda: opened.save(state_of(rasters[-1])))
        sizes = f"{largest / 1e6:.1f} MB at most unsaved, {path.stat().st_size / 1e6:.1f} MB saved"
        sys.stdout.write(f"{n_strokes} strokes at 4K: {sizes} in {saved:.0f} ms\n")
        cold = MaskTiles(opened)
        canvas_of(rasters[-1], cold)
        for name, source in (("in memory", tiles), ("read again", cold)):
            undone = [
                timed(lambda: canvas_of(raster, source))[1]  # noqa: B023 - called at once
                for raster in rasters[-2:-22:-1]
            ]
            say(f"undo of a stroke at 4K, tiles {name}", undone)


def warps(rounds):
    head = Head(scale=200.0, side=1080)
    faces = [head.landmarks(yaw, yaw / 3, yaw / 5) for yaw in np.linspace(-25, 25, rounds)]
    lips = Ellipse(x=540, y=610, radius_x=100, radius_y=60, softness=20)
    box, coverage = shape_coverage(lips, (1080, 1080))
    raster = warp_to_face(coverage, box, head.landmarks())
    everything = np.full_like(raster, 255)
    window, frame = Box(x0=330, y0=420, x1=750, y1=840), Box(x0=-420, y0=0, x1=1500, y1=1080)
    rows = {
        "map of a face, window of 420 px": lambda face: FaceMap(face, window),
        "map of a face, whole 1080p frame": lambda face: FaceMap(face, frame),
        "map and lips, window of 420 px": lambda face: FaceMap(face, window).to_frame(raster),
        "map and lips, whole 1080p frame": lambda face: FaceMap(face, frame).to_frame(raster),
        "map and everything, 1080p frame": lambda face: FaceMap(face, frame).to_frame(everything),
        "lips to the face square": lambda face: warp_to_face(coverage, box, face),
    }
    for name, work in rows.items():
        say(name, [timed(lambda: work(face))[1] for face in faces])  # noqa: B023
    for name, shift in (("face square", 0), ("face square, travelling", 200)):
        end = np.roll(raster, shift, axis=1)
        way, first = timed(lambda: Morph(raster, end))  # noqa: B023
        say(f"shape between two, {name} (first {first:.0f} ms)", [
            timed(lambda: way.at(share))[1] for share in np.linspace(0.1, 0.9, rounds)  # noqa: B023
        ])  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--strokes", type=int, default=1000)
    parser.add_argument("--cpu", action="store_true")
    args = parser.parse_args()
    if args.cpu:
        global clock  # noqa: PLW0603 - one clock for the whole run
        clock = time.thread_time
        cv2.setNumThreads(1)
    random = np.random.default_rng(0)
    sys.stdout.write(f"load {os.getloadavg()[0]:.1f}; ms: median, 95th percentile, worst\n")
    events(random)
    warps(25)
    with TemporaryDirectory() as folder:
        long_work(random, args.strokes, Path(folder))
    sys.stdout.write(f"load {os.getloadavg()[0]:.1f}\n")


if __name__ == "__main__":
    main()
