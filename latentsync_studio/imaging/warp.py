"""Piecewise-affine warps of a triangulated point set, as dense sampling maps.

Pixel coordinates here have pixel centers at whole numbers (OpenCV's convention); callers with
centers at +0.5 subtract it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from latentsync_studio.imaging.raster import label_cells
from latentsync_studio.imaging.triangulate import neighbors, triangulated

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, F64, I32

    Numbers = npt.NDArray[np.intp]

_BEYOND = 0.35
_MIN_AREA = 0.3  # px^2 of the window below which a triangle shows nothing


class MeshWarp:
    """Interpolates values given at the vertices over the pixels of a deformed mesh."""

    def __init__(self, layout: F64) -> None:
        """Triangulate once.

        Args:
            layout: (V, 2) vertices in a pose in which no triangle is folded.
        """
        self.triangles = triangulated(layout)
        self._across = neighbors(self.triangles)

    def interpolate(
        self, target: F32, values: F32, outside: F32, size: tuple[int, int], step: int
    ) -> F32:
        """Spread vertex values over a coarse grid.

        Args:
            target: (V, 2) deformed vertices, px relative to the window.
            values: (V, C) value at each vertex.
            outside: (C,) value where no triangle lies.
            size: (width, height) of the window, px.
            step: side of a grid cell, px; node (i, j) is the middle of cell (i, j).

        Returns:
            (rows, columns, C). Triangles turned over (back faces) are left out. A cell that a
            triangle only touches continues its field, in slivers by a fraction _BEYOND of the
            corners' differences at most, so that no sample is thrown far.
        """
        columns, rows = -(-size[0] // step), -(-size[1] // step)
        corner = target[self.triangles]
        e1, e2 = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
        area = e1[:, 0] * e2[:, 1] - e1[:, 1] * e2[:, 0]
        low, high = corner.min(axis=1), corner.max(axis=1)
        seen = (high[:, 0] > -step) & (high[:, 1] > -step) & (area > _MIN_AREA)
        seen &= (low[:, 0] < size[0] + step) & (low[:, 1] < size[1] + step)
        front = np.flatnonzero(seen)
        front = front[np.argsort(area[front], kind="stable")]  # slivers never cover neighbours
        middle = np.float32((step - 1) / 2)
        hidden = np.append(~seen, True)[self._across[front]]
        edge = np.asarray(hidden.any(axis=1), bool)
        cells = (corner[front] - middle) / np.float32(step)
        label, inside = label_cells(cells, edge, (columns, rows))
        fields = _Fields(corner[front], values[self.triangles[front]], step)
        grid = np.empty((rows * columns, values.shape[1]), np.float32)
        grid[:] = outside
        where = np.flatnonzero(inside)
        grid[where] = fields.at(label[where], where, columns)
        where = np.flatnonzero((label >= 0) & ~inside)
        grid[where] = fields.beyond(label[where], where, columns)
        return grid.reshape(rows, columns, -1)


class _Fields:
    """The affine field of each triangle over the nodes of a grid."""

    def __init__(self, corner: F32, values: F32, step: int) -> None:
        """corner: (T, 3, 2) px; values: (T, 3, C) at them; node (i, j): the middle of its cell."""
        self._step = step
        middle = (step - 1) / 2
        a = corner[:, 0].astype(np.float64)
        e1, e2 = corner[:, 1] - a, corner[:, 2] - a
        area = e1[:, 0] * e2[:, 1] - e1[:, 1] * e2[:, 0]
        inverse = 1 / area
        longest = np.sqrt(np.maximum((e1**2).sum(axis=1), (e2**2).sum(axis=1)))
        self._most = np.minimum(_BEYOND, 1.5 * step * longest * inverse)
        # Shares of the second and the third corner: x, y and constant term, each (T,).
        x, y = middle - a[:, 0], middle - a[:, 1]
        second = np.stack([e2[:, 1], -e2[:, 0], x * e2[:, 1] - y * e2[:, 0]]) * inverse
        third = np.stack([-e1[:, 1], e1[:, 0], y * e1[:, 0] - x * e1[:, 1]]) * inverse
        second[:2] *= step
        third[:2] *= step
        self._second, self._third = second, third
        self._values = values
        d1, d2 = values[:, 1] - values[:, 0], values[:, 2] - values[:, 0]
        terms = second[:, :, None] * d1 + third[:, :, None] * d2
        terms[2] += values[:, 0]
        self._terms = terms.astype(np.float32)  # (3, T, C)

    def at(self, hit: I32, where: Numbers, columns: int) -> F32:
        """(n, C) values of the triangles `hit` at the nodes `where` in them."""
        row, column = np.divmod(where, columns)
        along, down, out = (np.take(term, hit, axis=0) for term in self._terms)
        along *= column.astype(np.float32)[:, None]
        down *= row.astype(np.float32)[:, None]
        out += along
        out += down
        return np.asarray(out, np.float32)

    def beyond(self, hit: I32, where: Numbers, columns: int) -> F32:
        """The same at nodes beside them, continued by a part of the triangle at most."""
        row, column = np.divmod(where, columns)
        first, second = (
            part[0, hit] * column + part[1, hit] * row + part[2, hit]
            for part in (self._second, self._third)
        )
        least, most = -self._most[hit], 1 + self._most[hit]
        first = np.clip(first, least, most)
        second = np.clip(second, least, np.minimum(most, most - first))
        share = np.stack([1 - first - second, first, second], axis=1).astype(np.float32)
        return np.asarray(np.einsum("nkc,nk->nc", self._values[hit], share), np.float32)


def dense(grid: F32, step: int, box: tuple[int, int, int, int]) -> F32:
    """Enlarge a coarse grid of up to four channels to the pixels x0..x1-1, y0..y1-1 of `box`."""
    x0, y0, x1, y1 = box
    c0, r0 = max(x0 // step - 1, 0), max(y0 // step - 1, 0)
    part = np.ascontiguousarray(grid[r0 : y1 // step + 2, c0 : x1 // step + 2])
    if step > 1:
        size = (part.shape[1] * step, part.shape[0] * step)
        part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_LINEAR), np.float32)
    x, y = x0 - c0 * step, y0 - r0 * step
    return np.ascontiguousarray(part[y : y + y1 - y0, x : x + x1 - x0])


def sampling_map(displacement: F32, origin: tuple[int, int]) -> F32:
    """Turn (h, w, 2) displacements of the window at `origin` into absolute positions, in place."""
    height, width = displacement.shape[:2]
    displacement[..., 0] += np.arange(origin[0], origin[0] + width, dtype=np.float32)
    displacement[..., 1] += np.arange(origin[1], origin[1] + height, dtype=np.float32)[:, None]
    return displacement
