"""Least and greatest values of stretches of a long curve, quickly at any width.

Level k of a pyramid holds the extremes of runs of 4^k values; a look of any length and width reads
a few values for each of its points, so that an hour of frames is drawn as quickly as a minute.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from latentsync_studio.core.errors import InputError

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, F64

_BASE: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduced:
    """A curve as a panel of limited width draws it.

    Attributes:
        at: (P,) f64 positions of the points, counted in values of the curve from its first one.
        low: (P,) f32 least known value around each; NaN where none is known.
        high: (P,) f32 greatest known value.
    """

    at: F64
    low: F32
    high: F32


class Pyramid:
    """Extremes of a curve. Immutable; made once a curve."""

    def __init__(self, values: F32) -> None:
        """values: (T,) f32, NaN = unknown."""
        self._low = [np.ascontiguousarray(values, np.float32)]
        self._high = [self._low[0]]
        while len(self._low[-1]) > 2 * _BASE:
            self._low.append(_folded(self._low[-1], np.fmin))
            self._high.append(_folded(self._high[-1], np.fmax))

    def __len__(self) -> int:
        return len(self._low[0])

    def slice(self, start: int, stop: int, points: int) -> Reduced:
        """Values start..stop-1 as at most `points` points, or as they are where there are fewer.

        Every value of the stretch lies in exactly one point's run, runs may reach a little beyond
        the stretch.

        Raises:
            InputError: `points` is less than 1.
        """
        if points < 1:
            raise InputError(f"A curve has no {points} points.", remedy="Ask for 1 or more.")
        start, stop = max(0, start), min(len(self), stop)
        if stop <= start:
            nothing = np.zeros(0, np.float32)
            return Reduced(at=np.zeros(0), low=nothing, high=nothing)
        level, run = 0, 1
        while level + 1 < len(self._low) and (stop - start) >= points * run * _BASE:
            level, run = level + 1, run * _BASE
        first, last = start // run, -(-stop // run)
        count = min(points, last - first)
        edges = first + np.arange(count, dtype=np.int64) * (last - first) // count
        low = np.fmin.reduceat(self._low[level][:last], edges)
        high = np.fmax.reduceat(self._high[level][:last], edges)
        ends = np.append(edges[1:], last)
        middles = (edges + ends) / 2 * run - 0.5
        return Reduced(at=np.clip(middles, start, stop - 1), low=low, high=high)

    def columns(self, start: float, stop: float, count: int) -> tuple[F32, F32]:
        """Least and greatest known value of each of `count` equal parts of start..stop.

        `start` and `stop` are places, value k lies from k to k + 1; a part that is less than a
        value has that one's. What lies at the edge of a part may stand in the one beside it. NaN
        where there are no values, or none is known.

        Raises:
            InputError: `count` is less than 1.
        """
        if count < 1:
            raise InputError(f"A curve has no {count} parts.", remedy="Ask for 1 or more.")
        low, high = np.full((2, count), np.nan, np.float32)
        step = (stop - start) / count
        first = max(0, math.floor(-start / step)) if step > 0 else count
        last = min(count, math.ceil((len(self) - start) / step)) if step > 0 else 0
        if first >= last or not len(self):
            return low, high
        level, run = 0, 1
        while level + 1 < len(self._low) and step >= run * _BASE:
            level, run = level + 1, run * _BASE
        edges = ((start + np.arange(first, last) * step) / run).astype(np.intp)
        np.clip(edges, 0, len(self._low[level]) - 1, out=edges)
        end = min(
            len(self._low[level]), max(int(edges[-1]) + 1, math.ceil((start + last * step) / run))
        )
        low[first:last] = np.fmin.reduceat(self._low[level][:end], edges)
        high[first:last] = np.fmax.reduceat(self._high[level][:end], edges)
        return low, high


def _folded(values: F32, by: np.ufunc) -> F32:
    rest = -len(values) % _BASE
    padded = np.pad(values, (0, rest), constant_values=np.nan)
    return np.asarray(by.reduce(padded.reshape(-1, _BASE), axis=1), np.float32)
