"""How much fine detail a part of a picture has, whatever its contrast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import Plane

_ROUNDING: Final = 20.0 / 12.0


def sharpness(luma: Plane, bits: int = 8) -> float:
    """Variance of the Laplacian over that of the luma plus 1, in levels of 8 bits.

    About 0 (a blur) to 20 (noise). Dividing by the contrast keeps an open mouth, which has more of
    it, from counting as sharper than a shut one. What rounding to whole samples adds to the former
    is taken off: (4 * 4 + 4) / 12 of a sample, squared.

    Args:
        luma: (h, w) at least 3 x 3.
        bits: a sample.
    """
    unit = 0.25 ** (bits - 8)  # of a variance
    depth = cv2.CV_16S if luma.dtype == np.uint8 else cv2.CV_32F
    detail = cv2.meanStdDev(cv2.Laplacian(luma, depth))[1].item() ** 2 - _ROUNDING
    contrast = cv2.meanStdDev(luma)[1].item() ** 2 * unit
    return float(max(detail, 0.0) * unit / (contrast + 1.0))
