"""What a sound seems to be, speech or music, from a few plain statistics of its first minute.

Speech swells and falls at the pace of syllables (2.5 to 8 Hz), by as much as it is loud, and
pauses; its spectrum never stays the same for long. Music keeps its level and holds its notes. Songs
without accompaniment lie between, noise and drums are neither: then it says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from latentsync_studio.core.arrays import F32, F64
    from latentsync_studio.core.progress import Progress

RATE_HZ: Final = 16_000
LISTENED_S: Final = 60
_LEAST_S: Final = 1.0
_SILENCE: Final = 1e-3  # of full scale: no louder sample is heard as a voice
_FRAME: Final = 160  # samples: 10 ms of envelope
_BAND_HZ: Final = (300.0, 3400.0)  # where speech is told from rumble and hiss
_SYLLABLES_HZ: Final = (2.5, 8.0)
_CHANGES_HZ: Final = (0.7, 25.0)
_PAUSE: Final = 0.25  # of the mean level
_WINDOW, _HOP, _HELD = 1024, 320, 6  # a note counts as held after 6 hops, 120 ms
_BINS: Final = slice(5, 200)  # 78 to 3109 Hz

Kind = Literal["none", "silence", "speech", "music", "mixed", "other"]


class SoundMeasures(msgspec.Struct, frozen=True, kw_only=True):
    """What was heard.

    Attributes:
        kind: the verdict; "none" without sound, "mixed" between speech and music.
        seconds: listened to.
        syllables: swelling at the pace of syllables, over the mean level; speech has 0.3 to 0.7.
        depth: deviation of the level over its mean; speech has 0.7 to 1.2, music less than 0.4.
        pauses: share of time below a quarter of the mean level.
        held: likeness of the spectrum with that 120 ms later, -1..1; held notes have above 0.65.
        noise: flatness of the spectrum, 0 (tones) .. 0.56 (white noise).
    """

    kind: Kind = "none"
    seconds: float = 0.0
    syllables: float = 0.0
    depth: float = 0.0
    pauses: float = 0.0
    held: float = 0.0
    noise: float = 0.0


def listen(path: Path, progress: Progress) -> SoundMeasures:
    """Measure the first minute of a file's sound. Raises InputError where it cannot be read."""
    from latentsync_studio.media.audio import AudioReader, mono_blocks

    pieces: list[F32] = []
    heard = 0
    with AudioReader(path) as reader:
        for block in mono_blocks(reader, RATE_HZ):
            progress.check()
            pieces.append(block)
            heard += len(block)
            if heard >= LISTENED_S * RATE_HZ:
                break
    pcm = np.concatenate([*pieces, np.zeros(0, np.float32)])
    return measure_sound(pcm[: LISTENED_S * RATE_HZ])


def measure_sound(pcm: F32) -> SoundMeasures:
    """Measure (S,) f32 of 16 kHz, full scale 1."""
    seconds = len(pcm) / RATE_HZ
    if seconds < _LEAST_S or float(np.abs(pcm).max()) < _SILENCE:
        return SoundMeasures(kind="silence", seconds=round(seconds, 2))
    envelope = _envelope(_in_band(pcm.astype(np.float64)))
    depth = float(envelope.std())
    syllables = depth * _share_of_syllables(envelope)
    held, noise = _spectra(pcm)
    return SoundMeasures(
        kind=_kind(depth, syllables, held, noise),
        seconds=round(seconds, 2),
        syllables=round(syllables, 3),
        depth=round(depth, 3),
        pauses=round(float((envelope < _PAUSE).mean()), 3),
        held=round(held, 3),
        noise=round(noise, 3),
    )


def _kind(depth: float, syllables: float, held: float, noise: float) -> Kind:
    if noise > 0.2:
        return "other"
    if held > 0.65 and depth < 0.5:
        return "music"
    if syllables > 0.25 and depth > 0.6 and held < 0.75:
        return "speech"
    return "mixed"


def _in_band(pcm: F64) -> F64:
    spectrum = np.fft.rfft(pcm)
    hertz = np.fft.rfftfreq(len(pcm), 1 / RATE_HZ)
    spectrum[(hertz < _BAND_HZ[0]) | (hertz > _BAND_HZ[1])] = 0
    return np.fft.irfft(spectrum, len(pcm))


def _envelope(band: F64) -> F64:
    """Level of each 10 ms over the mean level."""
    count = len(band) // _FRAME
    level = np.sqrt((band[: count * _FRAME].reshape(count, _FRAME) ** 2).mean(axis=1))
    envelope: F64 = level / (level.mean() + 1e-12)
    return envelope


def _share_of_syllables(envelope: F64) -> float:
    """Power of changes at the pace of syllables over that of all audible changes."""
    power = np.abs(np.fft.rfft(envelope - envelope.mean())) ** 2
    hertz = np.fft.rfftfreq(len(envelope), _FRAME / RATE_HZ)
    all_changes = power[(hertz > _CHANGES_HZ[0]) & (hertz < _CHANGES_HZ[1])].sum()
    chosen = power[(hertz >= _SYLLABLES_HZ[0]) & (hertz <= _SYLLABLES_HZ[1])].sum()
    return float(chosen / (all_changes + 1e-12))


def _spectra(pcm: F32) -> tuple[float, float]:
    """How alike spectra 120 ms apart are, and how flat they are; medians where it is loud."""
    frames = np.lib.stride_tricks.sliding_window_view(pcm, _WINDOW)[::_HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW).astype(np.float32), axis=1)) ** 2
    power = power[:, _BINS].astype(np.float64) + 1e-12
    level = power.sum(axis=1)
    loud = level > 0.05 * level.mean()
    shape = np.log(power + 1e-8 * power.max())
    shape -= shape.mean(axis=1, keepdims=True)
    before, after = shape[:-_HELD], shape[_HELD:]
    sizes = np.sqrt((before**2).sum(axis=1) * (after**2).sum(axis=1)) + 1e-12
    alike = (before * after).sum(axis=1) / sizes
    both = loud[:-_HELD] & loud[_HELD:]
    flat = np.exp(np.log(power).mean(axis=1)) / power.mean(axis=1)
    held = float(np.median(alike[both])) if both.any() else 0.0
    return held, float(np.median(flat[loud]))
