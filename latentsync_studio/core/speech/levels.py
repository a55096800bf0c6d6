"""How loud, clipped, silent and noisy a recording is, from its samples; needs no network.

Levels are of windows of 20 ms, as root mean square in dB below full scale (0 dB: a square wave of
full scale). The noise floor is the 10th percentile of what is not digital silence, speech the 90th:
people pause between words, so that floor shows in nearly every recording of speech.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32, Bools

WINDOW_S: Final = 0.02
DIGITAL_SILENCE_DB: Final = -90.0  # below the noise of 16 bits with dither
FLOOR_PERCENTILE, SPEECH_PERCENTILE = 10.0, 90.0
SILENT_BELOW_SPEECH_DB: Final = 30.0
SILENT_DB: Final = -60.0  # whatever the speech's level
ABOVE_FLOOR_DB: Final = 6.0  # a window this near to the floor is not speech
LEAST_SILENCE_S: Final = 0.5  # shorter pauses belong to the speech
FULL_SCALE: Final = 0.999
CLIPPED_RUN: Final = 3  # samples in a row at full scale; one alone may be a peak that just fits


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFigures:
    """What a recording is like.

    Attributes:
        measured_s: seconds that were listened to.
        speech_db: level of the speech; -inf where there is only digital silence.
        noise_db: level of the floor between the words; -inf where that is digital silence.
        silent: (n,) windows of 20 ms in which nobody speaks.
        clipped: samples within runs of at least 3 at full scale, a million of those listened to.
        peak: largest sample, full scale 1.
    """

    measured_s: float
    speech_db: float
    noise_db: float
    silent: Bools
    clipped: float
    peak: float

    @property
    def snr_db(self) -> float:
        """How far the speech is above the floor; inf where there is none."""
        return self.speech_db - self.noise_db if np.isfinite(self.speech_db) else float("nan")

    @property
    def silence_share(self) -> float:
        """0..1 of the windows."""
        return float(self.silent.mean()) if len(self.silent) else 1.0


def levels_db(samples: npt.NDArray[np.floating], rate_hz: int) -> F32:
    """Levels of whole windows of 20 ms.

    Args:
        samples: (n,) or (channels, n), full scale 1; of channels the loudest counts.
        rate_hz: samples a second.

    Returns:
        (n // window,) f32 dB, -inf for nothing.
    """
    size = max(round(WINDOW_S * rate_hz), 1)
    rows = np.atleast_2d(np.asarray(samples, np.float32))
    count = rows.shape[1] // size
    shaped = rows[:, : count * size].reshape(len(rows), count, size)
    power = np.einsum("cnk,cnk->cn", shaped, shaped).max(axis=0, initial=0.0) / size
    with np.errstate(divide="ignore"):
        return np.asarray(10.0 * np.log10(power), np.float32)


def clipped_samples(samples: npt.NDArray[np.floating]) -> int:
    """How many samples lie in runs of at least 3 at full scale of the same sign.

    samples: (n,) or (channels, n), full scale 1; channels are looked at one by one.
    """
    total = 0
    for row in np.atleast_2d(np.asarray(samples, np.float32)):
        if not len(row) or float(np.abs(row).max()) < FULL_SCALE:
            continue
        for full in (row >= FULL_SCALE, row <= -FULL_SCALE):
            padded = np.concatenate([[False], full, [False]]).astype(np.int8)
            edges = np.flatnonzero(np.diff(padded))
            lengths = edges[1::2] - edges[::2]
            total += int(lengths[lengths >= CLIPPED_RUN].sum())
    return total


def figures_of(
    levels: F32, *, clipped: int = 0, samples: int = 0, peak: float = 0.0
) -> SoundFigures:
    """Sum up.

    Args:
        levels: (n,) dB of windows of 20 ms, in order, whether they follow each other or not.
        clipped: samples that were clipped, of `samples` that were looked at.
        samples: see `clipped`.
        peak: largest sample.
    """
    heard = levels[levels > DIGITAL_SILENCE_DB]
    if not len(heard):
        speech = noise = -np.inf
    else:
        speech = float(np.percentile(heard, SPEECH_PERCENTILE))
        is_gated = len(heard) < len(levels) * (1 - FLOOR_PERCENTILE / 100)
        noise = -np.inf if is_gated else float(np.percentile(heard, FLOOR_PERCENTILE))
    return SoundFigures(
        measured_s=len(levels) * WINDOW_S,
        speech_db=speech,
        noise_db=noise,
        silent=_silent(levels, speech, noise),
        clipped=1e6 * clipped / samples if samples else 0.0,
        peak=peak,
    )


def _silent(levels: F32, speech: float, noise: float) -> Bools:
    """Windows in which nobody speaks: far below the speech, or hardly above the floor."""
    if not np.isfinite(speech):
        return np.ones(len(levels), np.bool_)
    limit = max(speech - SILENT_BELOW_SPEECH_DB, SILENT_DB)
    if np.isfinite(noise):  # a floor near the speech is no silence, or all would be
        limit = max(limit, min(noise + ABOVE_FLOOR_DB, speech - SILENT_BELOW_SPEECH_DB / 2))
    return np.asarray(levels < limit, np.bool_)


def silences(silent: Bools, starts: Sequence[float] | None = None) -> list[tuple[float, float]]:
    """Stretches of at least half a second in which nobody speaks, (start, stop) seconds.

    Args:
        silent: (n,) windows of 20 ms, see `SoundFigures`.
        starts: (n,) seconds at which they begin; None: they follow each other from 0.
    """
    begin = np.arange(len(silent)) * WINDOW_S if starts is None else np.asarray(starts, np.float64)
    follows = np.append(False, np.diff(begin) < 1.5 * WINDOW_S)
    found: list[tuple[float, float]] = []
    at = 0
    while at < len(silent):
        stop = at + 1
        if silent[at]:
            while stop < len(silent) and silent[stop] and follows[stop]:
                stop += 1
            span = float(begin[at]), float(begin[stop - 1]) + WINDOW_S
            if span[1] - span[0] >= LEAST_SILENCE_S - 1e-9:
                found.append(span)
        at = stop
    return found
