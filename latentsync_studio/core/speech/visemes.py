"""Timed phonemes as mouth movement: articulatory targets and how neighbours colour each other.

Each sound asks for an opening, a width and a rounding, and says how much it insists on each. The
track is the mean of all targets in reach, weighted by that insistence and by distance in time
(dominance blending: Cohen & Massaro 1993, "Modeling coarticulation in synthetic visual speech").
Gestures that must reach their goal (lips shut, lip on teeth, teeth together) are laid over it as
trapezoids instead, so that a fast /p/ closes as fully as a slow one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.arrays import frozen
from latentsync_studio.core.speech.phonemes import Consonant, Vowel, sounds_of
from latentsync_studio.core.speech.shapes import CHANNELS, SHAPE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from latentsync_studio.core.arrays import F32, F64
    from latentsync_studio.core.speech.phonemes import Phoneme

_OVERSAMPLE = 2  # steps a row: half rows place the edges of short sounds well enough
_STEP_HZ = SHAPE_RATE_HZ * _OVERSAMPLE
TRACK_REACH_S = 0.25  # rows farther than this from a phoneme do not depend on it
_FIRST_PART = 0.6  # share of a diphthong or affricate that its first sound takes
_REST = 0.4  # insistence of a pause on a mouth at rest
_REST_OPEN = 0.0
_SIGMA_S = {"open": 0.026, "wide": 0.042, "round": 0.042}


@dataclass(frozen=True, slots=True)
class MouthTarget:
    """What one sound asks of the mouth; channels as SpeechShapes.

    Attributes:
        open, wide, round: targets.
        open_weight, lip_weight: insistence on `open` and on `wide` and `round`, > 0.
        closed, lip_teeth, sibilant: depth 0..1 of the gestures.
        release: share of the sound left when the lips part (the burst is part of a stop).
    """

    open: float
    wide: float
    round: float
    open_weight: float
    lip_weight: float
    closed: float = 0.0
    lip_teeth: float = 0.0
    sibilant: float = 0.0
    release: float = 0.0


_CONSONANT_TARGETS = {
    # (place, manner): the tongue shapes leave the lips nearly free, so they insist little
    ("bilabial", "stop"): MouthTarget(0.0, 0.0, 0.1, 3.0, 0.5, closed=1.0, release=0.3),
    ("bilabial", "nasal"): MouthTarget(0.0, 0.0, 0.1, 3.0, 0.5, closed=1.0),
    ("bilabial", "fricative"): MouthTarget(0.08, 0.0, 0.2, 2.0, 0.8, closed=0.4),
    ("labiodental", "fricative"): MouthTarget(0.1, 0.05, 0.05, 2.2, 0.8, lip_teeth=1.0),
    ("labiodental", "glide"): MouthTarget(0.14, 0.05, 0.05, 2.0, 0.8, lip_teeth=0.8),
    ("labiodental", "nasal"): MouthTarget(0.08, 0.05, 0.05, 2.2, 0.8, lip_teeth=1.0),
    ("labiovelar", "glide"): MouthTarget(0.14, -0.85, 1.0, 1.6, 2.4),
    ("dental", "fricative"): MouthTarget(0.24, 0.1, 0.0, 0.9, 0.5, sibilant=0.35),
    ("alveolar", "stop"): MouthTarget(0.18, 0.15, 0.0, 0.6, 0.3, sibilant=0.5),
    ("alveolar", "nasal"): MouthTarget(0.2, 0.12, 0.0, 0.6, 0.3, sibilant=0.3),
    ("alveolar", "fricative"): MouthTarget(0.14, 0.3, 0.0, 1.3, 0.7, sibilant=1.0),
    ("alveolar", "lateral"): MouthTarget(0.32, 0.12, 0.0, 0.6, 0.4, sibilant=0.15),
    ("alveolar", "rhotic"): MouthTarget(0.26, -0.15, 0.25, 0.6, 0.7),
    ("postalveolar", "fricative"): MouthTarget(0.2, -0.3, 0.6, 1.2, 1.4, sibilant=0.9),
    ("palatal", "stop"): MouthTarget(0.26, 0.3, 0.0, 0.5, 0.4),
    ("palatal", "nasal"): MouthTarget(0.22, 0.3, 0.0, 0.6, 0.4, sibilant=0.2),
    ("palatal", "fricative"): MouthTarget(0.22, 0.4, 0.0, 0.7, 0.6, sibilant=0.4),
    ("palatal", "lateral"): MouthTarget(0.26, 0.3, 0.0, 0.6, 0.4),
    ("palatal", "glide"): MouthTarget(0.22, 0.6, 0.0, 0.8, 1.0),
}
_VELAR = MouthTarget(0.3, 0.05, 0.0, 0.5, 0.25)
_GLOTTAL = MouthTarget(0.4, 0.0, 0.0, 0.2, 0.1)


def mouth_target(sound: Vowel | Consonant) -> MouthTarget:
    """Return the targets of one sound.

    Vowels follow the chart: the jaw drops with openness, the corners spread with frontness and
    less the wider the jaw, rounding pulls them in and is strongest on close vowels.
    """
    if isinstance(sound, Vowel):
        return _vowel_target(sound)
    if sound.place == "glottal":
        return _GLOTTAL
    return _CONSONANT_TARGETS.get((sound.place, sound.manner), _VELAR)


def _vowel_target(vowel: Vowel) -> MouthTarget:
    height = vowel.openness
    if vowel.rounded:
        return MouthTarget(0.2 + 0.52 * height, -0.85 + 0.45 * height, 1.0 - 0.5 * height, 1.0, 1.8)
    if vowel.rhotic:
        return MouthTarget(0.3 + 0.25 * height, -0.15, 0.4, 0.8, 1.0)
    spread = 0.75 * (1 - vowel.backness) * (1 - 0.75 * height) + 0.1 * height
    weight = 0.7 if 0.2 <= height <= 0.4 and vowel.backness == 0.5 else 1.0
    return MouthTarget(0.24 + 0.69 * height, spread, 0.0, weight, 1.0)


def placed_sounds(
    phonemes: Iterable[Phoneme],
) -> list[tuple[float, float, Vowel | Consonant]]:
    """Split phonemes into single sounds (start_s, end_s, sound); pauses are left out."""
    placed = []
    for phoneme in phonemes:
        sounds = sounds_of(phoneme.ipa)
        edges = np.linspace(phoneme.start_s, phoneme.end_s, len(sounds) + 1)
        if len(sounds) == 2:
            edges[1] = phoneme.start_s + _FIRST_PART * (phoneme.end_s - phoneme.start_s)
        placed += [(float(edges[k]), float(edges[k + 1]), s) for k, s in enumerate(sounds)]
    return placed


def channel_track(phonemes: Sequence[Phoneme], rows: int) -> F32:
    """Turn timed phonemes into mouth channels.

    Args:
        phonemes: in any order; times in seconds, row k lies at second k / 100.
        rows: length of the track.

    Returns:
        (rows, 7) f32, channels and ranges as SpeechShapes.channels, read-only. Row k does not
        depend on phonemes farther than TRACK_REACH_S from it.
    """
    targets = [(a, b, mouth_target(s)) for a, b, s in placed_sounds(phonemes)]
    columns = _blended(targets, rows) | _gestures(targets, rows)
    columns["open"] = columns["open"] * (1 - columns["closed"])
    track = np.stack([columns[name] for name in CHANNELS], axis=1).astype(np.float32)
    frozen(track)
    return track


def _blended(targets: list[tuple[float, float, MouthTarget]], rows: int) -> dict[str, F64]:
    """Dominance-weighted mean of open, wide and round; (rows,) each."""
    steps = rows * _OVERSAMPLE
    value = {name: np.zeros(steps) for name in _SIGMA_S}
    value["open"] += _REST_OPEN
    weight = {name: np.full(steps, _REST) for name in _SIGMA_S}
    for start, end, target in targets:
        a = max(0, round(start * _STEP_HZ))
        b = max(a + 1, round(end * _STEP_HZ))
        for name in _SIGMA_S:
            value[name][a:b] = getattr(target, name)
            weight[name][a:b] = target.open_weight if name == "open" else target.lip_weight
    return {
        name: (_smooth(value[name] * weight[name], sigma) / _smooth(weight[name], sigma))[
            ::_OVERSAMPLE
        ]
        for name, sigma in _SIGMA_S.items()
    }


def _smooth(signal: F64, sigma_s: float) -> F64:
    """Gaussian, cut at four sigma; taps are added one by one so that length changes no bit."""
    sigma = sigma_s * _STEP_HZ
    reach = int(4 * sigma)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(signal, reach, mode="edge")
    out = np.zeros_like(signal)
    for shift, tap in enumerate(kernel):
        out += tap * padded[shift : shift + len(signal)]
    return out


def _gestures(targets: list[tuple[float, float, MouthTarget]], rows: int) -> dict[str, F64]:
    """Trapezoids with cosine flanks; (rows,) each. The deepest one wins where they overlap."""
    names = ("closed", "lip_teeth", "sibilant", "activity")
    out = {name: np.zeros(rows) for name in names}
    for start, end, target in targets:
        plateau = {"closed": (start, end - target.release * (end - start))}
        for name in names:
            depth = 1.0 if name == "activity" else getattr(target, name)
            if depth > 0:
                a, b = plateau.get(name, (start, end))
                flank = 0.06 if name == "activity" else 0.035
                _raise_to(out[name], depth, (a, b), flank)
    return out


def _raise_to(column: F64, depth: float, span: tuple[float, float], flank_s: float) -> None:
    """Lift `column` in place to a trapezoid: `depth` within `span`, 0 from `flank_s` outside."""
    a = max(0, int(np.floor((span[0] - flank_s) * SHAPE_RATE_HZ)))
    b = min(len(column), int(np.ceil((span[1] + flank_s) * SHAPE_RATE_HZ)) + 1)
    if a >= b:
        return
    t = np.arange(a, b) / SHAPE_RATE_HZ
    outside = np.maximum(np.maximum(span[0] - t, t - span[1]), 0) / flank_s
    shape = depth * (0.5 + 0.5 * np.cos(np.pi * np.minimum(outside, 1)))
    column[a:b] = np.maximum(column[a:b], shape)
