"""A redrawn patch in the pixels of a frame: where it lies, and how its skin differs in color."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from latentsync_studio.core.picture import Box
from latentsync_studio.imaging.affine import resampled
from latentsync_studio.imaging.regions import OUTER_LIPS

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, F64, Alpha, Rgb8
    from latentsync_studio.core.engine import Patch


def placed(patch: Patch, width: int, height: int) -> tuple[Box, Rgb8, Alpha] | None:
    """The patch in frame pixels: its box inside the frame, pixels and alpha 0..1."""
    shift = _integer_shift(patch.transform)
    if shift is None:
        return _resampled(patch, width, height)
    rows, columns = patch.alpha.shape
    whole = Box(x0=shift[0], y0=shift[1], x1=shift[0] + columns, y1=shift[1] + rows)
    box = whole.clipped(width, height)
    if box is None:
        return None
    inside = np.s_[box.y0 - whole.y0 : box.y1 - whole.y0, box.x0 - whole.x0 : box.x1 - whole.x0]
    return box, patch.pixels[inside], patch.alpha[inside].astype(np.float32) / np.float32(255)


def _integer_shift(transform: F64) -> tuple[int, int] | None:
    """(dx, dy) when `transform` is a pure translation by whole pixels."""
    if not np.array_equal(transform[:, :2], np.eye(2)):
        return None
    dx, dy = float(transform[0, 2]), float(transform[1, 2])
    return (int(dx), int(dy)) if dx.is_integer() and dy.is_integer() else None


def _resampled(patch: Patch, width: int, height: int) -> tuple[Box, Rgb8, Alpha] | None:
    """Warp patch and alpha into the smallest box of the frame that holds them."""
    rows, columns = patch.alpha.shape
    corners = np.array([[0, 0], [columns, 0], [0, rows], [columns, rows]], np.float64)
    moved = corners @ patch.transform[:, :2].T + patch.transform[:, 2]
    low, high = np.floor(moved.min(0)).astype(int), np.ceil(moved.max(0)).astype(int)
    box = Box(x0=low[0], y0=low[1], x1=high[0], y1=high[1]).clipped(width, height)
    if box is None:
        return None
    matrix = patch.transform.copy()
    matrix[:, 2] -= (box.x0, box.y0)
    size = (box.width, box.height)
    pixels = resampled(patch.pixels, matrix, size)
    alpha = resampled(patch.alpha, matrix, size, beyond=0)
    return box, pixels, alpha.astype(np.float32) / np.float32(255)


def skin_shift(delta: F32, alpha: Alpha, box: Box, landmarks: F32) -> F32:
    """Low-frequency color difference of the skin: (h, w, 3), lips and inner mouth left out.

    A normalized convolution: blur(d * m) / blur(m) with m the skin under the patch.
    """
    ring = (landmarks[list(OUTER_LIPS), :2] - (box.x0, box.y0)) * 16
    lips = np.zeros(alpha.shape, np.uint8)
    cv2.fillPoly(lips, [np.rint(ring).astype(np.int32)], 255, cv2.LINE_8, 4)
    eyes = float(np.linalg.norm(landmarks[33, :2] - landmarks[263, :2]))
    grow = 2 * int(np.ceil(0.05 * eyes)) + 1
    skin = (cv2.dilate(lips, np.ones((grow, grow), np.uint8)) == 0).astype(np.float32) * alpha
    factor = min(1.0, 64 / max(alpha.shape))
    small = _shrunk(skin, factor)
    blur = max(1.0, 0.16 * eyes * factor)
    spread = cv2.GaussianBlur(small, (0, 0), blur)[..., None] + np.float32(1e-4)
    colors = _shrunk(delta * skin[..., None], factor)
    shift = cv2.GaussianBlur(colors, (0, 0), blur) / spread
    size = (alpha.shape[1], alpha.shape[0])
    return np.asarray(cv2.resize(shift, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _shrunk(image: F32, factor: float) -> F32:
    return np.asarray(
        cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.float32
    )
