"""Which stretch of the speech the frames of a window hear, and its spectrum. No network here.

The speech encoder gives 50 rows a second; a frame that begins at second s hears the ten rows
c - 4 ... c + 5 with c = floor(50 s). The rows of one window of frames come from one run of the
encoder over a stretch of speech around them:

    speech     ....|--------------- 2.5 s ---------------|f f f f|---------- 2.5 s ----------|....
    encoder    0                                          125                              count

- As long as the clips it was trained with (5 to 10 s) and encoded as they were: positions counted
  from the stretch's own beginning, 0.0 after it up to 30 s.
- No seam can lie inside of a window of frames, where the model would see rows of two runs mixed.
- Local: what a frame hears depends on 2.5 s around its window. Speech counts as surrounded by
  silence, so that frames beyond its end hear silence and not its last row for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, F64

    Positions = npt.NDArray[np.int64]

RATE_HZ = 16_000
ROWS_HZ = 50
BEFORE, AFTER = 4, 5  # rows heard before and after a frame's own
ROWS = BEFORE + 1 + AFTER
MEL_BANDS = 80
CONTEXT = 125  # rows of speech around the frames: with them 5 to 10 s
LONGEST = 500  # rows of a stretch: the longest clips of the training

_HOP, _FFT = 160, 400
_COLUMNS = RATE_HZ // ROWS_HZ // _HOP  # spectrum columns per row
_SILENT = 1e-10
_DEPTH = 8.0  # decades of power below the loudest that are told apart
_ORDINARY = 0.0  # the least that counts as the loudest of a stretch, log10 of mel power
_HAIR = 1e-6  # rows: times that fall short of a row by rounding belong to it


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of speech that is encoded at once.

    Attributes:
        frames: frames of the window that hear it.
        first: row on the speech's own 50 Hz grid with which it begins; may be negative.
        count: rows.
    """

    frames: slice
    first: int
    count: int


def frame_starts(middles: F64, rate: float) -> F64:
    """Begin of each frame from the middles of consecutive ones, (T,) s -> (T,) s.

    A frame is taken to be as long as its neighbors are apart, on average; `rate` (frames a
    second) says so where there is one frame only.
    """
    middles = np.asarray(middles, np.float64)
    if len(middles) < 2:
        return np.asarray(middles - 0.5 / rate)
    return np.asarray(middles - 0.5 * np.gradient(middles))


def centers(seconds: F64) -> Positions:
    """Row of each frame that begins at `seconds`: c = floor(50 s), (F,) -> (F,)."""
    rows = np.floor(np.asarray(seconds, np.float64) * ROWS_HZ + _HAIR)
    return np.asarray(rows, np.int64)


def heard_rows(center: Positions) -> Positions:
    """The rows that each frame hears, (F,) -> (F, 10)."""
    return np.asarray(center[:, None] + np.arange(-BEFORE, AFTER + 1), np.int64)


def stretches(center: Positions) -> tuple[Stretch, ...]:
    """What to encode for frames in order; one stretch unless they lie more than 5 s apart."""
    parts, begin = [], 0
    for frame in range(1, len(center) + 1):
        ends = frame == len(center)
        if not ends:
            span = center[begin : frame + 1]
            ends = int(span.max() - span.min()) >= LONGEST - 2 * CONTEXT
        if ends:
            low, high = int(center[begin:frame].min()), int(center[begin:frame].max())
            count = high - low + 1 + 2 * CONTEXT
            parts.append(Stretch(slice(begin, frame), low - CONTEXT, count))
            begin = frame
    return tuple(parts)


def samples_under(pcm: F32, stretch: Stretch) -> F32:
    """Samples that the spectrum of a stretch is made of; zeros beyond the speech.

    pcm: (S,) f32 mono at 16 kHz; NaN and infinities become 0, absurd values +-8. Returns
    (160 * columns + 240,) f32.
    """
    begin = stretch.first * _COLUMNS * _HOP - _FFT // 2
    length = (stretch.count * _COLUMNS - 1) * _HOP + _FFT
    piece = np.zeros(length, np.float32)
    low, high = max(begin, 0), min(begin + length, len(pcm))
    if low < high:
        piece[low - begin : high - begin] = cleaned(pcm[low:high])
    return piece


