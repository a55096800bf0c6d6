"""Which output frames are redrawn, in which windows, and which pass through and why.

Windows lie on an absolute grid of output frames, split where the face is not usable and at cuts, so
that a window never depends on the range that happens to be rendered:

    grid      |0              16              32             |
    usable     ------------------   ---------------------
    windows   [   0..16       ][16..18] [21..32 ][ 32..42 ]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from latentsync_studio.core.ranges import FrameRange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.arrays import F32, I32, Bools

SEGMENT_FRAMES = 128


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """A closed piece of the output: encoded by itself, stored by itself.

    Attributes:
        frames: output frames of the piece that are delivered.
        windows: windows that touch it, in order; the first and last may reach outside of it only
            where a range cuts through them.
    """

    frames: FrameRange
    windows: tuple[FrameRange, ...]


def drawn_frames(source: I32, usable: F32) -> Bools:
    """(T,) whether output frame t is redrawn: its source frame's face is usable at all."""
    return np.array(usable[source] > 0.0)


def windows(source: I32, drawn: Bools, shot: I32, size: int) -> tuple[FrameRange, ...]:
    """Runs of drawn frames of one shot, cut on the absolute grid of `size` output frames."""
    return tuple(_runs(source, drawn, shot, size))


def _runs(source: I32, drawn: Bools, shot: I32, size: int) -> Iterator[FrameRange]:
    shots = shot[source]
    start = -1
    for frame in range(len(source)):
        ends = not drawn[frame] or frame % size == 0 or (frame and shots[frame] != shots[frame - 1])
        if start >= 0 and ends:
            yield FrameRange(start, frame)
            start = -1
        if drawn[frame] and start < 0:
            start = frame
    if start >= 0:
        yield FrameRange(start, len(source))


def segments(
    frames: FrameRange, planned: tuple[FrameRange, ...], size: int = SEGMENT_FRAMES
) -> tuple[Segment, ...]:
    """Cut `frames` on the absolute grid of `size` and name the windows that each piece needs."""
    pieces: list[Segment] = []
    at = 0
    for start in range(frames.start - frames.start % size, frames.stop, size):
        piece = frames.intersection(FrameRange(start, start + size))
        if piece is None:
            continue
        while at < len(planned) and planned[at].stop <= piece.start:
            at += 1
        needed = []
        for window in planned[at:]:
            if window.start >= piece.stop:
                break
            needed.append(window)
        pieces.append(Segment(frames=piece, windows=tuple(needed)))
    return tuple(pieces)
