"""The canonical face square: where on it each point of the mesh lies, and what is around the face.

The square shows an average face unrolled around the head's upright axis, so that the cheeks get
room too, with the mouth a little open, so that its inside has some. Beyond the rim of the face two
rings of points carry masks on over neck and hair: the inner one follows the rim, the outer one the
head's pose alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from latentsync_studio.core.face.average import AVERAGE, N_SKIN, RIM
from latentsync_studio.core.face.landmarks import IN_LO, IN_UP, INNER_LEFT, INNER_RIGHT
from latentsync_studio.core.face.pose import head_pose
from latentsync_studio.core.mask.layer import FACE_SIDE
from latentsync_studio.imaging.raster import label_cells
from latentsync_studio.imaging.triangulate import triangulated

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, F64, I32, Bools

UNIT: Final = 300.0  # px of the square for the distance of the outer eye corners
NODE: Final = 4  # px of the square between nodes
_MIDDLE: Final = 0.345  # of the face, in eye distances below the eyes
_AXIS: Final = 0.8  # eye distances behind the eyes: the face is unrolled around it
_OPENED: Final = 0.07  # eye distances by which the average mouth is opened further
_CHIN: Final = 0.42  # eye distances below the lips where that ends
_RINGS: Final = ((0.35, 0.6), (1.5, 0.0))  # eye distances from the rim, how far they follow it


@dataclass(frozen=True, slots=True)
class Square:
    """What is the same for all faces.

    Attributes:
        vertices: (V, 2) f64 px of the square: the skin points, then the rings.
        triangles: (T, 3) vertices of each, turning the same way.
        is_around: (T,) triangles beyond the rim.
        corners: (N, 3) vertices of the triangle under each node; nodes go by row.
        shares: (N, 3) f32 barycentric coordinates in it.
    """

    vertices: F64
    triangles: I32
    is_around: Bools
    corners: I32
    shares: F32


@cache
def square() -> Square:
    """Made once for the process, in some 30 ms."""
    flat = _unrolled()
    out = _outwards()
    rings = [flat[list(RIM)] + out * reach for reach, _ in _RINGS]
    places = np.concatenate([flat, *rings])
    vertices = np.column_stack([places[:, 0], places[:, 1] - _MIDDLE]) * UNIT + FACE_SIDE / 2
    triangles = triangulated(vertices)
    corners, shares = _nodes(vertices, triangles)
    return Square(vertices, triangles, triangles.max(axis=1) >= N_SKIN, corners, shares)


def vertices_in_frame(landmarks: F32) -> F64:
    """(V, 3) display px of the square's vertices for a face, landmarks (478, 3)."""
    points = np.asarray(landmarks[:N_SKIN], np.float64)
    pose = head_pose(landmarks[None])
    turned = pose.scale[0] * pose.rotation[0]
    rim = points[list(RIM)]
    posed = AVERAGE[list(RIM)] @ turned.T + pose.translation[0]
    out = np.column_stack([_outwards(), np.zeros(len(RIM))]) @ turned.T
    rings = [posed + (rim - posed) * follow + out * reach for reach, follow in _RINGS]
    return np.concatenate([points, *rings])


def _unrolled() -> F64:
    """(468, 2) the average face unrolled, eye distances."""
    x, y, z = AVERAGE.T
    wide = 0.5 / np.arctan2(0.5, _AXIS)  # so that the eyes keep their distance
    flat = np.column_stack([wide * np.arctan2(x, _AXIS - z), y])
    ends = [INNER_RIGHT, INNER_LEFT]
    between = (AVERAGE[IN_UP, 1] + AVERAGE[IN_LO, 1]) / 2
    at = np.concatenate([AVERAGE[ends[:1], 0], AVERAGE[IN_LO, 0], AVERAGE[ends[1:], 0]])
    line = np.concatenate([AVERAGE[ends[:1], 1], between, AVERAGE[ends[1:], 1]])
    below = y - np.interp(x, at, line)
    across = np.clip(1 - (x / AVERAGE[INNER_LEFT, 0]) ** 2, 0, 1)
    fall = np.clip(1 - below / _CHIN, 0, 1)
    flat[:, 1] += np.where(below > 0, _OPENED * across * fall * fall * (3 - 2 * fall), 0)
    return flat


def _outwards() -> F64:
    """(36, 2) unit vectors from the middle of the face through the points of its rim."""
    away = AVERAGE[list(RIM), :2] - (0.0, _MIDDLE)
    return np.asarray(away / np.linalg.norm(away, axis=1, keepdims=True), np.float64)


def _nodes(vertices: F64, triangles: I32) -> tuple[I32, F32]:
    """Triangle and place in it of every node, the middle of a cell of NODE px."""
    count = FACE_SIDE // NODE
    cells = (vertices / NODE - 0.5)[triangles]
    found, _ = label_cells(cells.astype(np.float32), (count, count))
    label = found.ravel()
    if label.min() < 0:
        raise AssertionError("The rings do not cover the face square.")
    row, column = np.divmod(np.arange(count * count), count)
    a, b, c = (cells[label, k] for k in range(3))
    u, v = b - a, c - a
    x, y = column - a[:, 0], row - a[:, 1]
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    second = (x * v[:, 1] - y * v[:, 0]) / area
    third = (u[:, 0] * y - u[:, 1] * x) / area
    shares = np.column_stack([1 - second - third, second, third]).astype(np.float32)
    return triangles[label], shares
