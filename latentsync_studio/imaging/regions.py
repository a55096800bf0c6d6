"""Soft maps of the face's regions, drawn from its landmarks in the pixels of a box."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, F64, Alpha
    from latentsync_studio.core.picture import Box

# Vertex numbers of the MediaPipe face mesh, rings in order.
OUTER_LIPS = (
    61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146,
)  # fmt: skip
INNER_LIPS = (
    78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95,
)  # fmt: skip
EYES = (33, 263)
CHIN = 152
DRAW_LONG_SIDE = 96  # regions are soft: a small map, enlarged, is as good and 10 times faster


def strength_map(
    box: Box, landmarks: F32, strengths: tuple[float, float, float, float]
) -> Alpha | None:
    """Map of strengths over `box`: (lips, mouth, jaw, cheeks) blended by soft region maps.

    Lips are between the outer and the inner ring, mouth is inside the inner ring, jaw is below the
    mouth's lower edge, cheeks is all the rest. Returns None when all strengths are 1. The maps are
    a partition of unity: equal strengths give a constant map.

    landmarks: (478, 3) display pixels. Returns (h, w) f32 in 0..1.
    """
    if all(value == 1.0 for value in strengths):
        return None
    lips_s, mouth_s, jaw_s, cheeks_s = strengths
    scale = min(1.0, DRAW_LONG_SIDE / max(box.width, box.height))
    size = (max(2, round(box.width * scale)), max(2, round(box.height * scale)))
    points = (landmarks[:, :2] - np.array([box.x0, box.y0])) * (
        size[0] / box.width,
        size[1] / box.height,
    )
    eye_distance = float(np.linalg.norm(points[EYES[0]] - points[EYES[1]]))
    soft = max(0.8, 0.035 * eye_distance)
    outer = _filled(points[list(OUTER_LIPS)], size, soft)
    inner = np.minimum(_filled(points[list(INNER_LIPS)], size, soft * 0.6), outer)
    jaw = _below_mouth(points, size, eye_distance)
    skin = jaw * jaw_s + (1.0 - jaw) * cheeks_s
    result = skin + outer * (lips_s - skin) + inner * (mouth_s - lips_s)
    large = cv2.resize(result, (box.width, box.height), interpolation=cv2.INTER_LINEAR)
    return np.clip(large, 0.0, 1.0).astype(np.float32)


def _filled(ring: F64, size: tuple[int, int], soft: float) -> Alpha:
    """A polygon filled with 1 and softened by a Gaussian of `soft` px."""
    canvas = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillPoly(canvas, [np.rint(ring * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    blurred = cv2.GaussianBlur(canvas, (0, 0), soft)
    return np.asarray(blurred, np.float32) / np.float32(255)


def _below_mouth(points: F64, size: tuple[int, int], eye_distance: float) -> Alpha:
    """0 above the mouth's lower edge, 1 below it, along the face's own up-down axis."""
    low, chin = points[17], points[CHIN]
    down = (chin - low) / max(float(np.linalg.norm(chin - low)), 1e-6)
    rows, columns = np.mgrid[: size[1], : size[0]]
    along = (columns + 0.5 - low[0]) * down[0] + (rows + 0.5 - low[1]) * down[1]
    below = np.clip(along / (0.15 * eye_distance) + 0.5, 0.0, 1.0)
    return np.asarray(below, np.float32)
