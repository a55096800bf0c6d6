"""Brush strokes as coverage while they are being drawn: what every dab adds, and where.

Made for the thread that handles the pen: `LiveStroke.to` costs the pixels under the new dabs.
Overlapping dabs of a stroke take the larger coverage, so a stroke never gets denser than its
opacity, and its coverage does not depend on the order of the dabs.
"""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING, Final

import numpy as np

from latentsync_studio.core.mask.blending import blended
from latentsync_studio.core.mask.layer import TILE
from latentsync_studio.core.mask.strokes import BrushPath
from latentsync_studio.core.picture import Box

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.arrays import F32
    from latentsync_studio.core.mask.blending import BlendMode, Coverage
    from latentsync_studio.core.mask.strokes import Brush, Dab, PathPoint
    from latentsync_studio.core.mask.tiles import Canvas

_EDGE: Final = 1.0  # px over which even the hardest rim fades


def dab_coverage(dab: Dab, hardness: float) -> tuple[Box, Coverage]:
    """One dab in the box around it, (h, w) u8; may lie beyond any canvas.

    From `hardness` of the radius a smooth step leads to 0 at the rim.
    """
    radius = dab.size / 2
    inner = min(hardness * radius, radius - _EDGE / 2)
    outer = max(radius, inner + _EDGE)
    box = Box(
        x0=floor(dab.x - outer),
        y0=floor(dab.y - outer),
        x1=ceil(dab.x + outer),
        y1=ceil(dab.y + outer),
    )
    dx = np.arange(box.x0 + 0.5 - dab.x, box.x1 - dab.x, dtype=np.float32)
    dy = np.arange(box.y0 + 0.5 - dab.y, box.y1 - dab.y, dtype=np.float32)
    distance: F32 = np.add.outer(dy * dy, dx * dx)
    np.sqrt(distance, out=distance)
    # Share of the way from the rim inwards: 0 at the rim, 1 from `inner` on.
    distance *= np.float32(-1 / (outer - inner))
    distance += np.float32(outer / (outer - inner))
    np.clip(distance, 0.0, 1.0, out=distance)
    smooth = distance * distance
    distance *= np.float32(-2.0)
    distance += np.float32(3.0)
    smooth *= distance
    smooth *= np.float32(255.0 * dab.opacity)
    smooth += np.float32(0.5)
    return box, smooth.astype(np.uint8)


class LiveStroke:
    """A stroke on a canvas as far as it has got."""

    def __init__(self, canvas: Canvas, brush: Brush) -> None:
        """Begin a stroke on `canvas`, which stays as it is."""
        self._canvas, self._brush = canvas, brush
        self._path = BrushPath(brush)
        self._mode: BlendMode = "erase" if brush.erases else "paint"
        # Pages of it that are never touched cost no memory.
        self._coverage = np.zeros((canvas.height, canvas.width), np.uint8)
        self._touched: set[tuple[int, int]] = set()
        self._bounds: Box | None = None

    @property
    def bounds(self) -> Box | None:
        """The box around everything painted so far; None: nothing on the canvas."""
        return self._bounds

    def to(self, point: PathPoint) -> Box | None:
        """Go on to a point; return the box in which pixels may have changed."""
        return self._laid(self._path.to(point))

    def coverage(self, box: Box) -> Coverage:
        """(h, w) u8 of the stroke alone in a box on the canvas; a view, not to be kept."""
        return self._coverage[box.y0 : box.y1, box.x0 : box.x1]

    def read(self, box: Box) -> Coverage:
        """(h, w) u8 of the canvas with the stroke, in a box on the canvas."""
        return blended(self._canvas.read(box), self.coverage(box), self._mode)

    def finish(self) -> Canvas:
        """The canvas with the whole stroke. Go on to no other point."""
        self._laid(self._path.end())
        changed: dict[tuple[int, int], Coverage] = {}
        for x, y in self._touched:
            box = Box(x0=x * TILE, y0=y * TILE, x1=(x + 1) * TILE, y1=(y + 1) * TILE)
            part = self.coverage(box)
            above = np.zeros((TILE, TILE), np.uint8)
            above[: part.shape[0], : part.shape[1]] = part
            changed[x, y] = blended(self._canvas.read(box), above, self._mode)
        return self._canvas.with_tiles(changed)

    def _laid(self, dabs: Iterable[Dab]) -> Box | None:
        dirty: Box | None = None
        for dab in dabs:
            box, pixels = dab_coverage(dab, self._brush.hardness)
            part = box.clipped(*self._canvas.size)
            if part is None:
                continue
            there = self._coverage[part.y0 : part.y1, part.x0 : part.x1]
            left, top = part.x0 - box.x0, part.y0 - box.y0
            new = pixels[top : top + part.height, left : left + part.width]
            np.maximum(there, new, out=there)
            self._touch(part)
            dirty = part if dirty is None else around(dirty, part)
        if dirty is not None:
            self._bounds = dirty if self._bounds is None else around(self._bounds, dirty)
        return dirty

    def _touch(self, box: Box) -> None:
        columns = range(box.x0 // TILE, (box.x1 - 1) // TILE + 1)
        for y in range(box.y0 // TILE, (box.y1 - 1) // TILE + 1):
            self._touched.update((x, y) for x in columns)


def around(a: Box, b: Box) -> Box:
    """The smallest box around two."""
    return Box(x0=min(a.x0, b.x0), y0=min(a.y0, b.y0), x1=max(a.x1, b.x1), y1=max(a.y1, b.y1))


def stroke_coverage(
    brush: Brush, path: Iterable[PathPoint], size: tuple[int, int]
) -> tuple[Box, Coverage] | None:
    """A whole stroke at once, on a canvas of `size` (width, height); None: nothing lies on it."""
    from latentsync_studio.core.mask.tiles import Canvas

    stroke = LiveStroke(Canvas(*size), brush)
    for point in path:
        stroke.to(point)
    stroke.finish()
    box = stroke.bounds
    return None if box is None else (box, stroke.coverage(box).copy())
