"""Names for the vertices of the 478-point mesh. Left and right are the person's own sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, F64, I32


def _indices(*numbers: int) -> I32:
    array = np.array(numbers, np.int32)
    array.flags.writeable = False
    return array


N_LANDMARKS = 478

RIGHT_EYE_OUTER, RIGHT_EYE_INNER = 33, 133
LEFT_EYE_INNER, LEFT_EYE_OUTER = 362, 263
NOSE_BRIDGE, NOSE_TIP = 168, 4
FOREHEAD, CHIN = 10, 152
MOUTH_RIGHT, MOUTH_LEFT = 61, 291
INNER_RIGHT, INNER_LEFT = 78, 308
CHEEK_RIGHT, CHEEK_LEFT = 234, 454

# Points that neither speech nor blinking moves: they carry the head's pose. Pairs of both sides.
STABLE = _indices(
    10, 151, 9, 8, 168, 6, 197, 195, 33, 133, 362, 263, 130, 359, 127, 356, 234, 454, 21, 251, 54,
    284, 103, 332, 67, 297, 109, 338, 226, 446, 31, 261, 111, 340, 117, 346, 143, 372, 34, 264,
    227, 447,
)  # fmt: skip

# The jaw line from the right ear over the chin to the left ear.
OVAL = _indices(
    234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361,
    323, 454,
)  # fmt: skip

# Lips from the right corner to the left one, without the corners.
IN_UP = _indices(191, 80, 81, 82, 13, 312, 311, 310, 415)
IN_LO = _indices(95, 88, 178, 87, 14, 317, 402, 318, 324)
OUT_UP = _indices(185, 40, 39, 37, 0, 267, 269, 270, 409)
OUT_LO = _indices(146, 91, 181, 84, 17, 314, 405, 321, 375)
IN_RING = _indices(INNER_RIGHT, *IN_UP, INNER_LEFT, *IN_LO[::-1])
OUT_RING = _indices(MOUTH_RIGHT, *OUT_UP, MOUTH_LEFT, *OUT_LO[::-1])

# Skin of the lower face: what a hand, a microphone or hair before the mouth would cover.
LOWER_SKIN = _indices(
    50, 280, 205, 425, 36, 266, 187, 411, 207, 427, 216, 436, 212, 432, 202, 422, 204, 424, 194,
    418, 201, 421, 200, 199, 208, 428, 32, 262, 171, 396, 175, 152, 148, 377, 176, 400, 140, 369,
    170, 395, 211, 431, 210, 430, 214, 434, 192, 416, 165, 391, 164, 167, 393, 92, 322, 57, 287,
    43, 273, 106, 335, 182, 406, 83, 313, 18,
)  # fmt: skip

# -1 on the person's right, which the picture shows on the left, 0 in the middle, 1 on the left:
# the mesh numbers its left half from 248 on.
LOWER_SKIN_SIDE = np.where(LOWER_SKIN >= 248, 1, -1) * ~np.isin(
    LOWER_SKIN, (18, 152, 164, 175, 199, 200)
)


def eye_distance(landmarks: F32) -> F32:
    """Distance between the outer eye corners in the picture plane, (..., 478, 3) -> (...)."""
    across = landmarks[..., LEFT_EYE_OUTER, :2] - landmarks[..., RIGHT_EYE_OUTER, :2]
    return np.asarray(np.hypot(across[..., 0], across[..., 1]), np.float32)


def head_size(landmarks: F32) -> F32:
    """Distance between the outer eye corners in space: does not shrink when the head turns."""
    across = landmarks[..., LEFT_EYE_OUTER, :] - landmarks[..., RIGHT_EYE_OUTER, :]
    return np.asarray(np.sqrt((across * across).sum(axis=-1)), np.float32)


def aperture(landmarks: F32) -> F64:
    """Gap between the inner lips over the eye distance in space, (..., 478, 3) -> (...).

    The mean over the five middle pairs of inner lip points; 0 is shut, about 0.3 is wide open.
    Measured in the picture plane along the face's own up-down axis, so that roll does not matter.
    """
    points = np.asarray(landmarks, np.float64)
    across = points[..., LEFT_EYE_OUTER, :2] - points[..., RIGHT_EYE_OUTER, :2]
    length = np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-9)
    down = np.stack([-across[..., 1], across[..., 0]], axis=-1) / length
    gap = (points[..., IN_LO[2:7], :2] - points[..., IN_UP[2:7], :2]).mean(axis=-2)
    return np.asarray(np.maximum((gap * down).sum(axis=-1), 0.0) / head_size(landmarks))


def mouth_width(landmarks: F32) -> F64:
    """Distance between the corners of the mouth over that of the eyes, (..., 478, 3) -> (...).

    Both in space, so that it does not shrink when the head turns; about 0.5 at rest, less where
    lips are rounded, more where they are spread.
    """
    points = np.asarray(landmarks, np.float64)
    across = points[..., MOUTH_LEFT, :] - points[..., MOUTH_RIGHT, :]
    return np.asarray(np.sqrt((across * across).sum(axis=-1)) / head_size(landmarks))
