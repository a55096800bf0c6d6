"""What was measured on the clips of a sequence, laid on the frames of that sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from latentsync_studio.core.quality.curves import ClipQuality, Curve
from latentsync_studio.core.quality.measures import measure
from latentsync_studio.core.ranges import FrameRange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from latentsync_studio.core.arrays import F32, Bools


class Laid(NamedTuple):
    """What was measured on a clip, and where the clip lies.

    Attributes:
        quality: in the clip's own frames.
        at: frame of the sequence that shows the first of `quality.frames`.
        shown: frames of the sequence in which the clip lies.
    """

    quality: ClipQuality
    at: int
    shown: FrameRange

    @property
    def placed(self) -> FrameRange | None:
        """Frames of the sequence that were measured and still lie there."""
        whole = FrameRange(self.at, self.at + len(self.quality.frames))
        return whole.intersection(self.shown)


def laid_curve(parts: Sequence[Laid], stop: int, name: str) -> Curve:
    """One curve over frames 0 .. stop - 1 of a sequence; where clips overlap the later part holds.

    Raises:
        InputError: there is no such measure, or it has one value a clip.
    """
    return _laid(parts, stop, lambda part: part.quality.curve(name))


def drawn_curve(parts: Sequence[Laid], stop: int, name: str, most: int) -> Curve:
    """As `laid_curve`, to be drawn as lines: `bridged`, and `held` at its ends.

    Nothing goes on from one clip into the next, nor into frames that are not redrawn.
    """

    def line(part: Laid) -> Curve:
        curve, within = part.quality.curve(name), redrawn(part.quality)
        sides = [held(bridged(side, most), most // 2) for side in (curve.result, curve.source)]
        known = (~np.isnan(side) | within for side in (curve.result, curve.source))
        return Curve.of(*(np.where(k, s, np.nan) for k, s in zip(known, sides, strict=True)))

    return _laid(parts, stop, line)


def redrawn(quality: ClipQuality) -> Bools:
    """(T,) frames of a clip that are redrawn; all of them where that was not noted."""
    found = np.full(len(quality.frames), not quality.windows)
    for window in quality.windows:
        first = quality.frames.start
        found[max(0, window.start - first) : window.stop - first] = True
    return found


def _laid(parts: Sequence[Laid], stop: int, curve_of: Callable[[Laid], Curve]) -> Curve:
    result, source = (np.full(stop, np.nan, np.float32) for _ in range(2))
    for part in parts:
        frames = part.placed
        if frames is None or frames.start >= stop:
            continue
        curve = curve_of(part)
        span = slice(frames.start, min(frames.stop, stop))
        own = slice(span.start - part.at, span.stop - part.at)
        result[span], source[span] = curve.result[own], curve.source[own]
    return Curve.of(result, source)


def bridged(values: F32, most: int) -> F32:
    """Fill gaps of fewer than `most` frames between known values: straight from one to the other.

    What is costly is measured some times a second only; drawn as it is, such a curve would be dots.
    Between two exact (infinite) values it is exact.
    """
    at = np.flatnonzero(~np.isnan(values))
    if not len(at):
        return values
    frames = np.arange(len(values))
    after = np.clip(np.searchsorted(at, frames), 0, len(at) - 1)
    before = np.maximum(np.searchsorted(at, frames, side="right") - 1, 0)
    left, right = at[before], at[after]
    is_gap = np.isnan(values) & (left < frames) & (frames < right) & (right - left <= most)
    known = values[at].astype(np.float64)
    with np.errstate(invalid="ignore"):
        between = np.interp(frames, at, known)
    between = np.where(values[left] == values[right], values[left], between)
    return np.where(is_gap, between, values).astype(np.float32)


def held(values: F32, most: int) -> F32:
    """Give unknown frames the nearest known value, where that is at most `most` away.

    What is looked at some times a second has its last value some frames before the end.
    """
    at = np.flatnonzero(~np.isnan(values))
    if not len(at):
        return values
    frames = np.arange(len(values))
    after = at[np.clip(np.searchsorted(at, frames), 0, len(at) - 1)]
    before = at[np.maximum(np.searchsorted(at, frames, side="right") - 1, 0)]
    nearest = np.where(np.abs(after - frames) < np.abs(frames - before), after, before)
    is_near = np.isnan(values) & (np.abs(nearest - frames) <= most)
    return np.where(is_near, values[nearest], values).astype(np.float32)


def measured_names(parts: Iterable[Laid]) -> frozenset[str]:
    """Ids of the measures a frame of which anything is known."""
    return frozenset(
        name
        for part in parts
        for name, curve in part.quality.curves.items()
        if not np.isnan(curve.result).all()
    )


def limit_curve(name: str, source: F32, limit: float) -> F32:
    """Results that lie just at a limit beside each value of the source, (T,); NaN where unknown.

    The reverse of `Measure.judged`. A measure that is not judged against its source has the same
    limit everywhere.
    """
    each = measure(name)
    if each.against == "ratio":
        return np.asarray(limit * (source + each.floor) - each.floor, np.float32)
    if each.against == "difference":
        return np.asarray(source + limit, np.float32)
    return np.full(len(source), limit, np.float32)
