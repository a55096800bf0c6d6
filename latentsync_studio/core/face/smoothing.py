"""Zero-phase de-jitter of landmarks over time, in blocks, that never drags fast motion.

A Savitzky-Golay filter (local parabolas, Savitzky & Golay 1964) moves nothing in time and keeps
constant, linear and quadratic motion exactly. How far it may move a point is bounded, so that a
quick closure of the lips or a turn of the head is followed as it was measured. Every output
depends on the run of frames it lies in and on nothing else: any block of it can be computed alone.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.arrays import F32, F64, I32, Bools
    from latentsync_studio.core.ranges import FrameRange

WINDOW = 5
ORDER = 2
MAX_DEVIATION = 0.012  # of the eye distance: about the network's own noise


@cache
def _rows(window: int) -> F64:
    """(window, window): row j holds the weights that evaluate the fitted parabola at sample j."""
    at = np.arange(window, dtype=np.float64) - window // 2
    basis = np.vander(at, ORDER + 1)
    return np.asarray(basis @ np.linalg.pinv(basis))


def runs(present: Bools, shot: I32) -> list[tuple[int, int]]:
    """Half-open runs of frames that are present, within one shot."""
    if not len(present):
        return []
    new = np.empty(len(present), bool)
    new[0] = True
    new[1:] = (np.diff(shot) != 0) | (present[1:] != present[:-1])
    starts = np.flatnonzero(new)
    stops = np.append(starts[1:], len(present))
    return [(int(a), int(b)) for a, b in zip(starts, stops, strict=True) if present[a]]


def needed(run: tuple[int, int], block: FrameRange) -> tuple[int, int]:
    """Half-open frames of `run` that `smoothed_block` needs for the frames `block` of it."""
    half = WINDOW // 2
    first = max(run[0], min(block.start - half, run[1] - WINDOW))
    last = min(run[1], max(block.stop + half, run[0] + WINDOW))
    return first, last


def smoothed_block(
    read: Callable[[int, int], F32],
    sizes: Callable[[int, int], F32],
    run: tuple[int, int],
    block: FrameRange,
) -> F32:
    """Smooth the frames `block` of a run.

    Args:
        read: returns frames [a, b) of what is smoothed, f32 (b - a, K, D).
        sizes: returns the eye distances of frames [a, b), f32 (b - a,), in the same unit.
        run: half-open frames over which motion is continuous.
        block: frames wanted, inside of the run.

    Returns:
        f32 (len(block), K, D).
    """
    length = run[1] - run[0]
    if length < WINDOW:
        return read(block.start, block.stop)
    first, last = needed(run, block)
    points = np.asarray(read(first, last), np.float32)
    weights = _rows(WINDOW)
    frames = np.arange(block.start, block.stop)
    starts = np.clip(frames - WINDOW // 2, run[0], run[1] - WINDOW)
    result = np.zeros((len(frames), *points.shape[1:]), np.float64)
    for tap in range(WINDOW):
        factor = weights[frames - starts, tap]
        result += factor[:, None, None] * points[starts + tap - first]
    measured = points[block.start - first : block.stop - first]
    limit = (MAX_DEVIATION * sizes(block.start, block.stop))[:, None, None]
    return np.asarray(measured + np.clip(result - measured, -limit, limit), np.float32)
