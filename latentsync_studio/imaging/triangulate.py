"""Delaunay triangulation of a few hundred points, without SciPy, whose import takes longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F64

    Triangles = npt.NDArray[np.int32]

_SPAN = 4096.0  # units across which the points are spread: of f32, 11 bits are left below one
_AROUND = 1 << 20  # half the side of OpenCV's plane: hulls come out hollow where it is small


def triangulated(points: F64) -> Triangles:
    """(T, 3) triangles between (V, 2) points, all turning the same way (positive area).

    Points closer together than 1/4000 of the whole may be joined to one, which then stands for
    both.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    unit = _SPAN / max(float((high - low).max()), 1e-12)
    at = ((points - (low + high) / 2) * unit).astype(np.float32)
    plane = cv2.Subdiv2D((-_AROUND, -_AROUND, 2 * _AROUND, 2 * _AROUND))
    number: dict[tuple[float, float], int] = {}
    for k, (x, y) in enumerate(at.tolist()):
        number.setdefault((x, y), k)
        plane.insert((x, y))
    found = [
        corners
        for a, b, c, d, e, f in np.asarray(plane.getTriangleList()).tolist()
        if None not in (corners := (number.get((a, b)), number.get((c, d)), number.get((e, f))))
    ]
    triangles = np.array(found, np.int32).reshape(-1, 3)
    corner = points[triangles]
    u, v = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    keep = np.abs(area) > 1e-6
    triangles, area = triangles[keep], area[keep]
    triangles[area < 0] = triangles[area < 0][:, [0, 2, 1]]
    return triangles[np.lexsort(triangles.T)]
