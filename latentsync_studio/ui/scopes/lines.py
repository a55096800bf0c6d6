"""What a strip shows: lines over the frames of a sequence, ready to be drawn at any zoom; no Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from latentsync_studio.core.quality.reduction import Pyramid

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.arrays import F32, F64

Style = Literal["solid", "dash", "dot"]
_POINT_PX: Final = 2  # between two values; where there is less a line is a band
SIGNS: dict[Style, str] = {
    "solid": "\N{EM DASH}",
    "dash": "--",
    "dot": "\N{MIDDLE DOT}\N{MIDDLE DOT}\N{MIDDLE DOT}",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Line:
    """Values along the time.

    Attributes:
        name: shown to people, with the line's style.
        values: pyramid over them; NaN: nothing is drawn.
        first: frame of the sequence at which the first value begins.
        per_frame: values a frame.
        color: name of a color of the theme.
        style: so that lines differ without their colors.
        is_filled: down to the bottom of the strip, faintly.
    """

    name: str
    values: Pyramid
    first: float = 0.0
    per_frame: float = 1.0
    color: str = "accent"
    style: Style = "solid"
    is_filled: bool = False

    @classmethod
    def of(cls, name: str, values: F32, color: str, style: Style = "solid") -> Line:
        """One value a frame from frame 0 on; what is infinite is not drawn."""
        finite = np.where(np.isinf(values), np.float32(np.nan), values)
        return cls(name=name, values=Pyramid(finite), color=color, style=style)

    def part(self, first: float, last: float, width: int) -> Points | Band:
        """What to draw of frames first..last on `width` px: all values, or extremes of each px."""
        start = math.floor((first - self.first) * self.per_frame) - 1
        stop = math.ceil((last - self.first) * self.per_frame) + 1
        inside = max(0, min(stop, len(self.values)) - max(start, 0))
        is_dense = inside > width // _POINT_PX
        if inside and (is_dense or self.is_filled):
            left, right = ((frame - self.first) * self.per_frame for frame in (first, last))
            low, high = self.values.columns(left, right, max(1, width))
            return Band(high if self.is_filled else low, high)
        found = self.values.slice(start, stop, max(1, inside))
        return Points(self.first + (found.at + 0.5) / self.per_frame, found.low)


class Points(NamedTuple):
    """Points of a line.

    Attributes:
        frames: (P,) f64.
        values: (P,) f32, NaN: a gap.
    """

    frames: F64
    values: F32


class Band(NamedTuple):
    """What a line covers in each px.

    Attributes:
        low, high: (width,) f32 least and greatest value in each px, NaN: nothing.
    """

    low: F32
    high: F32


@dataclass(frozen=True, eq=False, kw_only=True)
class StripSpec:
    """A strip of the panel.

    Attributes:
        id: stable name.
        title: shown beside it.
        unit: of its values.
        low, high: values at its lower and upper edge.
        lines: drawn one over the other.
        words: what is known at a frame, a few short lines.
        tip: what it means.
    """

    id: str
    title: str
    unit: str
    low: float
    high: float
    lines: tuple[Line, ...]
    words: Callable[[int], str]
    tip: str = ""


def value_range(*curves: F32, least: float = 1e-3) -> tuple[float, float]:
    """Values that are worth showing: nearly all of them, with a margin; 0..1 where none is."""
    known = [curve[np.isfinite(curve)] for curve in curves]
    values = np.concatenate(known) if known else np.zeros(0, np.float32)
    if not len(values):
        return 0.0, 1.0
    low, high = (float(value) for value in np.percentile(values, (0.2, 99.8)))
    if high - low < least:
        low, high = low - 0.5, high + 0.5
    margin = 0.08 * (high - low)
    return low - margin, high + margin
