"""What the mouse or the pen draws with each tool, from the press to the release.

Places are px of the picture. Each step returns the box that looks different, for repainting.
"""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

from latentsync_studio.core.mask.pen_path import LEAST_WAY, PenLine, PenStroke
from latentsync_studio.core.mask.strokes import (
    Brush,
    Ellipse,
    Flood,
    Gradient,
    PathPoint,
    Polygon,
)
from latentsync_studio.imaging.brush_raster import dab_coverage
from latentsync_studio.imaging.mask_raster import flood_coverage, shape_coverage
from latentsync_studio.ui.masks.work import union

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import Rgb8
    from latentsync_studio.core.mask.blending import Coverage
    from latentsync_studio.core.mask.strokes import Dab, Shape
    from latentsync_studio.core.picture import Box
    from latentsync_studio.ui.masks.mask_state import MaskTool, Options
    from latentsync_studio.ui.masks.work import Work

_LEAST_SHAPE = 2.0  # px: less is a click, not a shape


class Gesture:
    """One stroke or shape that is being drawn.

    Attributes:
        line: places of the line that is shown while it is drawn.
        is_done: it ended with the last step.
    """

    needs_clicks = False  # goes on after the button is released
    closes = False  # its line is shown closed
    near = 6.0  # px around the first point of a line that end it

    def __init__(self, work: Work, options: Options, least: float = LEAST_WAY) -> None:
        """Begin nothing yet; `least` px lie between two places that a line goes through."""
        self.work, self.options, self.least = work, options, least
        self.most = round(options.opacity * 255)
        self.line: list[tuple[float, float]] = []
        self.is_done = False

    def press(self, at: PathPoint) -> Box | None:
        """The button or the pen went down."""
        return self.move(at)

    def move(self, at: PathPoint) -> Box | None:
        """It moved."""
        raise NotImplementedError

    def release(self, at: PathPoint) -> Box | None:
        """It went up."""
        self.is_done = True
        return self.move(at)

    def finish(self) -> Box | None:
        """End a shape that goes on over several clicks."""
        self.is_done = True
        return None

    def step_back(self) -> Box | None:
        """Take the last point back, where there are points."""
        return None

    def _show(self, shape: Shape) -> Box | None:
        drawn = shape_coverage(shape, self.work.size)
        return self.work.undo_stroke() if drawn is None else self.work.replace(*drawn, self.most)


class BrushGesture(Gesture):
    """A stroke of dabs along a smooth line; its end bends with what comes until it is settled."""

    def __init__(self, work: Work, options: Options, least: float = LEAST_WAY) -> None:
        super().__init__(work, options, least)
        self._brush = Brush(
            size=options.size,
            hardness=options.hardness,
            opacity=options.opacity,
            sizes=options.pressure_size,
            fades=options.pressure_opacity,
        )
        self._stroke = PenStroke(self._brush, least)

    def move(self, at: PathPoint) -> Box | None:
        settled = self.work.loosen(())
        for piece in self._covered(self._stroke.to(at)):
            settled = union(settled, self.work.lay(*piece))
        return union(settled, self.work.loosen(self._covered(self._stroke.rest())))

    def _covered(self, dabs: tuple[Dab, ...]) -> list[tuple[Box, Coverage]]:
        return [dab_coverage(dab, self._brush.hardness) for dab in dabs]


class LassoGesture(Gesture):
    """A free outline, as smooth as a stroke."""

    closes = True

    def __init__(self, work: Work, options: Options, least: float = LEAST_WAY) -> None:
        super().__init__(work, options, least)
        self._way, self._settled = PenLine(least), list[tuple[float, float]]()

    def move(self, at: PathPoint) -> Box | None:
        self._settled += [(point.x, point.y) for point in self._way.to(at)]
        self.line = [*self._settled, *((point.x, point.y) for point in self._way.rest())]
        return None

    def release(self, at: PathPoint) -> Box | None:
        self.move(at)
        self.is_done = True
        points = tuple(self.line)
        return self._show(Polygon(points=points, softness=self.options.edge))


