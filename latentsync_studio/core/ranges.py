"""Half-open integer ranges of frames and samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from latentsync_studio.core.errors import InvalidEditError

if TYPE_CHECKING:
    from collections.abc import Iterator


class FrameRange(msgspec.Struct, frozen=True, order=True):
    """Frames start, start + 1, ... stop - 1; never empty, never negative in length."""

    start: int
    stop: int

    def __post_init__(self) -> None:
        if self.stop <= self.start:
            raise InvalidEditError(f"A range must hold a frame, not {self.start}..{self.stop}.")

    def __len__(self) -> int:
        return self.stop - self.start

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.start, self.stop))

    def __contains__(self, frame: object) -> bool:
        return isinstance(frame, int) and self.start <= frame < self.stop

    def intersection(self, other: FrameRange) -> FrameRange | None:
        """The frames in both, or None when there are none."""
        start, stop = max(self.start, other.start), min(self.stop, other.stop)
        return FrameRange(start, stop) if start < stop else None

    def shifted(self, by: int) -> FrameRange:
        """The same length, `by` frames later."""
        return FrameRange(self.start + by, self.stop + by)
