"""BlazeFace on the whole picture, on tiles of it for small faces, and on one neighbourhood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.picture import Box
from latentsync_studio.engines.face_mesh.crop import shrunk_part
from latentsync_studio.engines.face_mesh.mesh import Roi
from latentsync_studio.engines.face_mesh.models import DETECTOR, lent_network

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.arrays import F32, F64
    from latentsync_studio.core.picture import Picture

INPUT = 128
TILE_DIVISORS = (2.0, 4.5)  # faces from 1/7 of a tile: 1/14 and 1/32 of the picture's long side
LEAST_TILE = 196  # px: smaller ones hold faces with less than 16 px between the eyes only
TILE_THRESHOLD = 0.4  # what is found in tiles is looked at again
TILE_OVERLAP = 1.4
WORTH_TILES = 0.75  # of a side: tiles that are hardly smaller find hardly more
SAME_IOU = 0.3
SAME_CONTAINED = 0.6
MIN_SIDE = 12.0  # px; below, the mesh sees nothing
ROI_SCALE = 1.5


@dataclass(frozen=True, slots=True)
class Detection:
    """One face.

    Attributes:
        box: (4,) f64 x0, y0, x1, y1 in display pixels.
        eyes: (2, 2) f64 the right and the left eye, display pixels.
        score: 0..1.
    """

    box: F64
    eyes: F64
    score: float

    @property
    def side(self) -> float:
        """The box's longer side, px."""
        return float(max(self.box[2] - self.box[0], self.box[3] - self.box[1]))

    def roi(self) -> Roi:
        """Where the mesh should look."""
        across = self.eyes[1] - self.eyes[0]
        x, y = (self.box[:2] + self.box[2:]) / 2
        angle = float(np.arctan2(across[1], across[0]))
        return Roi(float(x), float(y), ROI_SCALE * self.side, angle)


def tiles(width: int, height: int) -> tuple[Box, ...]:
    """Overlapping squares over a picture in which small faces are large enough to be found."""
    last = max(width, height)
    sides: list[int] = []
    for divisor in TILE_DIVISORS:
        side = max(int(max(width, height) / divisor), LEAST_TILE)
        if side < WORTH_TILES * last:
            sides.append(side)
            last = side
    found: list[Box] = []
    for side in sides:
        for y in _starts(height, side):
            for x in _starts(width, side):
                box = Box(x0=x, y0=y, x1=x + side, y1=y + side).clipped(width, height)
                if box is not None:
                    found.append(box)
    return tuple(found)


def _starts(length: int, side: int) -> Iterable[int]:
    count = max(1, int(np.ceil(length / side * TILE_OVERLAP)))
    return (int(v) for v in np.linspace(0, max(length - side, 0), count))


def _anchors() -> F32:
    """(896, 2) centers of the network's cells, 0..1: 16x16 cells twice, then 8x8 six times."""
    grids = []
    for cells, times in ((16, 2), (8, 6)):
        y, x = np.mgrid[:cells, :cells]
        centers = np.stack([(x + 0.5) / cells, (y + 0.5) / cells], axis=-1).reshape(-1, 2)
        grids.append(np.repeat(centers, times, axis=0))
    return np.concatenate(grids).astype(np.float32)


class FaceDetector:
    """Runs the network; keeps buffers, so each thread needs its own."""

    def __init__(self) -> None:
        self._network = lent_network(DETECTOR, self)
        self._anchors = _anchors()

    def detect(
        self, picture: Picture, boxes: Iterable[Box] = (), threshold: float = 0.5
    ) -> tuple[Detection, ...]:
        """Find faces in the whole picture and in each of `boxes`, best first, each face once."""
        whole = Box(x0=0, y0=0, x1=picture.width, y1=picture.height)
        rows = [self._rows(picture, whole, threshold)]
        rows += [self._rows(picture, box, TILE_THRESHOLD) for box in boxes]
        return _distinct(np.concatenate(rows))

    def detect_near(
        self, picture: Picture, roi: Roi, threshold: float = 0.5
    ) -> tuple[Detection, ...]:
        """Find faces in the neighbourhood of `roi`, which fills about half of what is seen."""
        half = roi.side
        box = Box(
            x0=int(roi.x - half),
            y0=int(roi.y - half),
            x1=int(roi.x + half) + 1,
            y1=int(roi.y + half) + 1,
        ).clipped(picture.width, picture.height)
        return () if box is None else _distinct(self._rows(picture, box, threshold))

    def _rows(self, picture: Picture, box: Box, threshold: float) -> F64:
        """(K, 9) x0, y0, x1, y1, right eye x, y, left eye x, y, score in display pixels."""
        side = max(box.width, box.height)
        width = max(1, round(box.width * INPUT / side))
        height = max(1, round(box.height * INPUT / side))
        image = np.full((INPUT, INPUT, 3), -1.0, np.float32)
        left, top = (INPUT - width) // 2, (INPUT - height) // 2
        part = shrunk_part(picture, box, (width, height))
        image[top : top + height, left : left + width] = part / np.float32(127.5) - 1
        self._network.setInput(image.transpose(2, 0, 1)[None])
        boxes, logits = self._network.forward(("boxes", "scores"))
        scores = 1.0 / (1.0 + np.exp(-np.clip(logits.reshape(-1).astype(np.float64), -60, 60)))
        keep = scores > threshold
        raw = boxes.reshape(-1, 16)[keep].astype(np.float64)
        at = self._anchors[keep].astype(np.float64) * INPUT
        center, half = raw[:, :2] + at, raw[:, 2:4] / 2
        points = np.concatenate(
            [center - half, center + half, raw[:, 4:6] + at, raw[:, 6:8] + at], axis=1
        )
        points -= np.tile([left, top], 4)
        points *= np.tile([box.width / width, box.height / height], 4)
        points += np.tile([box.x0, box.y0], 4)
        return np.column_stack([points, scores[keep]])


def _distinct(rows: F64) -> tuple[Detection, ...]:
    """Weighted non-maximum suppression; a box inside another is a tile's fragment of it."""
    found: list[Detection] = []
    rows = rows[np.argsort(-rows[:, 8], kind="stable")]
    while len(rows):
        iou, contained = _overlaps(rows[:, :4], rows[0, :4])
        same = iou > SAME_IOU
        weights = rows[same, 8:]
        mean = (rows[same, :8] * weights).sum(axis=0) / weights.sum()
        face = Detection(mean[:4], mean[4:].reshape(2, 2), float(rows[0, 8]))
        if face.side >= MIN_SIDE:
            found.append(face)
        rows = rows[~(same | (contained > SAME_CONTAINED))]
    return tuple(found)


def _overlaps(boxes: F64, one: F64) -> tuple[F64, F64]:
    """Intersection of each box with `one`, over the union and over the smaller of both."""
    low, high = np.maximum(boxes[:, :2], one[:2]), np.minimum(boxes[:, 2:], one[2:])
    common = np.maximum(high - low, 0).prod(axis=1)
    areas = np.maximum(boxes[:, 2:] - boxes[:, :2], 0).prod(axis=1)
    area = float(np.maximum(one[2:] - one[:2], 0).prod())
    return common / (areas + area - common + 1e-9), common / (np.minimum(areas, area) + 1e-9)
