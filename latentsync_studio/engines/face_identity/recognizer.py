"""Faces as directions: the closer two of them, the more alike the persons.

"SFace: Sigmoid-Constrained Hypersphere Loss for Robust Face Recognition" (Zhong et al., 2021), run
by OpenCV, which aligns a face by five points to 112 x 112 px.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from latentsync_studio.core.face.landmarks import (
    LEFT_EYE_INNER,
    LEFT_EYE_OUTER,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    NOSE_TIP,
    RIGHT_EYE_INNER,
    RIGHT_EYE_OUTER,
)
from latentsync_studio.core.weights import WeightsError

if TYPE_CHECKING:
    from pathlib import Path

    from latentsync_studio.core.arrays import F32, F64, Rgb8

FEATURES: Final = 128
_ALIGNED: Final = 112
_BOX: Final = 4  # numbers of a detected face before its points; the recognizer does not read them
_AGAIN: Final = "Use face_recognition_sface_2021dec.onnx of OpenCV's model zoo."


def five_points(landmarks: F32) -> F64:
    """Right eye, left eye, tip of the nose, right and left corner of the mouth.

    Args:
        landmarks: (478, 3) of the mesh; left and right are the person's own.

    Returns:
        (5, 2), in the landmarks' px.
    """
    points = np.asarray(landmarks, np.float64)[:, :2]
    right = points[[RIGHT_EYE_OUTER, RIGHT_EYE_INNER]].mean(axis=0)
    left = points[[LEFT_EYE_OUTER, LEFT_EYE_INNER]].mean(axis=0)
    return np.stack([right, left, points[NOSE_TIP], points[MOUTH_RIGHT], points[MOUTH_LEFT]])


class FaceRecognizer:
    """Runs the network; keeps buffers, so each thread needs its own."""

    def __init__(self, model: Path) -> None:
        """Load face_recognition_sface_2021dec.onnx.

        Raises:
            WeightsError: it cannot be read, or is another network.
        """
        level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        try:  # as bytes: a path need not be ASCII
            data = np.fromfile(model, np.uint8)
            self._network = cv2.FaceRecognizerSF.create("onnx", data, np.zeros(0, np.uint8))
            grey = np.full((_ALIGNED, _ALIGNED, 3), 127, np.uint8)
            shape = self._network.feature(grey).shape
        except (cv2.error, OSError) as error:
            told = (str(error).strip().splitlines() or ["unknown"])[0]
            raise WeightsError(f"{model} cannot be read: {told}.", remedy=_AGAIN) from error
        finally:
            cv2.utils.logging.setLogLevel(level)
        if shape != (1, FEATURES):
            raise WeightsError(
                f"{model} is not SFace: it answers {shape} instead of (1, {FEATURES}).",
                remedy=_AGAIN,
            )

    def direction(self, rgb: Rgb8, points: F64) -> F32:
        """One face as a unit vector (128,), NaN where the network says nothing.

        Args:
            rgb: (h, w, 3) with all of the face.
            points: (5, 2) as `five_points`, in px of `rgb`, pixel centers at +0.5.
        """
        face = np.zeros((1, _BOX + 10 + 1), np.float32)
        face[0, _BOX : _BOX + 10] = (np.asarray(points) - 0.5).ravel()  # OpenCV counts from centers
        bgr = np.ascontiguousarray(rgb[..., ::-1])
        found = self._network.feature(self._network.alignCrop(bgr, face)).ravel().astype(np.float64)
        length = float(np.linalg.norm(found))
        known = found / length if np.isfinite(length) and length > 0 else np.full(FEATURES, np.nan)
        return np.asarray(known, np.float32)


def likeness(one: F32, other: F32) -> F64:
    """Cosines (...,) of directions (..., 128), -1..1; 1 is the same."""
    return np.asarray(np.einsum("...i,...i->...", one, other, dtype=np.float64), np.float64)


def own_likeness(directions: F32) -> float:
    """Mean cosine of (n, 128) directions with each other; NaN for fewer than two."""
    count = len(directions)
    if count < 2:
        return float("nan")
    total = np.asarray(directions, np.float64).sum(axis=0)
    return float((total @ total - count) / (count * (count - 1)))
