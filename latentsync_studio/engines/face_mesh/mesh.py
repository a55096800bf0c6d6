"""The 478-point face mesh: one run of the network on one face of one picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.face.landmarks import LEFT_EYE_OUTER, RIGHT_EYE_OUTER
from latentsync_studio.engines.face_mesh.crop import affine_crop
from latentsync_studio.engines.face_mesh.models import MESH, lent_network, refined_points

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, F64, Rgb8
    from latentsync_studio.core.picture import Picture

CROP = 192
MARGIN = 1.5  # side of the region over the face's longer side
OUTPUTS = ("mesh", "lips", "left_eye", "right_eye", "left_iris", "right_iris", "presence")


@dataclass(frozen=True, slots=True)
class Roi:
    """A turned square that holds a face.

    Attributes:
        x: center, display pixels.
        y: center, display pixels.
        side: length of a side, display pixels.
        angle: radians; the face's own x axis, clockwise on the screen.
    """

    x: float
    y: float
    side: float
    angle: float

    def to_crop(self) -> F64:
        """(2, 3) map from display pixels to pixels of the network's input."""
        k = CROP / self.side
        c, s = np.cos(self.angle) * k, np.sin(self.angle) * k
        half = CROP / 2
        return np.array(
            [
                [c, s, half - c * self.x - s * self.y],
                [-s, c, half + s * self.x - c * self.y],
            ]
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """What the network says of one region.

    Attributes:
        landmarks: (478, 3) f32 display pixels, pixel centers at +0.5; z in the same unit.
        presence: 0..1, that there is a face at all; says nothing of occlusion.
        crop: u8 (192, 192, 3), what the network saw.
        crop_points: (478, 2) f32 the landmarks in pixels of `crop`.
    """

    landmarks: F32
    presence: float
    crop: Rgb8
    crop_points: F32


def roi_from_landmarks(landmarks: F32) -> Roi:
    """Region for the next frame from the (478, 3) landmarks of the last one."""
    right, left = landmarks[RIGHT_EYE_OUTER, :2], landmarks[LEFT_EYE_OUTER, :2]
    across = left.astype(np.float64) - right
    angle = float(np.arctan2(across[1], across[0]))
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, s], [-s, c]])  # display -> the face's own axes
    own = landmarks[:468, :2].astype(np.float64) @ turn.T
    low, high = own.min(axis=0), own.max(axis=0)
    x, y = ((low + high) / 2) @ turn
    return Roi(float(x), float(y), float(MARGIN * (high - low).max()), angle)


class FaceMesh:
    """Runs the network; keeps buffers, so each thread needs its own."""

    def __init__(self) -> None:
        self._network = lent_network(MESH, self)
        self._refined = {name: np.array(points) for name, points in refined_points().items()}

    def measure(self, picture: Picture, roi: Roi) -> Measured:
        """Measure the face in `roi`; always answers, see `Measured.presence`."""
        to_crop = roi.to_crop()
        crop = affine_crop(picture, to_crop, (CROP, CROP))
        self._network.setInput(crop.transpose(2, 0, 1)[None].astype(np.float32) / np.float32(255))
        found = dict(zip(OUTPUTS, self._network.forward(OUTPUTS), strict=True))
        points = np.empty((478, 3), np.float32)
        points[:468] = found["mesh"].reshape(468, 3)
        for name in ("left_eye", "right_eye", "lips"):
            points[self._refined[name], :2] = found[name].reshape(-1, 2)
        points[468:473, :2] = found["left_iris"].reshape(5, 2)
        points[473:478, :2] = found["right_iris"].reshape(5, 2)
        points[468:, 2] = 0.0
        crop_points = points[:, :2].copy()
        linear = np.linalg.inv(to_crop[:, :2])
        points[:, :2] = (crop_points - to_crop[:, 2]) @ linear.T
        points[:, 2] *= roi.side / CROP
        logit = float(found["presence"].ravel()[0])
        presence = 1.0 / (1.0 + float(np.exp(-np.clip(logit, -60.0, 60.0))))
        return Measured(points, presence, crop, crop_points)
