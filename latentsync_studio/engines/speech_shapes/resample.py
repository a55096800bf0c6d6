"""Sample-rate conversion for speech, small enough to need no signal-processing package."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.arrays import frozen

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32

_HALF_TAPS = 16
_BLOCK = 1 << 16


def resampled(pcm: F32, from_hz: int, to_hz: int) -> F32:
    """Resample with a Kaiser-windowed sinc (band limit 0.92 of the lower Nyquist frequency).

    Args:
        pcm: (S,) f32.
        from_hz: its rate.
        to_hz: wanted rate.

    Returns:
        (ceil(S * to_hz / from_hz),) f32, sample 0 at the same instant, read-only.
    """
    if from_hz == to_hz or len(pcm) == 0:
        return pcm
    common = gcd(from_hz, to_hz)
    up, down = to_hz // common, from_hz // common
    half = int(np.ceil(_HALF_TAPS * max(1.0, down / up)))
    phases = np.arange(up)[:, None] / up
    distance = phases - np.arange(-half, half + 1)[None]
    cutoff = 0.92 * min(1.0, up / down)
    window = np.i0(8 * np.sqrt(np.clip(1 - (distance / (half + 1)) ** 2, 0, 1))) / np.i0(8.0)
    kernels = cutoff * np.sinc(cutoff * distance) * window
    kernels = (kernels / kernels.sum(axis=1, keepdims=True)).astype(np.float32)
    padded = np.pad(pcm.astype(np.float32), (half, 2 * half + 2))
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)
    count = -(-len(pcm) * up // down)
    out = np.empty(count, np.float32)
    for first in range(0, count, _BLOCK):
        at = np.arange(first, min(count, first + _BLOCK), dtype=np.int64) * down
        out[first : first + len(at)] = np.einsum("ij,ij->i", windows[at // up], kernels[at % up])
    frozen(out)
    return out
