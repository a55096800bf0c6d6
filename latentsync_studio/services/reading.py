"""Pictures of pieces that share frames, each decoded once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from latentsync_studio.core.arrays import I32
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.ranges import FrameRange


class Walker(Protocol):
    """What reads frames in any order."""

    def walk(self, order: Iterable[int]) -> Iterator[Picture]:
        """The frames of these numbers, one after the other."""


def walked(reader: Walker, wanted: Sequence[Sequence[int]]) -> Iterator[dict[int, Picture]]:
    """The pictures of each piece by number of the frame.

    What the piece before holds is not decoded again; no more than two pieces are held.

    Args:
        reader: of the clip.
        wanted: numbers of source frames that each piece needs, repeated ones too.
    """
    fresh: list[list[int]] = []
    before: set[int] = set()
    for numbers in wanted:
        fresh.append([number for number in dict.fromkeys(numbers) if number not in before])
        before = set(numbers)
    pictures = reader.walk(number for numbers in fresh for number in numbers)
    held: dict[int, Picture] = {}
    for numbers, new in zip(wanted, fresh, strict=True):
        held = {number: held[number] for number in numbers if number in held}
        held |= {number: next(pictures) for number in new}
        yield held


def numbers_of(frames: FrameRange, source: I32) -> list[int]:
    """Numbers of the source frames that output frames show."""
    return [int(number) for number in source[frames.start : frames.stop]]
