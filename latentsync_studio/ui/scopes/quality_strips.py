"""Strips of measures a frame: result, source, limit, and where somebody is needed; no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from latentsync_studio.core.quality.laid import Laid, drawn_curve, laid_curve, limit_curve, redrawn
from latentsync_studio.core.quality.measures import FRAME_MEASURES, measure
from latentsync_studio.ui.scopes.lines import SIGNS, Line, StripSpec, value_range

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from latentsync_studio.core.arrays import F32, Bools
    from latentsync_studio.core.quality.curves import Curve
    from latentsync_studio.core.quality.gate import Limits
    from latentsync_studio.core.ranges import FrameRange

FIRST: Final = ("aperture", "sharpness", "seam_color", "flicker")
_RESULT_ONLY: Final = frozenset({"openness", "spread", "strength"})  # of speech and user
_SAME: Final = frozenset({"face_px", "yaw", "pitch", "occlusion"})  # of the source alone


@dataclass(frozen=True, eq=False, kw_only=True)
class Measured:
    """Curves on the frames of a sequence.

    Attributes:
        parts: of the clips.
        stop: frames of the sequence.
        limits: of the project.
        marked: measure -> frames of the sequence that need somebody.
        most: frames over which lines go on between measured ones.
        words: names of lines in the user's language: result, source, limit, exact; and why nothing
            is known at a frame: nothing, passes, unmeasured, unknown.
    """

    parts: tuple[Laid, ...]
    stop: int
    limits: Limits
    marked: dict[str, tuple[FrameRange, ...]]
    most: int
    words: dict[str, str]

    def specs(self, names: Iterable[str]) -> tuple[StripSpec, ...]:
        """One strip a measure; for a worker's thread."""
        return tuple(self.spec(name) for name in names)

    def spec(self, name: str) -> StripSpec:
        """The strip of a measure."""
        each = measure(name)
        known = laid_curve(self.parts, self.stop, name)
        curve = drawn_curve(self.parts, self.stop, name, self.most)
        limit = self._limit(name, curve)
        low, high = value_range(*self._shown(name, curve))
        lines = []
        if self.marked.get(name):
            marks = _marks(self.marked[name], self.stop, high)
            lines.append(_filled(self.words["attention"], marks))
        if limit is not None:
            lines.append(Line.of(self.words["limit"], limit, "stale", "dot"))
            low, high = _with_limit(low, high, limit)
        if name not in _RESULT_ONLY | _SAME:
            lines.append(Line.of(self.words["source"], curve.source, "dim_text", "dash"))
        lines.append(Line.of(self.words["result"], curve.result, "accent"))
        return StripSpec(
            id=name,
            title=each.title,
            unit=each.unit,
            low=low,
            high=high,
            lines=tuple(lines),
            words=_Words(self, name, curve, limit, ~np.isnan(known.result)).at,
            tip=each.meaning,
        )

    def _limit(self, name: str, curve: Curve) -> F32 | None:
        each = measure(name)
        if not each.is_judged or name == "outside_psnr":
            return None  # what was not redrawn has to be exact: no line for that
        source = np.where(np.isnan(curve.result), np.float32(np.nan), curve.source)
        line = limit_curve(name, source, float(getattr(self.limits, name)))
        return np.where(np.isnan(curve.result), np.float32(np.nan), line)

    @staticmethod
    def _shown(name: str, curve: Curve) -> tuple[F32, ...]:
        return (curve.result,) if name in _RESULT_ONLY | _SAME else (curve.result, curve.source)


@dataclass(frozen=True, eq=False)
class _Words:
    """What is known of a measure at a frame, a line each."""

    measured: Measured
    name: str
    curve: Curve
    limit: F32 | None
    is_measured: Bools

    def at(self, frame: int) -> str:
        words = self.measured.words
        if not 0 <= frame < len(self.curve.result) or np.isnan(self.curve.result[frame]):
            return words[self._why_not(frame)]
        about = "" if self.is_measured[frame] else "~"  # between two measured frames
        found = f"{SIGNS['solid']} {about}{self._told(self.curve.result[frame])}"
        if self.name not in _RESULT_ONLY | _SAME and not np.isnan(self.curve.source[frame]):
            found += f"  {SIGNS['dash']} {self._told(self.curve.source[frame])}"
        unit = measure(self.name).unit
        if self.limit is not None and not np.isnan(self.limit[frame]):
            return f"{found}\n{SIGNS['dot']} {self._told(self.limit[frame])}  {unit}"
        return f"{found}\n{unit}".strip()

    def _why_not(self, frame: int) -> str:
        """Which word says why nothing is known at a frame."""
        part = next((each for each in reversed(self.measured.parts) if frame in each.shown), None)
        if part is None:
            return "nothing"
        if np.isnan(part.quality.curve(self.name).result).all():
            return "unmeasured"
        own = frame - part.at
        known = redrawn(part.quality)
        return "passes" if 0 <= own < len(known) and not known[own] else "unknown"

    def _told(self, value: float) -> str:
        return self.measured.words["exact"] if np.isinf(value) else f"{value:.3g}"


def chosen_names(text: str) -> tuple[str, ...]:
    """Measures as they were kept, those that there are; the first ones where there are none."""
    names = tuple(name for name in text.split() if name in FRAME_MEASURES)
    return names or FIRST


def table_of(parts: Sequence[Laid], stop: int, names: Sequence[str]) -> tuple[list[str], list[F32]]:
    """Titles and columns of results and sources of measures over the frames of a sequence."""
    titles: list[str] = []
    columns: list[F32] = []
    for name in names:
        curve = laid_curve(parts, stop, name)
        titles += [name, f"{name}_source"]
        columns += [curve.result, curve.source]
    return titles, columns


def _with_limit(low: float, high: float, limit: F32) -> tuple[float, float]:
    """Values in sight with the limit, unless that is far away from everything."""
    known = limit[np.isfinite(limit)]
    if not len(known):
        return low, high
    middle, span = float(np.median(known)), high - low
    if middle > high + 2 * span or middle < low - 2 * span:
        return low, high
    return min(low, middle - 0.08 * span), max(high, middle + 0.08 * span)


def _marks(spans: Iterable[FrameRange], stop: int, value: float) -> F32:
    marks = np.full(stop, np.nan, np.float32)
    for span in spans:
        marks[max(0, span.start) : span.stop] = value
    return marks


def _filled(name: str, values: F32) -> Line:
    line = Line.of(name, values, "warning")
    return Line(name=line.name, values=line.values, color=line.color, is_filled=True)
