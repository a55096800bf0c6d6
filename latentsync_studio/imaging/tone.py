"""High dynamic range for a screen of standard range: what previews show, never what is delivered.

    sample -> light of the display (nits) -> highlights rolled off -> BT.709 primaries -> gamma 2.4

PQ is ITU-R BT.2100 table 4, HLG its table 5 with a system gamma of 1.2 on 1000 nits. Highlights are
rolled off by the curve of ITU-R BT.2390-10 §5.4.1 from `PEAK` to `WHITE`, the level of graphics
white that ITU-R BT.2408 gives, so that what standard range can show looks as it is meant.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, cast

import cv2
import numpy as np

from latentsync_studio.core.arrays import frozen

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, F64, Rgb8

Transfer = Literal["pq", "hlg"]

WHITE: Final = 203.0  # nits
PEAK: Final = 1000.0  # nits of the brightest highlights that keep detail
_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
_HLG_A, _HLG_B, _HLG_C = 0.17883277, 0.28466892, 0.55991073
_HLG_GAMMA = 1.2
_GAMMA = 2.4  # ITU-R BT.1886
_STEPS = 4096  # of the table from light to samples
# ITU-R BT.2087-0 §4, linear BT.2020 to linear BT.709
_TO_709: Final = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]],
    np.float32,
)


def tone_mapped(rgb: Rgb8, transfer: Transfer, *, is_wide: bool = True) -> Rgb8:
    """A picture of high dynamic range as a screen of standard range shows it.

    Args:
        rgb: u8 (H, W, 3), R', G', B' as coded, full range.
        transfer: how it is coded.
        is_wide: its primaries are those of BT.2020, else of BT.709.

    Returns:
        u8 (H, W, 3), read-only.
    """
    light = cast("F32", cv2.LUT(rgb, _light(transfer)))
    if is_wide:
        light = cast("F32", cv2.transform(light, _TO_709))
    steps = np.clip(light * np.float32(_STEPS - 1) + np.float32(0.5), 0, _STEPS - 1)
    return cast("Rgb8", frozen(_samples()[steps.astype(np.uint16)]))


def pq_light(samples: F64) -> F64:
    """PQ samples 0..1 to nits."""
    power = np.power(samples, 1 / _M2)
    linear = np.power(np.maximum(power - _C1, 0) / (_C2 - _C3 * power), 1 / _M1)
    return np.asarray(10_000 * linear, np.float64)


def pq_samples(nits: F64) -> F64:
    """Nits to PQ samples 0..1: the inverse of `pq_light`."""
    power = np.power(nits / 10_000, _M1)
    return np.asarray(np.power((_C1 + _C2 * power) / (1 + _C3 * power), _M2), np.float64)


def hlg_light(samples: F64) -> F64:
    """HLG samples 0..1 to nits on a display of `PEAK` nits, channel by channel."""
    low = samples**2 / 3
    high = (np.exp((samples - _HLG_C) / _HLG_A) + _HLG_B) / 12
    scene = np.where(samples <= 0.5, low, high)
    return np.asarray(PEAK * scene**_HLG_GAMMA, np.float64)


def rolled_off(nits: F64) -> F64:
    """Light up to `PEAK` nits brought into 0..`WHITE`; what is dark stays as it is."""
    top = float(pq_samples(np.array(PEAK)))
    level = np.minimum(pq_samples(np.minimum(nits, PEAK)) / top, 1.0)
    highest = float(pq_samples(np.array(WHITE))) / top
    knee = 1.5 * highest - 0.5
    t = (level - knee) / (1 - knee)
    curve = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (-2 * t**3 + 3 * t**2) * highest
    )
    return pq_light(np.where(level < knee, level, curve) * top)


@lru_cache(maxsize=2)
def _light(transfer: Transfer) -> F32:
    """(256,) f32 light of each sample as a share of white."""
    samples = np.arange(256) / 255
    nits = pq_light(samples) if transfer == "pq" else hlg_light(samples)
    return cast("F32", frozen((rolled_off(nits) / WHITE).astype(np.float32)))


@lru_cache(maxsize=1)
def _samples() -> Rgb8:
    """(4096,) u8 sample of each amount of light."""
    light = np.arange(_STEPS) / (_STEPS - 1)
    return cast("Rgb8", frozen(np.rint(255 * light ** (1 / _GAMMA)).astype(np.uint8)))