def cleaned(pcm: F32) -> F32:
    """(S,) f32 without NaN, infinities and absurd values."""
    finite = np.nan_to_num(np.asarray(pcm, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    return np.clip(finite, -8.0, 8.0)


def log_mel(samples: F32) -> F64:
    """Spectrum of samples whose first and last windows fit, (160 n + 240,) -> (80, n) log10.

    Power in 80 mel bands (Slaney's scale and norm) of a periodic Hann window of 25 ms every 10 ms.
    """
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64), _FFT)[::_HOP]
    window, bands = _filters()
    lines = np.fft.rfft(frames * window, axis=1)
    power = lines.real**2 + lines.imag**2
    return np.log10(np.maximum(bands @ power.T, _SILENT))


def normalized(spectrum: F64, loudest: float) -> F32:
    """Encoder input: at most 8 decades below `loudest`, about -1..1.5, (80, n) -> (80, n)."""
    return np.asarray((np.maximum(spectrum, loudest - _DEPTH) + 4.0) / 4.0, np.float32)


def stretch_mel(pcm: F32, stretch: Stretch) -> F32:
    """Encoder input of one stretch, (80, 2 * count) f32.

    Its depth is counted from its own loudest point, as that of a training clip is, and not from
    the whole file's: a shout somewhere would change what every frame hears. A stretch without
    speech counts as if there were some of ordinary level (loud points of recorded speech lie
    between 0.5 and 1.8), or else its noise would be told apart as finely as speech is.
    """
    spectrum = log_mel(samples_under(pcm, stretch))
    return normalized(spectrum, max(float(spectrum.max()), _ORDINARY))


def file_mel(pcm: F32) -> F32:
    """Encoder input of a whole file as the reference makes it, (80, S // 160) f32.

    Ends are mirrored; depth is counted from the file's loudest point.
    """
    columns = len(pcm) // _HOP
    if not columns:
        return np.zeros((MEL_BANDS, 0), np.float32)
    samples = np.pad(cleaned(pcm), _FFT // 2, mode="reflect")
    spectrum = log_mel(samples[: (columns - 1) * _HOP + _FFT])
    return normalized(spectrum, float(spectrum.max()))


def speech_digest(pcm: F32, seconds: F64) -> bytes:
    """Hash of all that shapes what the frames of a window hear, without running the encoder.

    Args:
        pcm: (S,) f32 mono at 16 kHz.
        seconds: (F,) begins of the window's frames within the speech.

    Returns:
        16 bytes. The same speech heard the same way has the same digest wherever it lies.
    """
    out = blake2b(digest_size=16)
    center = centers(seconds)
    for stretch in stretches(center):
        out.update((center[stretch.frames] - stretch.first).tobytes())
        out.update(samples_under(pcm, stretch).tobytes())
    return out.digest()


def file_digest(pcm: F32) -> bytes:
    """Hash of a whole speech: with the frames' times, all that shapes `exact` features."""
    return blake2b(cleaned(pcm).tobytes(), digest_size=16).digest()


@cache
def _filters() -> tuple[F64, F64]:
    """Hann window (400,) and mel filters (80, 201)."""
    from transformers.audio_utils import mel_filter_bank

    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_FFT) / _FFT)
    bands = mel_filter_bank(
        num_frequency_bins=_FFT // 2 + 1,
        num_mel_filters=MEL_BANDS,
        min_frequency=0.0,
        max_frequency=RATE_HZ / 2,
        sampling_rate=RATE_HZ,
        norm="slaney",
        mel_scale="slaney",
    )
    return window, np.asarray(bands, np.float64).T.copy()
