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
_POINT_PX: Final = 3
_FILLED_PX: Final = 4
_DENSE: Final = 4  # values a point, beyond which a line is a band
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

    def points(self, first: float, last: float, width: int) -> Points:
        """What to draw of frames first..last in `width` px, extremes kept.

        A point has three px, of a filled line four: painting takes as long as there are points.
        """
        start = math.floor((first - self.first) * self.per_frame) - 1
        stop = math.ceil((last - self.first) * self.per_frame) + 1
        wanted = max(2, width // (_FILLED_PX if self.is_filled else _POINT_PX))
        found = self.values.slice(start, stop, wanted)
        at = self.first + (found.at + 0.5) / self.per_frame
        inside = max(0, min(stop, len(self.values)) - max(start, 0))
        if len(found.at) >= inside:
            return Points(at, found.low, is_dense=False)
        if self.is_filled:
            return Points(at, found.high, is_dense=True)
        both = np.stack([found.low, found.high], axis=1).ravel()
        return Points(np.repeat(at, 2), both, is_dense=inside > _DENSE * len(found.at))


class Points(NamedTuple):
    """Points of a line.

    Attributes:
        frames: (P,) f64.
        values: (P,) f32, NaN: a gap.
        is_dense: many values lie on each point, so that dashes could not be told apart.
    """

    frames: F64
    values: F32
    is_dense: bool


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
