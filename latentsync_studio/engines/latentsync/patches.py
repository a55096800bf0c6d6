"""What the network drew becomes patches: opaque where it redraws, soft at the mask's edge."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast

import cv2
import numpy as np

from latentsync_studio.core.arrays import frozen
from latentsync_studio.core.engine import Patch
from latentsync_studio.engines.latentsync.crop import patch_transform
from latentsync_studio.engines.latentsync.trained_mask import trained_mask

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F64, Rgb8

_SOFT: Final = 1 / 32  # of the square: over how much the patch fades in at the mask's edge


def drawn_patch(frame: int, pixels: Rgb8, transform: F64, shown: float = 1.0) -> Patch:
    """A patch of one frame.

    Args:
        frame: output frame.
        pixels: (side, side, 3) u8 RGB of the square.
        transform: (2, 3) display px -> px of the square, both continuous.
        shown: 0..1 how much of it is seen.
    """
    alpha = patch_alpha(len(pixels))
    if shown < 1.0:
        alpha = np.rint(alpha * np.float32(shown)).astype(np.uint8)
    return Patch(frame=frame, pixels=pixels, alpha=alpha, transform=patch_transform(transform))


def empty_patch(frame: int) -> Patch:
    """A patch that shows nothing."""
    nothing = np.zeros((1, 1), np.uint8)
    return Patch(
        frame=frame,
        pixels=np.zeros((1, 1, 3), np.uint8),
        alpha=nothing,
        transform=np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]),
    )


@lru_cache(maxsize=4)
def patch_alpha(side: int) -> npt.NDArray[np.uint8]:
    """(side, side) u8, read-only: 255 inside of what the network redraws, 0 where it does not.

    It rises inwards over 1/32 of the side from the edge, smoothly, so that nothing is seen of the
    pixels that only went through the encoder and decoder.
    """
    redrawn = (trained_mask(side) < 0.5).astype(np.uint8)
    redrawn[[0, -1], :] = 0
    redrawn[:, [0, -1]] = 0
    depth = np.asarray(cv2.distanceTransform(redrawn, cv2.DIST_L2, cv2.DIST_MASK_PRECISE))
    rise = np.clip((depth - 0.5) / max(side * _SOFT, 1.0), 0.0, 1.0)
    smooth = rise * rise * (3.0 - 2.0 * rise)
    return cast("npt.NDArray[np.uint8]", frozen(np.rint(255.0 * smooth).astype(np.uint8)))
