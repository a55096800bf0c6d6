"""Frame rates as exact fractions, and the mapping of frames to frames and to samples.

Everything here is integer arithmetic; a float never locates a frame. Two roundings exist:

    nearest   floor(x + 1/2)    positions: a cut or a marker on another grid, the first sample
    covering  ceil(x)           lengths: as many frames as it takes to hold all of it
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.ranges import FrameRange

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from latentsync_studio.core.arrays import I32

_NTSC_DEN = 1001
_LABEL_TOLERANCE = Fraction(6, 1000)  # "29.97" and "59.94" are meant as n * 1000 / 1001


class FrameRate(msgspec.Struct, frozen=True):
    """Frames a second as a reduced fraction: FrameRate(30000, 1001), FrameRate(25)."""

    num: int
    den: int = 1

    def __post_init__(self) -> None:
        if self.num <= 0 or self.den <= 0:
            raise InputError(
                f"A frame rate cannot be {self.num}/{self.den}.",
                remedy="Give frames a second above 0, such as 25 or 30000/1001.",
            )
        common = gcd(self.num, self.den)
        if common > 1:
            msgspec.structs.force_setattr(self, "num", self.num // common)
            msgspec.structs.force_setattr(self, "den", self.den // common)

    @classmethod
    def of(cls, rate: Fraction) -> FrameRate:
        """Wrap a fraction; raise InputError unless it is above 0."""
        return cls(rate.numerator, rate.denominator)

    @classmethod
    def parse(cls, text: str) -> FrameRate:
        """Read "25", "30000/1001" or a customary decimal ("23.976", "29.97", "59.94").

        Raises:
            InputError: the text is no rate.
        """
        try:
            exact = Fraction(text.strip())
        except (ValueError, ZeroDivisionError):
            raise InputError(
                f"{text!r} is no frame rate.", remedy="Write 25, 29.97 or 30000/1001."
            ) from None
        ntsc = Fraction(round(exact * _NTSC_DEN / 1000) * 1000, _NTSC_DEN)
        if exact.denominator > 1 and "." in text and abs(exact - ntsc) < _LABEL_TOLERANCE:
            exact = ntsc
        return cls.of(exact)

    @property
    def fraction(self) -> Fraction:
        """Frames a second."""
        return Fraction(self.num, self.den)

    @property
    def nominal(self) -> int:
        """Labels a second that time code counts with: 24, 30, 60 for the 1001 rates."""
        return max(1, _nearest(self.num, self.den))

    def __str__(self) -> str:
        return f"{self.num / self.den:.3f}".rstrip("0").rstrip(".")


def converted(frame: int, grid: FrameRate, to: FrameRate) -> int:
    """The frame of `to` that starts nearest to the start of `frame` on `grid` (ties: later)."""
    return _nearest(frame * to.num * grid.den, to.den * grid.num)


def covering(n_frames: int, grid: FrameRate, to: FrameRate) -> int:
    """How many frames of `to` hold the time of `n_frames` frames of `grid`."""
    return -(-n_frames * to.num * grid.den // (to.den * grid.num))


def shown_frame(grid_frame: int, grid: FrameRate, media: FrameRate) -> int:
    """The frame of a constant-rate medium that is shown at `grid_frame` of its time on `grid`.

    It is the one on screen half of the shorter frame duration after the grid frame's start:
    at equal rates frame k, at 60 on 30 every second (0, 2, 4), at 30 on 60 each twice, and at
    23.976 on 24 one repeat in the middle of 1001 frames instead of one at once.
    """
    p, q = media.num * grid.den, media.den * grid.num  # media frames a grid frame: p / q
    return (2 * grid_frame * p + min(p, q)) // (2 * q)


def shown_frames(
    grid_frames: Iterable[int],
    grid: FrameRate,
    pts: npt.NDArray[np.int64],
    end_pts: int,
    tick: Fraction,
) -> I32:
    """Which media frames are shown at `grid_frames` of the medium's time: exact for VFR too.

    The same rule as `shown_frame`, with the mean frame duration of the medium.

    Args:
        grid_frames: frames on `grid`, counted from the medium's first frame.
        grid: rate of the sequence.
        pts: (n,) presentation times in ticks, strictly increasing.
        end_pts: where the last frame ends, ticks.
        tick: seconds of a tick.

    Returns:
        (T,) i32 frames, limited to 0..n-1.
    """
    first, frame_ticks = int(pts[0]), 1 / (grid.fraction * tick)
    half = min(frame_ticks, Fraction(end_pts - first, len(pts))) / 2
    a, b = frame_ticks.numerator * half.denominator, half.numerator * frame_ticks.denominator
    scale = frame_ticks.denominator * half.denominator
    at = np.array([first + (k * a + b) // scale for k in grid_frames], dtype=np.int64)
    frames = np.searchsorted(pts, at, side="right") - 1
    return np.clip(frames, 0, len(pts) - 1).astype(np.int32)


def first_sample(frame: int, rate: FrameRate, rate_hz: int) -> int:
    """The sample nearest to the start of `frame`: 1601.6 samples a frame do not drift."""
    return _nearest(frame * rate_hz * rate.den, rate.num)


def samples_of(frames: FrameRange, rate: FrameRate, rate_hz: int) -> FrameRange:
    """The samples of `frames`; neighbouring ranges give neighbouring samples, none twice."""
    return FrameRange(
        first_sample(frames.start, rate, rate_hz), first_sample(frames.stop, rate, rate_hz)
    )


def frame_of_sample(sample: int, rate: FrameRate, rate_hz: int) -> int:
    """The frame whose samples include `sample`, the inverse of `first_sample`."""
    return -(-(2 * sample + 1) * rate.num // (2 * rate_hz * rate.den)) - 1


def _nearest(num: int, den: int) -> int:
    return (2 * num + den) // (2 * den)
