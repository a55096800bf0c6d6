"""Edges of soft masks: further out, further in, softer.

Large reaches work on a smaller copy: what is softened by many pixels has no detail to lose, and
the time does not grow with the square of the reach.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import Alpha

_REACH = 8.0  # px that are done at full size; beyond, an edge is right to an eighth of the reach


def feathered(weight: Alpha, px: float) -> Alpha:
    """Soften the edge of `weight` inwards by `px`: it never grows beyond where it was.

    weight: (h, w) f32; beyond it counts as 0. Source: erosion by px, Gaussian of px / 2, minimum
    with the input.
    """
    if px <= 0.0:
        return weight
    small, scale = _smaller(weight, px)
    inner = cv2.erode(small, _disc(px * scale), borderType=cv2.BORDER_CONSTANT, borderValue=0.0)
    soft = _blurred(inner, px * scale / 2)
    return np.minimum(_larger(soft, weight), weight)


def shrunk(weight: Alpha, px: float) -> Alpha:
    """Move the edge of `weight` inwards by `px`; what lies beyond the array counts as its edge."""
    if px <= 0.0:
        return weight
    small, scale = _smaller(weight, px)
    inner = np.asarray(cv2.erode(small, _disc(px * scale)), np.float32)
    return np.minimum(_larger(inner, weight), weight)


def grown(weight: Alpha, px: float) -> Alpha:
    """Move the edge of `weight` outwards by `px`; what lies beyond the array counts as its edge."""
    if px <= 0.0:
        return weight
    small, scale = _smaller(weight, px)
    outer = np.asarray(cv2.dilate(small, _disc(px * scale)), np.float32)
    return np.maximum(_larger(outer, weight), weight)


def feathered_out(weight: Alpha, px: float) -> Alpha:
    """Soften the edge of `weight` outwards by `px`: what it covers fully stays covered."""
    if px <= 0.0:
        return weight
    inverse = np.subtract(np.float32(1.0), weight)
    small, scale = _smaller(inverse, px)
    inner = cv2.erode(small, _disc(px * scale))
    soft = _larger(_blurred(inner, px * scale / 2, cv2.BORDER_REPLICATE), weight)
    return np.subtract(np.float32(1.0), np.minimum(soft, inverse))


def _disc(px: float) -> cv2.typing.MatLike:
    side = 2 * ceil(px - 1e-9) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def _blurred(weight: cv2.typing.MatLike, sigma: float, border: int = cv2.BORDER_CONSTANT) -> Alpha:
    return np.asarray(cv2.GaussianBlur(weight, (0, 0), sigma, borderType=border), np.float32)


def _smaller(weight: Alpha, px: float) -> tuple[Alpha, float]:
    """A copy in which `px` are at most `_REACH`, and its scale."""
    scale = min(1.0, _REACH / px) if px > 0.0 else 1.0
    size = [max(1, round(side * scale)) for side in weight.shape[::-1]]
    if tuple(size) == weight.shape[::-1]:
        return weight, 1.0
    return np.asarray(cv2.resize(weight, size, interpolation=cv2.INTER_AREA), np.float32), scale


def _larger(weight: Alpha, like: Alpha) -> Alpha:
    if weight.shape == like.shape:
        return weight
    large = cv2.resize(weight, like.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.float32)
