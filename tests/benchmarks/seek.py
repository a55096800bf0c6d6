"""Milliseconds to any frame of a clip and of its proxy, and what a proxy costs to make.

Every jump goes to a random frame, and its picture is compared with the clip's: on a proxy a jump
must take at most 10 ms (95 of 100), and no frame may be a wrong one. Thumbnails, waveforms and
imports of the same clips follow.
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

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.imaging.pixels import sized_rgb
from latentsync_studio.media.opening_reader import open_reader
from latentsync_studio.services.media_bin.importing import import_media
from latentsync_studio.services.media_bin.proxies import make_proxy
from latentsync_studio.services.media_bin.thumbnails import Thumbnails
from latentsync_studio.services.media_bin.waveforms import waveform
from latentsync_studio.services.wiring import open_services
from tests.benchmarks.goals import PAIRS, SHARED

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.timeline.model import MediaItem
    from latentsync_studio.media.opening_reader import Reader
    from latentsync_studio.services.wiring import Services

SMALL = (16, 16)
JUMPS = {"clip": 30, "proxy": 400}
QUIET = CallbackProgress()


def jumps(reader: Reader, count: int) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """Milliseconds of `count` jumps to random frames, and each frame small."""
    order = np.random.default_rng(5).integers(0, reader.index.n_frames, count).tolist()
    took, shown = [], {}
    for number in order:
        began = time.perf_counter()
        picture = reader.read(number)
        took.append((time.perf_counter() - began) * 1000)
        shown[number] = sized_rgb(picture, *SMALL).astype(int)
    return np.array(took), shown


def wrong(item: MediaItem, shown: dict[int, np.ndarray]) -> int:
    """How many of the pictures look more like another frame within 10 than like their own."""
    with open_reader(Path(item.path), item) as reader:
        own = np.array([sized_rgb(p, *SMALL) for p in reader.frames()], int)
    count = 0
    for number, picture in shown.items():
        near = np.arange(max(number - 10, 0), min(number + 11, len(own)))
        off = np.abs(own[near] - picture).mean((1, 2, 3))
        count += bool(off.min() < np.abs(own[number] - picture).mean() - 0.5)
    return count


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that `work` takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def rows(path: Path, services: Services) -> list[str]:
    """Two rows of the table of jumps: the clip itself and its proxy."""
    (found,) = import_media([path], services, QUIET)
    if found.item is None:
        raise SystemExit(f"{path}: {found.problem}")
    item, lines = found.item, []
    cost = timed(lambda: make_proxy(item, services, QUIET))
    proxy = make_proxy(item, services, QUIET)
    for kind, where in (("clip", path), ("proxy", proxy)):
        with open_reader(where, threads=1 if kind == "proxy" else 2) as reader:
            took, shown = jumps(reader, JUMPS[kind])
            frames = reader.index.n_frames
            size = f"{reader.video.width} x {reader.video.height}"
        p = np.percentile(took, [50, 95, 100])
        mib = where.stat().st_size / 2**20
        made = "" if kind == "clip" else f"{frames / cost * 1000:.0f}"
        lines.append(
            f"| {path.name} | {kind} | {size} | {frames} | {mib:.1f} | {p[0]:.1f} | {p[1]:.1f} "
            f"| {p[2]:.1f} | {wrong(item, shown)} | {made} |"
        )
    return lines


def others(path: Path) -> str:
    """A row of what else the media bin does with a clip, with and without what is stored."""
    with tempfile.TemporaryDirectory() as home, open_services(Path(home)) as services:
        (found,) = import_media([path], services, QUIET)
        item = found.item
        if item is None or item.video is None:
            raise SystemExit(f"{path}: {found.problem}")
        grid, frames = item.video.rate, range(0, item.video.n_frames, 25)
        again = timed(lambda: import_media([path], services, QUIET))
        peaks = timed(lambda: waveform(item, services, QUIET))
        pyramid = waveform(item, services, QUIET)
        tile = min(timed(lambda: pyramid.tile(1000, 300, 1920)) for _ in range(20))
        make_proxy(item, services, QUIET)
        small = timed(lambda: Thumbnails(services).make(item, frames, grid, 54, QUIET))
        kept = timed(lambda: Thumbnails(services).make(item, frames, grid, 54, QUIET))
    with tempfile.TemporaryDirectory() as home, open_services(Path(home)) as services:
        first = timed(lambda: import_media([path], services, QUIET))
    count = len(frames)
    return (
        f"| {path.name} | {first:.0f} / {again:.0f} | {peaks:.0f} | {tile:.2f} "
        f"| {small / count:.1f} / {kept / count:.2f} |"
    )


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, default=SHARED)
    args = parser.parse_args()
    paths = [args.clips / video for _, video, _ in PAIRS]
    head = "| clip | of | px | frames | MiB | jump ms, median | p95 | most | wrong | made at fps |"
    sys.stdout.write(f"{head}\n|{'---|' * (head.count('|') - 1)}\n")
    with tempfile.TemporaryDirectory() as home, open_services(Path(home)) as services:
        for path in paths:
            sys.stdout.write("\n".join(rows(path, services)) + "\n")
            sys.stdout.flush()
    head = "| clip | import ms, first / again | waveform ms | tile ms | thumbnail ms, made / kept |"
    sys.stdout.write(f"\n{head}\n|{'---|' * (head.count('|') - 1)}\n")
    for path in paths:
        sys.stdout.write(others(path) + "\n")
    sys.stdout.write(f"\nload {os.getloadavg()[0]:.1f}\n")


if __name__ == "__main__":
    main()
