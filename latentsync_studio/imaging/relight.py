"""Slowly varying brightness and color: pull one picture's light to another's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, Rgb8

_OFFSET = 4.0  # 8-bit units; keeps the ratio of dark pixels quiet
_LEAST, _MOST = 0.6, 1.7


class LightField:
    """Local mean color of a picture's skin, weighted by where it may be compared."""

    def __init__(self, weight: F32, size: tuple[int, int], sigma: float) -> None:
        """Prepare.

        Args:
            weight: (h, w) 0..1, where pixels are comparable.
            size: (width, height) of the small copies that are averaged.
            sigma: px of the small copies over which light is averaged.
        """
        self._size, self._sigma = size, sigma
        self._weight = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)[..., None] + 1e-4
        self._total = self._blurred(self._weight)[..., None]

    def of(self, rgb: Rgb8) -> F32:
        """Local mean of `rgb` (h, w, 3) at the small size."""
        small = cv2.resize(rgb, self._size, interpolation=cv2.INTER_AREA).astype(np.float32)
        mean: F32 = self._blurred(small * self._weight) / self._total
        return mean

    def _blurred(self, image: F32) -> F32:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), self._sigma), np.float32)


def gain(wanted: F32, found: F32, size: tuple[int, int]) -> F32:
    """(h, w, 3) factors that give an image of light `found` the light `wanted`."""
    ratio = np.clip((wanted + _OFFSET) / (found + _OFFSET), _LEAST, _MOST)
    return np.asarray(cv2.resize(ratio, size, interpolation=cv2.INTER_LINEAR), np.float32)
