"""Measures a face and says whether it is one: the mesh alone believes in faces anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.face.landmarks import CHIN, FOREHEAD, NOSE_BRIDGE, head_size
from latentsync_studio.core.face.pose import head_pose
from latentsync_studio.engines.face_mesh.detector import FaceDetector
from latentsync_studio.engines.face_mesh.looks import look
from latentsync_studio.engines.face_mesh.mesh import FaceMesh, roi_from_landmarks

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32
    from latentsync_studio.core.picture import Box, Picture
    from latentsync_studio.engines.face_mesh.detector import Detection
    from latentsync_studio.engines.face_mesh.mesh import Measured, Roi

MIN_PRESENCE = 0.5
MAX_RESIDUAL = 0.15  # of the rigid fit; faces stay within 0.1
MIN_EYES = 6.0  # px
FOLLOWED_SCORE = 0.5  # of the detector on the neighbourhood of a face that is followed
NEW_SCORE = 0.7  # of one that is new: frontal faces reach 0.9, folded hands 0.55
SAME_PLACE = 0.45  # eye distances between two meshes of one face
SAME_IOU = 0.2


@dataclass(frozen=True, slots=True)
class Sight:
    """A face that was measured and is plausible."""

    measured: Measured
    look: F32

    @property
    def landmarks(self) -> F32:
        """(478, 3) display pixels."""
        return self.measured.landmarks

    @property
    def size(self) -> float:
        """Eye distance in space, px."""
        return float(head_size(self.measured.landmarks))


class FaceProbe:
    """Both networks and the judgement of what they say; one thread may use it."""

    def __init__(self) -> None:
        self._detector = FaceDetector()
        self._mesh = FaceMesh()
        self.mesh_calls = 0

    def measure(self, picture: Picture, roi: Roi) -> Sight | None:
        """Measure the face in `roi`; None where there is none."""
        self.mesh_calls += 1
        measured = self._mesh.measure(picture, roi)
        if measured.presence < MIN_PRESENCE or not _plausible(measured.landmarks, picture):
            return None
        return Sight(measured, look(measured))

    def confirm(self, picture: Picture, sight: Sight, score: float = FOLLOWED_SCORE) -> bool:
        """Ask the detector whether it sees the same face in the neighbourhood."""
        roi = roi_from_landmarks(sight.landmarks)
        near = self._detector.detect_near(picture, roi, score)
        return any(covers(found, sight.landmarks) for found in near)

    def near(self, picture: Picture, roi: Roi) -> tuple[Detection, ...]:
        """Detections in the neighbourhood of `roi`."""
        return self._detector.detect_near(picture, roi)

    def everywhere(self, picture: Picture, boxes: tuple[Box, ...]) -> tuple[Detection, ...]:
        """Detections in the whole picture and in `boxes`."""
        return self._detector.detect(picture, boxes)

    def acquire(self, picture: Picture, detection: Detection) -> Sight | None:
        """Measure a detected face once to find its exact place, once from there, and ask again."""
        first = self.measure(picture, detection.roi())
        if first is None or not covers(detection, first.landmarks):
            return None
        sight = self.measure(picture, roi_from_landmarks(first.landmarks))
        if sight is None or not self.confirm(picture, sight, NEW_SCORE):
            return None
        return sight


def covers(detection: Detection, landmarks: F32) -> bool:
    """Whether a detection and a mesh are about the same face."""
    low, high = landmarks[:468, :2].min(axis=0), landmarks[:468, :2].max(axis=0)
    common = np.minimum(high, detection.box[2:]) - np.maximum(low, detection.box[:2])
    inner = float(np.maximum(common, 0).prod())
    areas = float((high - low).prod()) + float((detection.box[2:] - detection.box[:2]).prod())
    return inner / max(areas - inner, 1e-9) > SAME_IOU


def same_place(one: F32, other: F32) -> bool:
    """Whether two meshes lie on one face."""
    size = min(float(head_size(one)), float(head_size(other)))
    ends = np.stack([(one - other)[k, :2] for k in (FOREHEAD, NOSE_BRIDGE, CHIN)])
    return float(np.linalg.norm(ends, axis=1).mean()) < SAME_PLACE * size


def _plausible(landmarks: F32, picture: Picture) -> bool:
    """A rigid face of some size whose middle lies in the picture."""
    x, y = (float(v) for v in landmarks[NOSE_BRIDGE, :2])
    if not (0 <= x < picture.width and 0 <= y < picture.height):
        return False
    pose = head_pose(landmarks[None])
    return float(pose.residual[0]) < MAX_RESIDUAL and float(pose.scale[0]) > MIN_EYES
