"""Texture of a redrawn patch: the source's skin detail, crisper teeth and lips, the same grain.

All of it changes luma only, by a few levels, and is scaled by the size of the face.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from latentsync_studio.imaging.regions import EYES, region_map

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, Alpha, Rgb8
    from latentsync_studio.core.picture import Box
    from latentsync_studio.core.settings.pages import ComposeSettings

_FINE, _CRISP = 0.018, 0.012  # sigma of skin detail and of sharpening, eye distances
_LEAST_SIGMA = 0.8  # px
_DETAIL_LIMIT = 14.0  # levels: more is an edge, not skin, and would leave a ghost where it moved
_SHARPEN, _SHARPEN_LIMIT = 1.4, 28.0
_GRAIN_LIMIT = 10.0  # levels of standard deviation
_NOISE_SIDE = 256
_LAPLACE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


def wants_texture(settings: ComposeSettings) -> bool:
    """Whether any of these settings is in use."""
    return settings.detail > 0.0 or settings.sharpen > 0.0 or settings.grain > 0.0


def texture(
    base: Rgb8, pixels: Rgb8, shape: Alpha, place: tuple[Box, F32, int], settings: ComposeSettings
) -> F32:
    """What to add to the luma of a patch.

    Args:
        base: (h, w, 3) the source in the patch's box.
        pixels: (h, w, 3) the patch.
        shape: (h, w) 0..1, where the patch shows.
        place: the box, the landmarks (478, 3) in display pixels and the number of the frame.
        settings: detail, sharpen, grain.

    Returns:
        (h, w) f32 in 8-bit levels.
    """
    box, landmarks, number = place
    eyes = float(np.linalg.norm(landmarks[EYES[0], :2] - landmarks[EYES[1], :2]))
    source = cv2.cvtColor(base, cv2.COLOR_RGB2GRAY)
    drawn = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    inside = region_map(box, landmarks, ("lips", "mouth"))
    outside = np.subtract(np.float32(1.0), inside)
    added = np.zeros(shape.shape, np.float32)
    if settings.detail > 0.0:
        sigma = max(_LEAST_SIGMA, _FINE * eyes)
        change = _fine(source, sigma, _DETAIL_LIMIT) - _fine(drawn, sigma, _DETAIL_LIMIT)
        added += change * outside * np.float32(settings.detail)
    if settings.sharpen > 0.0:
        sigma = max(_LEAST_SIGMA, _CRISP * eyes)
        crisp = _fine(drawn, sigma, _SHARPEN_LIMIT)
        added += crisp * inside * np.float32(settings.sharpen * _SHARPEN)
    if settings.grain > 0.0:
        seen = (shape > 0.5) & (outside > 0.5)
        wanted = noise_level(source, seen)
        has = noise_level(np.asarray(drawn + added, np.float32), seen)
        missing = min(_GRAIN_LIMIT, float(np.sqrt(max(0.0, wanted**2 - has**2))))
        added += _grain(box, number) * np.float32(missing * settings.grain)
    return added


def noise_level(gray: cv2.typing.MatLike, where: np.ndarray) -> float:
    """Standard deviation of the noise of (h, w) luma, in its own levels; 0 where nothing is.

    Source: Immerkaer, "Fast noise variance estimation", 1996; the median keeps edges out.
    """
    strokes = cv2.filter2D(gray, cv2.CV_32F, _LAPLACE)[where]
    if strokes.size < 16:
        return 0.0
    return float(np.median(np.abs(strokes))) * 1.4826 / 6.0


def _fine(gray: cv2.typing.MatLike, sigma: float, limit: float) -> F32:
    """What a Gaussian of `sigma` px takes away, at most `limit` levels."""
    blurred = cv2.GaussianBlur(gray, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    high = cv2.subtract(gray, blurred, dtype=cv2.CV_32F)
    return np.clip(np.asarray(high, np.float32), -limit, limit)


@cache
def _noise() -> F32:
    """A square of noise of level 1 that continues at its edges, softened a little as cameras do."""
    rng = np.random.default_rng(20_250_101)
    square = rng.standard_normal((_NOISE_SIDE, _NOISE_SIDE)).astype(np.float32)
    wide = cv2.GaussianBlur(np.pad(square, 8, mode="wrap"), (0, 0), 0.4)[8:-8, 8:-8]
    wide = np.asarray(wide / noise_level(wide, np.ones(wide.shape, np.bool_)), np.float32)
    wide.flags.writeable = False
    return wide


def _grain(box: Box, number: int) -> F32:
    """Noise over a box, the same for the same frame whatever the box, other in every frame."""
    square = _noise()
    shift = np.random.default_rng(number).integers(0, _NOISE_SIDE, 2)
    rows = (np.arange(box.y0, box.y1) + shift[0]) % _NOISE_SIDE
    columns = (np.arange(box.x0, box.x1) + shift[1]) % _NOISE_SIDE
    return square[rows][:, columns]
