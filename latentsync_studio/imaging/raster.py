"""Which cells of a grid each of many small triangles covers, for all triangles at once.

Cell (column i, row j) has its middle at (i, j) and reaches half a unit around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, I32

    Numbers = npt.NDArray[np.intp]

_HALF = np.float32(0.5)
_HAIR = np.float32(1e-4)  # cells: middles this close to a side belong to it
_FLAT = np.float32(1e-6)


def label_cells(
    corner: F32, touching: npt.NDArray[np.bool_], size: tuple[int, int]
) -> tuple[I32, npt.NDArray[np.bool_]]:
    """Number of the triangle that covers each cell.

    A cell goes to the triangle in which its middle lies, else to one of `touching` that overlaps
    it at all; of several, to the last one.

    Args:
        corner: (T, 3, 2) corners x, y, in the order of painting.
        touching: (T,) triangles that also cover cells which they only overlap.
        size: columns, rows of the grid.

    Returns:
        (rows * columns,) number of the triangle, -1 where none lies, and whether the middle of
        the cell lies in it.
    """
    columns, rows = size
    label = np.full(rows * columns, -1, np.int32)
    inside = np.zeros(rows * columns, bool)
    x = np.ascontiguousarray(corner[..., 0].T)
    y = np.ascontiguousarray(corner[..., 1].T)
    edge = np.flatnonzero(touching)
    cells, which = _covered(x[:, edge], y[:, edge], _HALF, size)
    label[cells] = edge[which]
    cells, which = _covered(x, y, _HAIR, size)
    label[cells] = which
    inside[cells] = True
    return label, inside


def _covered(x: F32, y: F32, reach: np.float32, size: tuple[int, int]) -> tuple[Numbers, Numbers]:
    """Cells whose middle lies within `reach` of a triangle (along x and along y), and which one.

    x, y: (3, T) corners.
    """
    columns, rows = size
    first = np.maximum(np.ceil(_least(y) - reach), 0).astype(np.intp)
    last = np.minimum(np.floor(_most(y) + reach), rows - 1).astype(np.intp)
    which, row = _expanded(first, last)
    left, right = _extent(x[:, which], y[:, which] - row.astype(np.float32), reach)
    start = np.maximum(np.ceil(left - reach), 0).astype(np.intp)
    stop = np.minimum(np.floor(right + reach), columns - 1).astype(np.intp)
    span, column = _expanded(start, stop)
    return row[span] * columns + column, which[span]


def _expanded(first: Numbers, last: Numbers) -> tuple[Numbers, Numbers]:
    """Every whole number of the ranges first..last: number of its range, and itself, in order."""
    count = np.maximum(last - first + 1, 0)
    before = np.cumsum(count) - count
    which = np.repeat(np.arange(len(count)), count)
    return which, np.arange(len(which)) + np.repeat(first - before, count)


def _extent(x: F32, y: F32, reach: np.float32) -> tuple[F32, F32]:
    """Least and greatest x, each (n,), of triangles (3, n) within `reach` of the line y = 0.

    Triangles that do not get there have no extent: the least is greater than the greatest.
    """
    none = np.float32(np.inf)
    dx, dy = x[[1, 2, 0]] - x, y[[1, 2, 0]] - y
    far = y + dy
    low, high = np.minimum(y, far), np.maximum(y, far)
    dy[np.abs(dy) < _FLAT] = none  # sides along the line: their ends say enough
    slope = dx / dy
    upper = x + (np.maximum(low, -reach) - y) * slope
    lower = x + (np.minimum(high, reach) - y) * slope
    missed = (low > reach) | (high < -reach)
    off = np.abs(y) > reach
    left, right = np.minimum(upper, lower), np.maximum(upper, lower)
    left[missed], right[missed] = none, -none
    least = np.minimum(_least(left), _least(np.where(off, none, x)))
    return least, np.maximum(_most(right), _most(np.where(off, -none, x)))


def _least(three: F32) -> F32:
    return np.asarray(np.minimum(np.minimum(three[0], three[1]), three[2]), np.float32)


def _most(three: F32) -> F32:
    return np.asarray(np.maximum(np.maximum(three[0], three[1]), three[2]), np.float32)
