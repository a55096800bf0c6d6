"""Times as the format writes them: "0s", "5s", "1001/24000s"."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.rate import FrameRate


def seconds(time: Fraction) -> str:
    """A time in seconds, as the least whole numbers."""
    if time.denominator == 1:
        return f"{time.numerator}s"
    return f"{time.numerator}/{time.denominator}s"


def frames(count: int | Fraction, rate: FrameRate) -> str:
    """The time of frames; whole frames keep the numbers of their rate: "72072/24000s"."""
    time = Fraction(count) / rate.fraction
    if time.denominator == 1 or Fraction(count).denominator != 1:
        return seconds(time)
    return f"{int(count) * rate.den}/{rate.num}s"
