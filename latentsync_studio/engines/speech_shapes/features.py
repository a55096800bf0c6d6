"""16 kHz speech -> level- and channel-independent features at 100 Hz, each from +-1.03 s alone.

Nothing here looks at a whole file: means are taken over Hann windows of +-1 s, weighted by
loudness, so that they describe the speaker and the microphone around a frame rather than its
pauses. Gain drops out of every feature, a fixed equaliser out of the first set.

Bit exactness: frames are computed in blocks of a fixed size on a grid that starts at sample 0, and
every sum over time is a product with a banded matrix of fixed shape. A sample beyond the reach
of a frame then meets a coefficient of exactly 0, and neither the length of the file nor its other
samples can change how the sum of that frame is formed. The file counts as surrounded by silence.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32

RATE_HZ = 16000
HOP = 160
MEL_BANDS = 32
FEATURES = MEL_BANDS + MEL_BANDS // 2 + 3
NORM_REACH = 100  # frames of the level windows, each side
SLOPE_REACH = 2
REACH = NORM_REACH + SLOPE_REACH  # frames of log-mel that a row of features depends on, each side
FRAME_REACH_S = 0.0125  # half a spectral window

_WINDOW = 400
_FFT = 512
_FLOOR = 1e-6  # mel power of about -100 dBFS, below the noise of 16 bits
_LOW_HZ, _HIGH_HZ = 80.0, 7200.0
_DB_PER_NEPER = 10 / np.log(10)


def frame_count(samples: int) -> int:
    """Rows of a 100 Hz track over `samples` samples: row k at second k / 100, at least one."""
    return samples // HOP + 1


def cleaned(pcm: F32) -> F32:
    """Return (S,) f32 without NaN, infinities or absurd values (they become 0 or +-8)."""
    finite = np.nan_to_num(np.asarray(pcm, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    return np.clip(finite, -8, 8)


def spectrum(pcm: F32, first: int, count: int) -> tuple[F32, F32]:
    """Log-mel powers of `count` frames from frame `first` (which may be negative).

    Args:
        pcm: (S,) f32 at 16 kHz; silence outside. Only the samples needed are read and cleaned.
        first: frame whose middle lies at sample first * 160.
        count: frames; calls with the same count give the same bits for the same samples.

    Returns:
        (count, 32) f32 natural log of mel power, and (count,) f32 mean power of the 25 ms (a
        full-scale sine has 0.5).
    """
    begin = first * HOP - _WINDOW // 2
    end = begin + (count - 1) * HOP + _WINDOW
    piece = np.zeros(end - begin, np.float32)
    a, b = max(begin, 0), min(end, len(pcm))
    if a < b:
        piece[a - begin : b - begin] = cleaned(pcm[a:b])
    frames = np.lib.stride_tricks.sliding_window_view(piece, _WINDOW)[::HOP]
    hann, mel = _filters()
    lines = np.fft.rfft(frames * hann, _FFT, axis=1)
    power = (lines.real**2 + lines.imag**2).astype(np.float32)
    return np.log(power @ mel + np.float32(_FLOOR)), np.mean(frames * frames, axis=1)


def features(log_mel: F32) -> F32:
    """Turn log-mel rows into network inputs.

    Args:
        log_mel: (n + 2 * REACH, 32) f32.

    Returns:
        (n, FEATURES) f32, about -3..3: each band against its own local loud mean; band pairs
        against the local level; level against local level; its slope; local level above local
        floor.
    """
    count = len(log_mel) - 2 * NORM_REACH
    energy = np.log(np.exp(log_mel).sum(axis=1))
    loud_mean, level, quiet = local_levels(log_mel, energy)
    here = log_mel[NORM_REACH : NORM_REACH + count]
    channel_free = np.clip((here - loud_mean) / 2, -3, 3)
    coarse = np.clip((here - level[:, None]) / 2 + 1, -3.5, 2.5)
    coarse = 0.5 * (coarse[:, 0::2] + coarse[:, 1::2])
    relative = np.clip((energy[NORM_REACH : NORM_REACH + count] - level) / 2, -4, 1)
    slope = np.zeros_like(relative)
    slope[2:-2] = relative[4:] + relative[3:-1] - relative[1:-3] - relative[:-4]
    contrast = np.clip((level - quiet) / 3, 0, 3)
    columns = (channel_free, coarse, relative[:, None], slope[:, None], contrast[:, None])
    rows = np.concatenate(columns, axis=1)[SLOPE_REACH:-SLOPE_REACH]
    return np.ascontiguousarray(rows, dtype=np.float32)


def local_levels(log_mel: F32, energy: F32) -> tuple[F32, F32, F32]:
    """Loud mean of each band, loud level and quiet level within +-1 s.

    Mean over a Hann window h weighted by amplitude w = exp(energy / 2):
    sum(h w x) / sum(h w); the quiet level weights by 1 / w instead.

    Args:
        log_mel: (n + 200, 32) f32.
        energy: (n + 200,) f32 log of summed mel power.

    Returns:
        (n, 32), (n,) and (n,) f32.
    """
    band = band_matrix(len(energy) - 2 * NORM_REACH, NORM_REACH)
    loud = np.exp(0.5 * energy)
    columns = np.concatenate(
        (log_mel * loud[:, None], np.stack((energy * loud, loud, energy / loud, 1 / loud), 1)), 1
    )
    sums = band @ columns
    loud_sum = sums[:, MEL_BANDS + 1]
    return (
        sums[:, :MEL_BANDS] / loud_sum[:, None],
        sums[:, MEL_BANDS] / loud_sum,
        sums[:, MEL_BANDS + 2] / sums[:, MEL_BANDS + 3],
    )


def contrast(energy: F32) -> F32:
    """How far the loud level stands above the quiet one within +-1 s, nepers of power.

    Frames of digital silence do not count: the silence around a file says nothing of its noise.

    Args:
        energy: (n + 200,) f32 log of summed mel power.

    Returns:
        (n,) f32, 0 where everything is digital silence.
    """
    band = band_matrix(len(energy) - 2 * NORM_REACH, NORM_REACH)
    sounds = (energy > np.log(_FLOOR * MEL_BANDS) + 1).astype(np.float32)
    loud, quiet = sounds * np.exp(0.5 * energy), sounds * np.exp(-0.5 * energy)
    sums = band @ np.stack((energy * loud, loud, energy * quiet, quiet), axis=1)
    sums[:, 1::2] += np.float32(1e-12)
    return np.asarray(sums[:, 0] / sums[:, 1] - sums[:, 2] / sums[:, 3], np.float32)


@cache
def band_matrix(count: int, reach: int) -> F32:
    """(count, count + 2 * reach) f32: row k is a Hann window over columns k .. k + 2 * reach."""
    window = np.hanning(2 * reach + 3)[1:-1]
    matrix = np.zeros((count, count + 2 * reach), np.float32)
    for k in range(count):
        matrix[k, k : k + 2 * reach + 1] = window / window.sum()
    return matrix


def decibels(power: F32) -> F32:
    """Mean power -> dBFS, -120 at least."""
    return np.asarray(_DB_PER_NEPER * np.log(power + np.float32(1e-12)), np.float32)


@cache
def _filters() -> tuple[F32, F32]:
    """Hann window (400,) and triangular mel filters (257, 32) f32 (O'Shaughnessy's mel)."""
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (_LOW_HZ, _HIGH_HZ))
    edges = 700 * (10 ** (np.linspace(low, high, MEL_BANDS + 2) / 2595) - 1)
    lines = np.fft.rfftfreq(_FFT, 1 / RATE_HZ)[:, None]
    rising = (lines - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - lines) / (edges[2:] - edges[1:-1])
    mel = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    return np.hanning(_WINDOW).astype(np.float32), mel
