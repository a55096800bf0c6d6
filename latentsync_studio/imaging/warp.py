"""Piecewise-affine warps of a triangulated point set, as dense sampling maps.

Pixel coordinates here have pixel centers at whole numbers (OpenCV's convention); callers with
centers at +0.5 subtract it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from scipy.spatial import Delaunay

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, F64

_SHIFT = 4  # fractional bits of polygon corners
_BEYOND = 0.35
_MIN_AREA = 0.3  # px^2 of the coarse grid below which a triangle shows nothing


class MeshWarp:
    """Interpolates values given at the vertices over the pixels of a deformed mesh."""

    def __init__(self, layout: F64) -> None:
        """Triangulate once.

        Args:
            layout: (V, 2) vertices in a pose in which no triangle is folded.
        """
        triangles = Delaunay(layout).simplices
        corner = layout[triangles]
        u, v = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
        area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
        keep = np.abs(area) > 1e-6
        triangles = triangles[keep]
        flip = area[keep] < 0
        triangles[flip] = triangles[flip][:, [0, 2, 1]]
        self.triangles = triangles

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
        a, b, c = corner[:, 0], corner[:, 1], corner[:, 2]
        e1, e2 = b - a, c - a
        area = e1[:, 0] * e2[:, 1] - e1[:, 1] * e2[:, 0]
        low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
        seen = (high[:, 0] > -step) & (high[:, 1] > -step) & (area > _MIN_AREA)
        seen &= (low[:, 0] < size[0] + step) & (low[:, 1] < size[1] + step)
        front = np.flatnonzero(seen)
        front = front[np.argsort(area[front], kind="stable")]  # slivers never cover neighbours
        label = np.full((rows, columns), -1, np.int32)
        middle = np.float32((step - 1) / 2)
        polygons = np.round((corner - middle) * np.float32((1 << _SHIFT) / step)).astype(np.int32)
        for i in front.tolist():
            cv2.fillConvexPoly(label, polygons[i], i, lineType=8, shift=_SHIFT)
        ys, xs = np.nonzero(label >= 0)
        hit = label[ys, xs]
        inverse = 1 / np.maximum(area, _MIN_AREA)
        longest = np.sqrt(np.maximum((e1**2).sum(axis=1), (e2**2).sum(axis=1)))
        beyond = np.minimum(_BEYOND, 1.5 * step * longest * inverse)
        edges = np.concatenate([a, e1, e2, inverse[:, None], beyond[:, None]], axis=1)[hit]
        px = xs * np.float32(step) + middle - edges[:, 0]
        py = ys * np.float32(step) + middle - edges[:, 1]
        share = np.empty((len(hit), 3), np.float32)
        share[:, 1] = (edges[:, 5] * px - edges[:, 4] * py) * edges[:, 6]
        share[:, 2] = (edges[:, 2] * py - edges[:, 3] * px) * edges[:, 6]
        least, most = -edges[:, 7], 1 + edges[:, 7]
        first, second = share[:, 1], share[:, 2]
        np.clip(first, least, most, out=first)
        np.clip(second, least, np.minimum(most, most - first), out=second)
        share[:, 0] = 1 - first - second
        grid = np.empty((rows, columns, values.shape[1]), np.float32)
        grid[:] = outside
        grid[ys, xs] = np.einsum("nkc,nk->nc", values[self.triangles][hit], share)
        return grid


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
