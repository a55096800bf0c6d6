"""How a face looks: a short vector for telling people apart, and skin colours of the lower face.

Both are taken from the crop that the mesh network saw. The look leaves out the mouth, which moves,
and what lies beside the face. It consists of the eye-aligned brightness pattern of the upper face
(length 1, mean 0: exposure does not matter) and of colour ratios of its middle. Averages of looks
of one person within a clip are mostly less than 0.7 apart, at most 0.85; those of different people
more than 1.0 (measured on three people).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from latentsync_studio.core.face.landmarks import LEFT_EYE_OUTER, LOWER_SKIN, RIGHT_EYE_OUTER

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, Rgb8
    from latentsync_studio.engines.face_mesh.mesh import Measured

COLUMNS, ROWS = 16, 12
WIDTH = 1.5  # eye distances; ROWS / COLUMNS of it is the height
ABOVE = 0.47  # eye distances from the upper edge to the eye line
TAPER = (0.35, 0.25)  # share of the half width and height over which brightness fades out
CELL = 4  # thumbnail pixels a colour cell spans
MIDDLE = (slice(4, 12), slice(4, 12))  # rows, columns whose colours count
COLOUR_WEIGHT = 3.5
COLOUR_FLOOR = 4.0  # 8-bit units, keeps ratios of dark cells tame
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
LOOK_SIZE = COLUMNS * ROWS + 8


def _taper() -> F32:
    x = np.abs((np.arange(COLUMNS) + 0.5) / COLUMNS * 2 - 1)
    y = np.abs((np.arange(ROWS) + 0.5) / ROWS * 2 - 1)
    weights = np.outer(np.clip((1 - y) / TAPER[1], 0, 1), np.clip((1 - x) / TAPER[0], 0, 1))
    return np.asarray(weights / weights.sum(), np.float32)


WEIGHTS = _taper()


def look(measured: Measured) -> F32:
    """(200,) f32 look of a measured face."""
    thumbnail = _upper_face(measured.crop, measured.crop_points).astype(np.float32)
    luma = thumbnail @ LUMA
    luma = ((luma - (luma * WEIGHTS).sum()) * np.sqrt(WEIGHTS)).ravel()
    luma /= max(float(np.linalg.norm(luma)), 1e-3)
    cells = thumbnail[MIDDLE].reshape(2, CELL, 2, CELL, 3).mean(axis=(1, 3)) + COLOUR_FLOOR
    ratios = np.log(cells[..., [0, 2]] / cells[..., 1:2]).ravel()
    return np.concatenate([luma, COLOUR_WEIGHT * ratios]).astype(np.float32)


def distance(one: F32, other: F32) -> float:
    """How different two looks are: 0 the same, above 1 different people."""
    return float(np.linalg.norm(one - other))


def skin_colours(measured: Measured) -> npt.NDArray[np.uint8]:
    """(66, 3) u8 RGB at `LOWER_SKIN`, averaged over 3 x 3 pixels of the crop."""
    soft = cv2.blur(measured.crop, (3, 3))
    at = np.clip(measured.crop_points[LOWER_SKIN].astype(int), 0, len(soft) - 1)
    return np.asarray(soft[at[:, 1], at[:, 0]], np.uint8)


def _upper_face(crop: Rgb8, points: F32) -> Rgb8:
    right, left = points[RIGHT_EYE_OUTER].astype(float), points[LEFT_EYE_OUTER].astype(float)
    across = left - right
    length = max(float(np.hypot(*across)), 1e-3)
    step = WIDTH * length / COLUMNS  # crop pixels a thumbnail pixel spans
    u = across / length * step
    v = np.array([-u[1], u[0]])
    corner = (right + left) / 2 - u * (COLUMNS / 2) - v * (ABOVE * COLUMNS / WIDTH)
    back = np.column_stack([u, v, corner + (u + v) / 2 - 0.5])
    size = max(1, round(step))
    soft = cv2.blur(crop, (size, size))
    thumbnail = cv2.warpAffine(
        soft,
        back,
        (COLUMNS, ROWS),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(thumbnail, np.uint8)
