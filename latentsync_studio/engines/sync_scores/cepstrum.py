"""Mel cepstra of speech as SyncNet was trained with: 13 numbers a hundred times a second.

The usual recipe of python_speech_features with its defaults, on 16-bit samples: pre-emphasis 0.97,
25 ms every 10 ms without a window function, 512-point power spectrum over 512, 26 triangles on the
HTK mel scale up to 8 kHz, logarithm, orthonormal DCT-II, lifter 22, and the logarithm of the
frame's energy in the first place.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, F64

RATE_HZ: Final = 16_000
STEP: Final = 160  # samples from one row to the next
COUNT: Final = 13
_FRAME: Final = 400
_FFT: Final = 512
_TRIANGLES: Final = 26
_LIFTER: Final = 22
_EMPHASIS: Final = 0.97
_BLOCK: Final = 4096  # rows at once
_FULL_SCALE: Final = 32768.0


def as_16_bit(pcm: F32) -> npt.NDArray[np.int16]:
    """Samples of -1..1 as the 16-bit integers of a WAV file."""
    scaled = np.rint(np.asarray(pcm, np.float64) * _FULL_SCALE)
    return np.clip(scaled, -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)


def cepstra(samples: npt.NDArray[np.int16]) -> F64:
    """(rows, 13) of (S,) samples at 16 kHz; the last row is filled up with silence."""
    signal = np.asarray(samples, np.float64)
    if not len(signal):
        return np.zeros((0, COUNT))
    rows = 1 + max(0, -(-(len(signal) - _FRAME) // STEP))
    found = np.empty((rows, COUNT))
    for start in range(0, rows, _BLOCK):
        stop = min(start + _BLOCK, rows)
        found[start:stop] = _rows(signal, start, stop)
    return found


def _rows(signal: F64, start: int, stop: int) -> F64:
    first, last = start * STEP, (stop - 1) * STEP + _FRAME
    part = signal[first:last]
    before = signal[first - 1] if first else 0.0
    emphasized = part - _EMPHASIS * np.concatenate([[before], part[:-1]])
    emphasized = np.pad(emphasized, (0, last - first - len(emphasized)))
    frames = np.lib.stride_tricks.sliding_window_view(emphasized, _FRAME)[::STEP]
    power = np.square(np.abs(np.fft.rfft(frames, _FFT))) / _FFT
    found = np.log(_above_zero(power @ _triangles().T)) @ _cosines()
    found *= 1 + _LIFTER / 2 * np.sin(np.pi * np.arange(COUNT) / _LIFTER)
    found[:, 0] = np.log(_above_zero(power.sum(axis=1)))
    return found


def _above_zero(values: F64) -> F64:
    return np.where(values == 0, np.finfo(np.float64).eps, values)


@cache
def _triangles() -> F64:
    """(26, 257) triangles whose corners are equally far apart on the mel scale, at whole bins."""
    top = 2595 * np.log10(1 + RATE_HZ / 2 / 700)
    corners_hz = 700 * (10 ** (np.linspace(0, top, _TRIANGLES + 2) / 2595) - 1)
    corners = np.floor((_FFT + 1) * corners_hz / RATE_HZ)
    bins = np.arange(_FFT // 2 + 1)
    low, middle, high = (corners[k : k + _TRIANGLES, None] for k in range(3))
    rising, falling = (bins - low) / (middle - low), (high - bins) / (high - middle)
    found = np.where(bins < middle, rising, falling)
    return np.where((bins >= low) & (bins < high), found, 0.0)


@cache
def _cosines() -> F64:
    """(26, 13) the first columns of the orthonormal DCT-II."""
    at, order = np.arange(_TRIANGLES)[:, None], np.arange(COUNT)
    table = np.cos(np.pi * order * (2 * at + 1) / (2 * _TRIANGLES)) * np.sqrt(2 / _TRIANGLES)
    table[:, 0] /= np.sqrt(2)
    return np.asarray(table)
