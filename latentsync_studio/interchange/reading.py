"""What every reader returns, and the limits that bound what a hostile file can cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.timeline.rate import FrameRate

if TYPE_CHECKING:
    from latentsync_studio.interchange.cut import Cut

MOST_BYTES: Final = 64 * 2**20
MOST_CLIPS: Final = 100_000  # in all sequences of a file
MOST_FLAT: Final = 20_000  # of nested sequences, laid out flat
MOST_TRACKS: Final = 500
MOST_MEDIA: Final = 50_000
MOST_PIXELS: Final = 32_768  # on a side
MOST_CHANNELS: Final = 64
MOST_HZ: Final = 768_000
DEFAULT_HZ: Final = 48_000
MOST_RATE: Final = 1000  # frames a second
MOST_FRAMES: Final = 2**40  # nothing lies, lasts or begins beyond; keeps sums small


class ReadCuts(msgspec.Struct, frozen=True):
    """The sequences of a file, and sentences on what of it could not be taken over."""

    cuts: tuple[Cut, ...]
    losses: tuple[str, ...] = ()


def sane_rate(text: str) -> FrameRate | None:
    """A frame rate that a text says; None where it says none that any program has."""
    try:
        rate = FrameRate.parse(text[:40])
    except InputError:
        return None
    return rate if is_sane(rate) else None


def is_sane(rate: FrameRate) -> bool:
    """Whether any program has such a frame rate."""
    return rate.num <= MOST_RATE * rate.den and rate.den <= MOST_RATE * rate.num


def unreadable(name: str, line: int, problem: str, remedy: str = "") -> InputError:
    """The error of a file that is damaged at a line; 0 where there is no line to name."""
    where = f" (line {line})" if line else ""
    return InputError(
        f"{name} cannot be read: {problem}{where}.",
        remedy=remedy or "Export the timeline again, or try another format.",
    )


def require_size(data: bytes, name: str) -> None:
    """Raise InputError for a file that is larger than any real timeline."""
    if len(data) > MOST_BYTES:
        raise unreadable(
            name,
            0,
            f"it is larger than {MOST_BYTES // 2**20} MiB",
            "Export fewer sequences at once.",
        )
