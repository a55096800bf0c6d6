"""What the painting tools draw, as values: brush strokes become dabs, the others are shapes.

Coordinates are continuous px of the canvas: pixel i covers [i, i + 1).
"""

from __future__ import annotations

from math import hypot
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

Point = tuple[float, float]
Softness: TypeAlias = Annotated[float, Meta(ge=0, le=512)]
Share: TypeAlias = Annotated[float, Meta(ge=0, le=1)]

SMALLEST, LARGEST = 1.0, 2000.0  # px: diameters of brushes
_LEAST_STEP: Final = 0.5  # px between dabs
_PRESSURE_STEP: Final = 0.125  # of a pen that presses harder without moving
_LEAST_SIZE: Final = 0.5  # px: the lightest touch still leaves something


class PathPoint(msgspec.Struct, frozen=True):
    """A place that the pen or the mouse went through, and how hard it was pressed, 0..1."""

    x: float
    y: float
    pressure: float = 1.0


class Brush(msgspec.Struct, frozen=True, kw_only=True):
    """How a stroke looks.

    Attributes:
        size: diameter in px at full pressure.
        hardness: share of the radius that is full; from there it falls off to the rim.
        opacity: of the whole stroke at full pressure; it does not add up within a stroke.
        spacing: distance between dabs, as a share of the diameter.
        erases: takes away instead.
        sizes: pressure sets the size.
        fades: pressure sets the opacity.
        least: share of the size that the lightest touch has.
    """

    size: Annotated[float, Meta(ge=SMALLEST, le=LARGEST)] = 60.0
    hardness: Share = 0.6
    opacity: Share = 1.0
    spacing: Annotated[float, Meta(ge=0.02, le=1)] = 0.08
    erases: bool = False
    sizes: bool = True
    fades: bool = False
    least: Share = 0.1

    def dab(self, x: float, y: float, pressure: float) -> Dab:
        """What it leaves at a place."""
        pressure = min(max(pressure, 0.0), 1.0)
        share = self.least + (1.0 - self.least) * pressure if self.sizes else 1.0
        opacity = self.opacity * pressure if self.fades else self.opacity
        return Dab(x, y, max(self.size * share, _LEAST_SIZE), opacity)


class Dab(msgspec.Struct, frozen=True):
    """One touch of a brush: middle and diameter in px, opacity 0..1."""

    x: float
    y: float
    size: float
    opacity: float


class BrushPath:
    """Sets dabs along a path as it grows.

    They depend on the path alone, not on the events that it came in: dabs are counted by the way
    walked since the last one, and pressure between two points changes evenly.
    """

    def __init__(self, brush: Brush) -> None:
        self._brush = brush
        self._at: PathPoint | None = None
        self._walked = 0.0  # px since the last dab
        self._last: Dab | None = None
        self._pressure = 0.0  # of the last dab

    def to(self, point: PathPoint) -> tuple[Dab, ...]:
        """Go on in a straight line; return the new dabs."""
        before, self._at = self._at, point
        if before is None:
            return (self._set(point),)
        length = hypot(point.x - before.x, point.y - before.y)
        if length == 0.0:
            return self._pressed(point)
        found: list[Dab] = []
        walked = 0.0
        while True:
            rest = self._step() - self._walked
            if rest > length - walked:
                break
            walked += rest
            found.append(self._set(_between(before, point, walked / length)))
        self._walked += length - walked
        return tuple(found)

    def end(self) -> tuple[Dab, ...]:
        """The dab at the very end of the path, unless the last one lies there as strong."""
        if self._at is None or (self._walked <= 0.0 and not self._leaves_more(self._at)):
            return ()
        return (self._set(self._at),)

    def _pressed(self, point: PathPoint) -> tuple[Dab, ...]:
        """Pressing harder without moving leaves more, step by step however it is told."""
        if not self._leaves_more(point):
            return ()
        steps = int((point.pressure - self._pressure) / _PRESSURE_STEP + 1e-6)
        begin = self._pressure
        return tuple(
            self._set(PathPoint(point.x, point.y, begin + (step + 1) * _PRESSURE_STEP))
            for step in range(steps)
        )

    def _leaves_more(self, point: PathPoint) -> bool:
        """Whether a dab there would be larger or denser than the last one."""
        dab, last = self._brush.dab(point.x, point.y, point.pressure), self._last
        return last is not None and (dab.size > last.size or dab.opacity > last.opacity)

    def _step(self) -> float:
        size = self._last.size if self._last is not None else self._brush.size
        return max(self._brush.spacing * size, _LEAST_STEP)

    def _set(self, point: PathPoint) -> Dab:
        self._walked, self._pressure = 0.0, point.pressure
        self._last = self._brush.dab(point.x, point.y, point.pressure)
        return self._last


class Polygon(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A closed outline, drawn point by point or freely (lasso); even-odd where it crosses itself.

    Attributes:
        points: corners.
        softness: px over which the edge fades, half inside and half outside.
    """

    points: tuple[Point, ...]
    softness: Softness = 0.0


class Ellipse(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An ellipse: middle, half axes in px, turned clockwise on the screen by degrees."""

    x: float
    y: float
    radius_x: float
    radius_y: float
    rotation: float = 0.0
    softness: Softness = 0.0


class Gradient(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Falls from full at the first point to nothing at the second.

    Attributes:
        start: full there, and on all the side (linear) or the middle (radial) behind it.
        stop: nothing there and beyond.
        kind: along the line, or in circles around `start`.
        is_smooth: without kinks at both ends.
    """

    start: Point
    stop: Point
    kind: Literal["linear", "radial"] = "linear"
    is_smooth: bool = True


class Flood(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What has the color of a place in a picture.

    Attributes:
        x: column of the place, px.
        y: row of the place, px.
        tolerance: greatest difference of color, 0..100 (CIE 1976 distance; 2 is just seen).
        is_joined: only what hangs together with the place.
        softness: px over which the edge fades.
    """

    x: float
    y: float
    tolerance: Annotated[float, Meta(ge=0, le=100)] = 12.0
    is_joined: bool = True
    softness: Softness = 1.0


Shape = Polygon | Ellipse | Gradient


def _between(a: PathPoint, b: PathPoint, share: float) -> PathPoint:
    return PathPoint(
        a.x + (b.x - a.x) * share,
        a.y + (b.y - a.y) * share,
        a.pressure + (b.pressure - a.pressure) * share,
    )
