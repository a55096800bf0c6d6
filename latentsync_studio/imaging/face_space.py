"""Masks that ride with a face: between the canonical face square and the display px of a frame.

Both ways are piecewise affine over the triangles of the 478-point mesh, so that pose, size and the
mouth's movement are followed. What a turned head hides (the far cheek, what the nose covers) shows
nothing and takes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from latentsync_studio.core.mask.layer import FACE_SIDE
from latentsync_studio.core.mask.tiles import Canvas
from latentsync_studio.core.picture import Box
from latentsync_studio.imaging.face_square import NODE, UNIT, square, vertices_in_frame
from latentsync_studio.imaging.raster import label_cells
from latentsync_studio.imaging.warp import dense

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, F64, Alpha, Bools
    from latentsync_studio.core.mask.blending import Coverage

_FLAT: Final = 0.05  # px^2: smaller triangles show nothing
_STEP_SHARE: Final = 60.0  # eye distances over it: px between the nodes of a frame
_MOST_STEP: Final = 4
_HIDDEN: Final = (16.0, 40.0)  # px of the square between a point and what is seen where it lies
_NOWHERE: Final = -1e4  # px: beyond every picture


class FaceMap:
    """Where on the face square each pixel of a box of a frame lies.

    Make one for a frame and warp all its layers with it.
    """

    def __init__(self, landmarks: F32, box: Box) -> None:
        """Look at one face.

        Args:
            landmarks: (478, 3) display px.
            box: the part of the frame that is asked for, in px; it may reach beyond the frame.
        """
        self.box = box
        self.vertices = vertices_in_frame(landmarks)
        eyes = float(np.linalg.norm(self.vertices[263] - self.vertices[33]))
        self.scale = max(eyes, 1.0) / UNIT  # px of the frame for one of the square
        self._step = int(np.clip(round(eyes / _STEP_SHARE), 1, _MOST_STEP))
        self._grid = self._located()

    def to_frame(self, raster: Coverage) -> Alpha:
        """What a face raster shows in the box.

        Args:
            raster: (1024, 1024) u8 of the face square.

        Returns:
            (h, w) f32, 0..1.
        """
        out = np.zeros((self.box.height, self.box.width), np.float32)
        painted = cv2.boundingRect(raster)
        if self._grid is None or not painted[2]:
            return out
        x, y = self._grid[..., 0], self._grid[..., 1]
        room = 1.5 * self._step / self.scale
        near = (x > painted[0] - room) & (x < painted[0] + painted[2] + room)
        near &= (y > painted[1] - room) & (y < painted[1] + painted[3] + room)
        part = _pixels_of(near, self._step, (self.box.width, self.box.height))
        if part is None:
            return out
        left, top, width, height = painted
        source, shrunk = _shrunk(raster[top : top + height, left : left + width], self.scale)
        at = dense(self._grid, self._step, part)
        at -= np.array([left, top], np.float32)
        at *= shrunk
        at -= np.float32(0.5)
        x0, y0, x1, y1 = part
        seen = _sampled(source, at, cv2.INTER_LINEAR, 0.0)
        np.multiply(seen, np.float32(1 / 255), out=out[y0:y1, x0:x1])
        return out

    def place_of(self, at: F32) -> F32:
        """Where on the square lies what is seen at (n, m, 2) px of the box; same shape."""
        if self._grid is None:
            return np.full(at.shape, _NOWHERE, np.float32)
        cells = at / np.float32(self._step) - np.float32(0.5)
        return np.asarray(_sampled(self._grid, cells, cv2.INTER_NEAREST, _NOWHERE), np.float32)

    def _located(self) -> F32 | None:
        """(rows, columns, 2) px of the square; beyond the mesh those of its nearest part.

        That part lies beyond the square, where no raster has anything. None: no face in the box.
        """
        whole = square()
        step = self._step
        origin = np.array([self.box.x0, self.box.y0], np.float64)
        corner = ((self.vertices[:, :2] - origin) / step - 0.5)[whole.triangles]
        columns, rows = -(-self.box.width // step), -(-self.box.height // step)
        u, v = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
        area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
        low, high = corner.min(axis=1), corner.max(axis=1)
        seen = (area * step**2 > _FLAT) & (high > -1).all(axis=1)
        seen &= (low[:, 0] < columns) & (low[:, 1] < rows)
        front = np.flatnonzero(seen)
        if not len(front):
            return None
        depth = self.vertices[whole.triangles[front], 2].mean(axis=1)
        # Painted from the farthest to the nearest, what lies around the face behind all of it.
        front = front[np.lexsort((-depth, ~whole.is_around[front]))]
        found, inside = label_cells(corner[front].astype(np.float32), (columns, rows))
        label, where = found.ravel(), np.flatnonzero(inside)
        grid = np.zeros((rows * columns, 2), np.float32)
        fields = _fields(corner[front], whole.vertices[whole.triangles[front]])
        hit = label[where]
        row, column = np.divmod(where.astype(np.float32), np.float32(columns))
        for axis in (0, 1):
            along, down, out = fields[axis]
            grid[where, axis] = along[hit] * column + down[hit] * row + out[hit]
        if not len(where):
            return None
        return _filled(grid.reshape(rows, columns, 2), inside)


def warp_to_frame(raster: Coverage, landmarks: F32, box: Box) -> Alpha:
    """What a face raster (1024, 1024) u8 shows in a box of a frame: (h, w) f32, 0..1."""
    return FaceMap(landmarks, box).to_frame(raster)


def warp_to_face(coverage: Coverage, box: Box, landmarks: F32) -> Coverage:
    """What is painted over a face in a frame, on the face square.

    Args:
        coverage: (h, w) u8 of the box; beyond it nothing is painted.
        box: its place in the frame, px.
        landmarks: (478, 3) display px.

    Returns:
        (1024, 1024) u8. What is hidden in this frame stays 0.
    """
    out = np.zeros((FACE_SIDE, FACE_SIDE), np.uint8)
    seen = FaceMap(landmarks, box)
    whole = square()
    count = FACE_SIDE // NODE
    points = seen.vertices[:, :2].astype(np.float32)[whole.corners]
    at = np.einsum("nkc,nk->nc", points, whole.shares).reshape(count, count, 2)
    at -= np.array([box.x0, box.y0], np.float32)
    room = NODE * seen.scale
    near = ((at > -room) & (at < np.array([box.width, box.height]) + room)).all(axis=2)
    part = _pixels_of(near, NODE, (FACE_SIDE, FACE_SIDE))
    if part is None or not coverage.any():
        return out
    x0, y0, x1, y1 = part
    source, shrunk = _shrunk(coverage, 1 / seen.scale)
    fine = dense(at, NODE, part)
    fine *= shrunk
    fine -= np.float32(0.5)
    found = _sampled(source, fine, cv2.INTER_LINEAR, 0.0)
    shown = found * dense(_visible(seen, at), NODE, part).reshape(found.shape)
    out[y0:y1, x0:x1] = shown + np.float32(0.5)
    return out


def canvas_to_frame(canvas: Canvas, landmarks: F32, size: tuple[int, int]) -> Canvas:
    """A face canvas as it shows in one frame of `size` (width, height): a frame canvas."""
    box = Box(x0=0, y0=0, x1=size[0], y1=size[1])
    shown = warp_to_frame(canvas.read(), landmarks, box)
    return Canvas.of(np.asarray(shown * 255 + np.float32(0.5), np.uint8))


def canvas_to_face(canvas: Canvas, landmarks: F32) -> Canvas:
    """A frame canvas as it lies over a face in one frame: a face canvas."""
    box = canvas.bounds()
    if box is None:
        return Canvas(FACE_SIDE, FACE_SIDE)
    return Canvas.of(warp_to_face(canvas.read(box), box, landmarks))


def _sampled(
    image: npt.NDArray[Any], at: F32, interpolation: int, beyond: float
) -> npt.NDArray[Any]:
    """An image at (h, w, 2) positions, counted from the middle of its first pixel."""
    no_second: Any = None  # OpenCV's types ask for a second map, and it misreads an empty one
    return cv2.remap(
        image, at, no_second, interpolation,
        borderMode=cv2.BORDER_CONSTANT, borderValue=(beyond, beyond),
    )  # fmt: skip


def _visible(seen: FaceMap, at: F32) -> F32:
    """(n, n) 0..1: whether the nodes of the square are what is seen where they lie, `at`."""
    there = seen.place_of(at)
    middles = (np.arange(len(at), dtype=np.float32) + np.float32(0.5)) * NODE
    off = np.hypot(there[..., 0] - middles, there[..., 1] - middles[:, None])
    low, high = _HIDDEN
    return np.clip((high - off) / (high - low), 0.0, 1.0).astype(np.float32)


def _pixels_of(nodes: Bools, step: int, size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """x0, y0, x1, y1 of the pixels around some nodes, with one node of room; None: no nodes."""
    rows, columns = np.flatnonzero(nodes.any(axis=1)), np.flatnonzero(nodes.any(axis=0))
    if not len(rows):
        return None
    x0, x1 = max(int(columns[0]) - 1, 0) * step, min((int(columns[-1]) + 2) * step, size[0])
    y0, y1 = max(int(rows[0]) - 1, 0) * step, min((int(rows[-1]) + 2) * step, size[1])
    return x0, y0, x1, y1


def _filled(grid: F32, there: Bools) -> F32:
    """The grid with every node that is not `there` like the nearest one that is."""
    if there.all():
        return grid
    _, label = cv2.distanceTransformWithLabels(
        (~there).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    source = np.zeros(int(label.max()) + 1, np.intp)
    source[label[there]] = np.flatnonzero(there)
    return np.ascontiguousarray(grid.reshape(-1, 2)[source[label]])


def _shrunk(pixels: Coverage, scale: float) -> tuple[Coverage, F32]:
    """Pixels made smaller by `scale` if it is below 1, so that remapping skips none of them.

    Also returns by how much they are: (2,) along x and y.
    """
    if scale >= 1.0:
        return pixels, np.ones(2, np.float32)
    height, width = pixels.shape
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    by = np.array([size[0] / width, size[1] / height], np.float32)
    return np.asarray(small, np.uint8), by


def _fields(corner: F64, values: F64) -> list[tuple[F32, F32, F32]]:
    """Affine fields of triangles: (along x, along y, constant) for each of the two values."""
    a, u, v = corner[:, 0], corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    inverse = 1 / (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
    second = np.stack([v[:, 1], -v[:, 0], a[:, 1] * v[:, 0] - a[:, 0] * v[:, 1]]) * inverse
    third = np.stack([-u[:, 1], u[:, 0], a[:, 0] * u[:, 1] - a[:, 1] * u[:, 0]]) * inverse
    fields: list[tuple[F32, F32, F32]] = []
    for axis in (0, 1):
        first = values[:, 0, axis]
        terms = second * (values[:, 1, axis] - first) + third * (values[:, 2, axis] - first)
        terms[2] += first
        along, down, out = terms.astype(np.float32)
        fields.append((along, down, out))
    return fields