class PolygonGesture(Gesture):
    """Corners, click by click; a click on the first one, or a double click, closes it."""

    needs_clicks = True
    closes = True

    def press(self, at: PathPoint) -> Box | None:
        first = self.line[0] if len(self.line) > 3 else None
        if first is not None and hypot(at.x - first[0], at.y - first[1]) <= self.near:
            return self.finish()
        if self.line:
            self.line[-1] = (at.x, at.y)
        else:
            self.line.append((at.x, at.y))
        self.line.append((at.x, at.y))
        return self._outline()

    def move(self, at: PathPoint) -> Box | None:
        if self.line:
            self.line[-1] = (at.x, at.y)
        return self._outline()

    def release(self, at: PathPoint) -> Box | None:  # noqa: ARG002 - a click ends nothing
        return None

    def finish(self) -> Box | None:
        self.is_done = True
        del self.line[-1:]
        return self._outline()

    def step_back(self) -> Box | None:
        if len(self.line) > 2:
            del self.line[-2]
        return self._outline()

    def _outline(self) -> Box | None:
        return self._show(Polygon(points=tuple(self.line), softness=self.options.edge))


class EllipseGesture(Gesture):
    """An ellipse in the rectangle from the press to the mouse."""

    def __init__(self, work: Work, options: Options, least: float = LEAST_WAY) -> None:
        super().__init__(work, options, least)
        self._start: PathPoint | None = None

    def press(self, at: PathPoint) -> Box | None:
        self._start = at
        return None

    def move(self, at: PathPoint) -> Box | None:
        start = self._start
        if start is None or hypot(at.x - start.x, at.y - start.y) < _LEAST_SHAPE:
            return self.work.undo_stroke()
        shape = Ellipse(
            x=(start.x + at.x) / 2,
            y=(start.y + at.y) / 2,
            radius_x=max(abs(at.x - start.x) / 2, 0.5),
            radius_y=max(abs(at.y - start.y) / 2, 0.5),
            softness=self.options.edge,
        )
        return self._show(shape)


class GradientGesture(Gesture):
    """Full at the press, nothing at the mouse."""

    def __init__(self, work: Work, options: Options, least: float = LEAST_WAY) -> None:
        super().__init__(work, options, least)
        self._start: PathPoint | None = None

    def press(self, at: PathPoint) -> Box | None:
        self._start = at
        self.line = [(at.x, at.y), (at.x, at.y)]
        return None

    def move(self, at: PathPoint) -> Box | None:
        start = self._start
        if start is None or hypot(at.x - start.x, at.y - start.y) < _LEAST_SHAPE:
            return self.work.undo_stroke()
        self.line[-1] = (at.x, at.y)
        return self._show(Gradient(start=(start.x, start.y), stop=(at.x, at.y)))


class FloodGesture(Gesture):
    """What has the color under the press."""

    def __init__(self, work: Work, options: Options, picture: Rgb8) -> None:
        super().__init__(work, options)
        self._picture = picture

    def press(self, at: PathPoint) -> Box | None:
        flood = Flood(
            x=at.x, y=at.y, tolerance=self.options.tolerance, softness=max(self.options.edge, 0.0)
        )
        drawn = flood_coverage(self._picture, flood)
        return None if drawn is None else self.work.lay(*drawn, self.most)

    def move(self, at: PathPoint) -> Box | None:  # noqa: ARG002 - the press did it all
        return None


_SIMPLE: dict[MaskTool, type[Gesture]] = {
    "brush": BrushGesture,
    "eraser": BrushGesture,
    "lasso": LassoGesture,
    "polygon": PolygonGesture,
    "ellipse": EllipseGesture,
    "gradient": GradientGesture,
}


def gesture_of(
    tool: MaskTool,
    work: Work,
    options: Options,
    picture: Rgb8 | None,
    least: float = LEAST_WAY,
) -> Gesture | None:
    """The gesture of a tool; None where there is none, or no picture to flood.

    least: px of the picture between two places that a free line goes through.
    """
    if tool == "flood":
        return None if picture is None else FloodGesture(work, options, picture)
    made = _SIMPLE.get(tool)
    return None if made is None else made(work, options, least)
