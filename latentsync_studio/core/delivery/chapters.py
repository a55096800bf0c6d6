"""Chapters of a movie, made of the markers of a sequence."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.model import Marker


class Chapter(NamedTuple):
    """A named part of a movie: ticks start .. stop - 1 from its first picture."""

    start: int
    stop: int
    title: str


def chapters_of(markers: Iterable[Marker], frames: FrameRange) -> tuple[Chapter, ...]:
    """Chapters of the delivered `frames`, in frames from the first of them.

    Each begins at a marker and lasts to the next one; what lies before the first marker has none.
    Of several markers at one frame the first counts.
    """
    begins: dict[int, str] = {}
    for marker in markers:
        at = marker.frames.start
        if at in frames and at not in begins:
            begins[at] = marker.name
    ordered = sorted(begins)
    ends = [stop for _, stop in pairwise([*ordered, frames.stop])]
    return tuple(
        Chapter(start - frames.start, stop - frames.start, begins[start] or f"Chapter {number}")
        for number, (start, stop) in enumerate(zip(ordered, ends, strict=True), 1)
    )
