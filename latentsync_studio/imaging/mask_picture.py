"""A picture file as painted coverage: white is covered, black and transparent is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from latentsync_studio.core.picture import Box
from latentsync_studio.imaging.pixels import window_rgb

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.picture import Picture


def coverage_of(picture: Picture) -> npt.NDArray[np.uint8]:
    """(H, W) u8: how light each pixel is, times its alpha where the picture has any."""
    whole = Box(x0=0, y0=0, x1=picture.width, y1=picture.height)
    gray: npt.NDArray[Any] = cv2.cvtColor(window_rgb(picture, whole), cv2.COLOR_RGB2GRAY)
    if len(picture.planes) in {2, 4}:  # the last plane is alpha
        alpha = picture.planes[-1].astype(np.float32) / ((1 << picture.format.bits) - 1)
        gray = np.rint(gray * alpha).astype(np.uint8)
    return np.asarray(gray, np.uint8)
