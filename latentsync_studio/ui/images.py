"""Arrays as images of Qt, without copying where the lifetime allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import Rgb8


def rgb_image(picture: Rgb8) -> QImage:
    """An image over a picture's own memory: (H, W, 3) u8 RGB, which the image keeps alive."""
    pixels = np.ascontiguousarray(picture)
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
