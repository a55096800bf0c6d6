"""Piecewise-affine warps of a triangulated point set, as dense sampling maps.

Pixel coordinates here have pixel centers at whole numbers (OpenCV's convention); callers with
centers at +0.5 subtract it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from latentsync_studio.imaging.raster import label_cells
from latentsync_studio.imaging.triangulate import triangulated

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, F64, I32

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

    def field(self, target: F32, values: F32, outside: F32) -> MeshField:
        """Spread vertex values over the plane.

        Args:
            target: (V, 2) deformed vertices, px.
            values: (V, C) value at each vertex.
            outside: (C,) value where no triangle lies.

        Returns:
            The field without the triangles that are turned over (back faces).
        """
        corner = target[self.triangles]
        e1, e2 = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
        area = e1[:, 0] * e2[:, 1] - e1[:, 1] * e2[:, 0]
        front = np.flatnonzero(area > _MIN_AREA)
        front = front[np.argsort(area[front], kind="stable")]  # slivers never cover neighbours
        return MeshField(corner[front], values[self.triangles[front]], outside)


class MeshField:
    """The affine field of each triangle of a deformed mesh, to be read on grids."""

    def __init__(self, corner: F32, values: F32, outside: F32) -> None:
        """corner: (T, 3, 2) px, later triangles on top; values: (T, 3, C) at the corners."""
        self._corner, self._values = corner, values
        first = corner[:, 0].astype(np.float64)
        e1, e2 = corner[:, 1] - first, corner[:, 2] - first
        inverse = 1 / (e1[:, 0] * e2[:, 1] - e1[:, 1] * e2[:, 0])
        self._slender = np.sqrt(np.maximum((e1**2).sum(axis=1), (e2**2).sum(axis=1))) * inverse
        # Shares of the second and the third corner: x, y and constant term, each (T,).
        x, y = -first.T
        self._second = np.stack([e2[:, 1], -e2[:, 0], x * e2[:, 1] - y * e2[:, 0]]) * inverse
        self._third = np.stack([-e1[:, 1], e1[:, 0], y * e1[:, 0] - x * e1[:, 1]]) * inverse
        d1, d2 = values[:, 1] - values[:, 0], values[:, 2] - values[:, 0]
        terms = [
            a[:, None] * d1 + b[:, None] * d2
            for a, b in zip(self._second, self._third, strict=True)
        ]
        terms[2] += values[:, 0]
        rest = np.zeros_like(outside), np.zeros_like(outside), outside
        self._terms = [
            np.concatenate([term, last[None]]).astype(np.float32)
            for term, last in zip(terms, rest, strict=True)
        ]

    def grid(self, size: tuple[int, int], step: int, origin: tuple[int, int] = (0, 0)) -> F32:
        """Read the field on a grid over a window.

        Args:
            size: (width, height) of the window, px.
            step: side of a grid cell, px; node (i, j) is the middle of cell (i, j).
            origin: px of the window's first pixel.

        Returns:
            (rows, columns, C). A cell beside a triangle continues its field, in slivers by a
            fraction _BEYOND of the corners' differences at most, so that no sample is thrown far.
        """
        columns, rows = -(-size[0] // step), -(-size[1] // step)
        middle = (step - 1) / 2
        start = np.array([origin[0] + middle, origin[1] + middle], np.float32)
        label, inside = label_cells((self._corner - start) / np.float32(step), (columns, rows))
        hit = label.ravel()
        x = np.tile(np.arange(columns, dtype=np.float32) * step + start[0], rows)
        y = np.repeat(np.arange(rows, dtype=np.float32) * step + start[1], columns)
        along, down, out = self._terms
        grid = along.take(hit, axis=0, mode="wrap")  # -1: the last row, what lies outside
        grid *= x[:, None]
        part = down.take(hit, axis=0, mode="wrap")
        part *= y[:, None]
        grid += part
        grid += out.take(hit, axis=0, mode="wrap")
        beside = np.flatnonzero((label >= 0) & ~inside)
        grid[beside] = self._beyond(hit[beside], x[beside], y[beside], step)
        return grid.reshape(rows, columns, -1)

    def _beyond(self, hit: I32, x: F32, y: F32, step: int) -> F32:
        """(n, C) values at places beside `hit`, continued by a part of the triangle at most."""
        first, second = (
            part[0, hit] * x + part[1, hit] * y + part[2, hit]
            for part in (self._second, self._third)
        )
        reach = np.minimum(_BEYOND, 1.5 * step * self._slender[hit])
        first = np.clip(first, -reach, 1 + reach)
        second = np.clip(second, -reach, np.minimum(1 + reach, 1 + reach - first))
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
