"""Texture of a redrawn patch: the source's skin detail, crisper teeth and lips, the same grain.

All of it changes luma only, by a few levels, and is scaled by the size of the face.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, Alpha, Bools, Rgb8
    from latentsync_studio.core.picture import Box
    from latentsync_studio.core.settings.pages import ComposeSettings
    from latentsync_studio.imaging.regions import Regions

_FINE, _CRISP = 0.018, 0.012  # sigma of skin detail and of sharpening, eye distances
_LEAST_SIGMA, _LARGE_SIGMA = 0.8, 2.5  # px
_DETAIL_LIMIT = 14.0  # levels: more is an edge, not skin, and would leave a ghost where it moved
_SHARPEN, _SHARPEN_LIMIT = 1.4, 28.0
_GRAIN_LIMIT = 10.0  # levels of standard deviation
_NOISE_SIDE = 256
_SAMPLES = 40_000  # px at which noise is measured
_LAPLACE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


def wants_texture(settings: ComposeSettings) -> bool:
    """Whether any of these settings is in use."""
    return settings.detail > 0.0 or settings.sharpen > 0.0 or settings.grain > 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A patch over its source.

    Attributes:
        base: (h, w, 3) the source in the patch's box.
        pixels: (h, w, 3) the patch.
        shape: (h, w) 0..1, where the patch shows.
        box: where it is.
        regions: of the face there.
        eyes: px between the outer eye corners.
        number: of the frame.
    """

    base: Rgb8
    pixels: Rgb8
    shape: Alpha
    box: Box
    regions: Regions
    eyes: float
    number: int


def texture(seen: Seen, settings: ComposeSettings) -> F32:
    """What detail, sharpen and grain add to the luma of a patch, (h, w) f32 in 8-bit levels."""
    source = cv2.cvtColor(seen.base, cv2.COLOR_RGB2GRAY)
    drawn = cv2.cvtColor(seen.pixels, cv2.COLOR_RGB2GRAY)
    inside = seen.regions.of(("lips", "mouth"))
    added = np.zeros(seen.shape.shape, np.float32)
    if settings.detail > 0.0:
        sigma = max(_LEAST_SIGMA, _FINE * seen.eyes)
        added = _fine(source, sigma, _DETAIL_LIMIT)
        added -= _fine(drawn, sigma, _DETAIL_LIMIT)
        added *= np.float32(settings.detail) * (np.float32(1.0) - inside)
    if settings.sharpen > 0.0:
        crisp = _fine(drawn, max(_LEAST_SIGMA, _CRISP * seen.eyes), _SHARPEN_LIMIT)
        crisp *= inside
        cv2.scaleAdd(crisp, settings.sharpen * _SHARPEN, added, added)
    if settings.grain > 0.0:
        step = max(1, round(float(np.sqrt(source.size / _SAMPLES))))
        where = (seen.shape > 0.5) & (inside < 0.5)
        wanted = noise_level(source, where, step)
        has = noise_level(cv2.add(drawn, added, dtype=cv2.CV_32F), where, step)
        missing = min(_GRAIN_LIMIT, float(np.sqrt(max(0.0, wanted**2 - has**2))))
        cv2.scaleAdd(_grain(seen.box, seen.number), missing * settings.grain, added, added)
    return added


def noise_level(gray: cv2.typing.MatLike, where: Bools, step: int = 1) -> float:
    """Standard deviation of the noise of (h, w) luma, in its own levels; 0 where nothing is.

    where: (h, w) what is looked at, every `step`-th pixel of it in both directions.
    Source: Immerkaer, "Fast noise variance estimation", 1996; the median keeps edges out.
    """
    strokes = cv2.filter2D(gray, cv2.CV_32F, _LAPLACE)[::step, ::step][where[::step, ::step]]
    if strokes.size < 16:
        return 0.0
    return float(np.median(np.abs(strokes))) * 1.4826 / 6.0


def _fine(gray: cv2.typing.MatLike, sigma: float, limit: float) -> F32:
    """What a Gaussian of `sigma` px takes away, at most `limit` levels."""
    scale = min(1.0, _LARGE_SIGMA / sigma)  # what is soft enough is as good in small, and quicker
    rows, columns = gray.shape[:2]
    size = max(1, round(columns * scale)), max(1, round(rows * scale))
    small = gray if scale == 1.0 else cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small, (0, 0), sigma * scale, borderType=cv2.BORDER_REPLICATE)
    if scale < 1.0:
        blurred = cv2.resize(blurred, (columns, rows), interpolation=cv2.INTER_LINEAR)
    high = np.asarray(cv2.subtract(gray, blurred, dtype=cv2.CV_32F), np.float32)
    return np.clip(high, -limit, limit, out=high)


@cache
def _noise() -> F32:
    """A square of noise of level 1 that continues at its edges, softened a little as cameras do."""
    rng = np.random.default_rng(20_250_101)
    square = rng.standard_normal((_NOISE_SIDE, _NOISE_SIDE)).astype(np.float32)
    soft = cv2.GaussianBlur(np.pad(square, 8, mode="wrap"), (0, 0), 0.4)[8:-8, 8:-8]
    made = np.asarray(soft / noise_level(soft, np.ones(soft.shape, np.bool_)), np.float32)
    made.flags.writeable = False
    return made


def _grain(box: Box, number: int) -> F32:
    """Noise over a box, the same for the same frame whatever the box, other in every frame."""
    square = _noise()
    shift = np.random.default_rng(number).integers(0, _NOISE_SIDE, 2)
    rows = (np.arange(box.y0, box.y1) + shift[0]) % _NOISE_SIDE
    columns = (np.arange(box.x0, box.x1) + shift[1]) % _NOISE_SIDE
    return np.ascontiguousarray(square[np.ix_(rows, columns)])
