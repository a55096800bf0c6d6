"""The way that a pen went, as a smooth curve through the places that its events tell.

Events come as often as the computer has time for: a fast pen is told in places far apart, and
straight lines between them would be seen as corners. The curve goes through all places, makes no
loops between them, and depends on where they lie alone, not on when they came.

Source: centripetal Catmull-Rom splines as in Yuksel, Schaefer, Keyser, "Parameterization and
applications of Catmull-Rom curves", 2011; evaluated as in Barry, Goldman, "A recursive evaluation
algorithm for a class of Catmull-Rom splines", 1988.
"""

from __future__ import annotations

from copy import copy
from itertools import pairwise
from math import ceil, hypot, sqrt
from typing import TYPE_CHECKING, Final

from latentsync_studio.core.mask.strokes import BrushPath, PathPoint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.mask.strokes import Brush, Dab

LEAST_WAY: Final = 1.5  # px between two places that the curve goes through
_PIECE: Final = 2.0  # px of the straight pieces that the curve is told in
_MOST_PIECES: Final = 128


class PenLine:
    """A curve that grows: what is settled, and how it goes on to the pen for now.

    A piece is settled when the place behind its end is known, as that bends it.
    """

    def __init__(self, least: float = LEAST_WAY) -> None:
        """Begin nowhere.

        Args:
            least: px; a place nearer to the last one bends nothing: it is the end for now, and
                the greatest pressure of such places counts. The mouse tells whole px of the
                screen, which must not become steps.
        """
        self._least = least
        self._before: PathPoint | None = None  # the place before those
        self._open: list[PathPoint] = []  # the curve is settled up to the first of these
        self._end: PathPoint | None = None  # beyond the last one, too near to be one

    def to(self, point: PathPoint) -> tuple[PathPoint, ...]:
        """Go on to a place; returns what that settles, without where it was settled up to."""
        if not self._open:
            self._open.append(point)
            return ()
        last = self._open[-1]
        if hypot(point.x - last.x, point.y - last.y) < self._least:
            if point.pressure > last.pressure:
                self._open[-1] = PathPoint(last.x, last.y, point.pressure)
            self._end = point
            return ()
        self._open.append(point)
        self._end = None
        if len(self._open) < 3:
            return ()
        start, stop, after = self._open
        settled = _curve(self._before, start, stop, after)
        if self._before is None:
            settled = (start, *settled)
        self._before, self._open = start, [stop, after]
        return settled

    def rest(self) -> tuple[PathPoint, ...]:
        """From where it is settled to the pen, if it went no further; settles nothing."""
        places = [self._before, *self._open]
        end, last = self._end, self._open[-1] if self._open else None
        if end is not None and last is not None and (end.x, end.y) != (last.x, last.y):
            places.append(end)
        found = [] if self._before is not None else self._open[:1]
        for at in range(1, len(places) - 1):
            start, stop = places[at], places[at + 1]
            after = places[at + 2] if at + 2 < len(places) else None
            if start is not None and stop is not None:
                found += _curve(places[at - 1], start, stop, after)
        return tuple(found)


class PenStroke:
    """Dabs of a brush along such a curve."""

    def __init__(self, brush: Brush, least: float = LEAST_WAY) -> None:
        """Begin nowhere; `least` as for `PenLine`."""
        self._line, self._walk = PenLine(least), BrushPath(brush)

    def to(self, point: PathPoint) -> tuple[Dab, ...]:
        """Go on to a place; returns the dabs that stay whatever comes."""
        return _dabs(self._walk, self._line.to(point))

    def rest(self) -> tuple[Dab, ...]:
        """The dabs from there to the pen, if it went no further."""
        walk = copy(self._walk)
        return (*_dabs(walk, self._line.rest()), *walk.end())


def _dabs(walk: BrushPath, points: Iterable[PathPoint]) -> tuple[Dab, ...]:
    return tuple(dab for point in points for dab in walk.to(point))


def _curve(
    before: PathPoint | None, start: PathPoint, stop: PathPoint, after: PathPoint | None
) -> tuple[PathPoint, ...]:
    """Points from `start`, without it, to `stop`; beyond an end that is not there it is mirrored.

    Pressure changes evenly.
    """
    length = hypot(stop.x - start.x, stop.y - start.y)
    first = before or PathPoint(2 * start.x - stop.x, 2 * start.y - stop.y)
    last = after or PathPoint(2 * stop.x - start.x, 2 * stop.y - start.y)
    places = (first, start, stop, last)
    knots = [0.0]
    for one, other in pairwise(places):
        knots.append(knots[-1] + sqrt(hypot(other.x - one.x, other.y - one.y)))
    if before is None and after is None:
        return (stop,)
    pieces = min(max(1, ceil(length / _PIECE)), _MOST_PIECES)
    found = []
    for piece in range(1, pieces):
        share = piece / pieces
        at = knots[1] + share * (knots[2] - knots[1])
        found.append(
            PathPoint(
                _spline(at, knots, (first.x, start.x, stop.x, last.x)),
                _spline(at, knots, (first.y, start.y, stop.y, last.y)),
                start.pressure + share * (stop.pressure - start.pressure),
            )
        )
    return (*found, stop)


def _spline(at: float, knots: list[float], values: tuple[float, float, float, float]) -> float:
    """One coordinate of the curve at a knot parameter, by repeated interpolation."""
    t0, t1, t2, t3 = knots
    a = _mixed(at, t0, t1, values[0], values[1])
    b = _mixed(at, t1, t2, values[1], values[2])
    c = _mixed(at, t2, t3, values[2], values[3])
    return _mixed(at, t1, t2, _mixed(at, t0, t2, a, b), _mixed(at, t1, t3, b, c))


def _mixed(at: float, low: float, high: float, one: float, other: float) -> float:
    return one + (other - one) * ((at - low) / (high - low))
