"""Which cells of a grid each of many small triangles covers, for all triangles at once.

Cell (column i, row j) has its middle at (i, j) and reaches half a unit around it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, I32

MOST = 4096  # triangles at once
_CAMERA = np.eye(4, dtype=np.float32)
_FIELD_OF_VIEW = np.pi / 2  # half the height of the grid is one unit at distance 1
_NEAR, _FAR = 0.25, 2.0
_NEARER = 2.0**-13  # of one triangle to the next, so that the last one lies on top
_AROUND = np.ones((3, 3), np.uint8)
_SETTINGS = (
    cv2.TriangleRasterizeSettings()
    .setShadingType(cv2.RASTERIZE_SHADING_FLAT)
    .setCullingMode(cv2.RASTERIZE_CULLING_NONE)
)


def label_cells(corner: F32, size: tuple[int, int]) -> tuple[I32, npt.NDArray[np.bool_]]:
    """Number of the triangle that covers each cell.

    A cell goes to the triangle in which its middle lies, of several to the last one. The cells
    around those go to the last of the triangles beside them.

    Args:
        corner: (T, 3, 2) corners x, y, in the order of painting; at most MOST.
        size: columns, rows of the grid.

    Returns:
        (rows, columns) number of the triangle, -1 where none lies, and whether the middle of the
        cell lies in it.
    """
    columns, rows = size
    order, depth, shade = _stack(len(corner))
    at = np.empty((len(depth), 3), np.float32)
    at[:, 0] = corner[..., 0].ravel() + np.float32((1 - columns) / 2)
    at[:, 1] = np.float32((rows - 1) / 2) - corner[..., 1].ravel()
    at[:, :2] *= (depth / np.float32(rows / 2))[:, None]
    np.negative(depth, out=at[:, 2])
    painted = np.zeros((rows, columns, 3), np.float32)
    near = np.full((rows, columns), _FAR, np.float32)
    if len(corner):
        cv2.triangleRasterize(
            at, order, shade, painted, near, _CAMERA, _FIELD_OF_VIEW, _NEAR, _FAR, _SETTINGS
        )
    number = cv2.extractChannel(painted, 0)
    inside = number > 0
    wide: F32 = np.asarray(cv2.dilate(number, _AROUND), np.float32)
    np.copyto(wide, number, where=inside)
    label = (wide * np.float32(MOST)).astype(np.int32)
    label -= 1
    return label, inside


@lru_cache(maxsize=8)
def _stack(count: int) -> tuple[I32, F32, F32]:
    """Corners of `count` triangles that lie one over the other: (T, 3) which, depth, shade.

    Shades lie within 0..1 as OpenCV asks for, and tell the number without rounding.
    """
    if count > MOST:
        msg = f"{count} triangles; at most {MOST} are painted at once."
        raise ValueError(msg)
    number = np.repeat(np.arange(1, count + 1, dtype=np.float32), 3)
    shade = np.repeat(number[:, None] / np.float32(MOST), 3, axis=1)
    order = np.arange(3 * count, dtype=np.int32).reshape(-1, 3)
    return order, np.float32(1) - number * np.float32(_NEARER), shade
