"""Synthesize training speech and write features, mouth channels and sound classes.

python -m latentsync_studio.engines.speech_shapes.training.make_corpus OUT.npz --hours 5 --seed 1

Only espeak-ng speaks; no recording of a person is used. The same seed gives the same corpus.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.speech.phonemes import Phoneme, sound_class
from latentsync_studio.core.speech.visemes import channel_track, placed_sounds
from latentsync_studio.engines.speech_shapes import espeak
from latentsync_studio.engines.speech_shapes.features import (
    RATE_HZ,
    REACH,
    features,
    frame_count,
    spectrum,
)
from latentsync_studio.engines.speech_shapes.training import texts
from latentsync_studio.engines.speech_shapes.training.augment import degraded, noise, stretched

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32

_ENGLISH_SHARE = 0.25
_WORDLESS_SHARE = 0.04
_STRETCH_SHARE = 0.6
_BLOCK = 512


def spoken(random: np.random.Generator, *, held_out: bool = False) -> espeak.Utterance:
    """Synthesize one random sentence by a random voice, of the training or held-out pool."""
    languages = texts.HELD_OUT if held_out else texts.TRAINED
    language = "en-us" if random.random() < _ENGLISH_SHARE else str(random.choice(languages))
    variants = texts.HELD_OUT_VARIANTS if held_out else texts.TRAINED_VARIANTS
    voice = espeak.Voice(
        variant=str(random.choice(variants)),
        words_a_minute=int(random.integers(110, 250)),
        pitch=int(random.integers(20, 80)),
        pitch_range=int(random.integers(20, 80)),
    )
    return espeak.speak(texts.sentence(language, random), language, voice)


def degraded_take(
    utterance: espeak.Utterance, random: np.random.Generator
) -> tuple[F32, list[Phoneme]]:
    """Stretch, pad with pauses and degrade; phoneme times follow."""
    pcm, factor = utterance.pcm, 1.0
    if random.random() < _STRETCH_SHARE:
        pcm, factor = stretched(pcm, random)
    before, after = (int(random.uniform(0, 1) ** 2 * 2.2 * RATE_HZ) for _ in range(2))
    lead = before / RATE_HZ
    phonemes = [
        Phoneme(start_s=p.start_s * factor + lead, end_s=p.end_s * factor + lead, ipa=p.ipa)
        for p in utterance.phonemes
    ]
    padded = np.pad(pcm, (before, after)) + random.normal(
        0, 10 ** random.uniform(-5, -3.3), len(pcm) + before + after
    )
    return degraded(padded.astype(np.float32), random), phonemes


def rows_of(pcm: F32, phonemes: list[Phoneme]) -> tuple[F32, F32, npt.NDArray[np.uint8]]:
    """Inputs (n, FEATURES), channels (n, 7) and sound classes (n,) of one take."""
    count = frame_count(len(pcm))
    blocks = [
        features(spectrum(pcm, first - REACH, _BLOCK + 2 * REACH)[0])
        for first in range(0, count, _BLOCK)
    ]
    classes = np.zeros(count, np.uint8)
    for start, end, sound in placed_sounds(phonemes):
        classes[int(np.ceil(start * 100)) : int(np.ceil(end * 100))] = sound_class(sound)
    return np.concatenate(blocks)[:count], channel_track(phonemes, count), classes


def main() -> None:
    """Write one corpus file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--hours", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    takes, seconds = [], 0.0
    while seconds < options.hours * 3600:
        if random.random() < _WORDLESS_SHARE:
            length = int(random.uniform(2, 6) * RATE_HZ)
            level = 10 ** (-random.uniform(10, 60) / 20)
            pcm, phonemes = (noise(length, random) * level).astype(np.float32), list[Phoneme]()
        else:
            utterance = spoken(random)
            if len(utterance.pcm) < RATE_HZ // 2:
                continue
            pcm, phonemes = degraded_take(utterance, random)
        takes.append(rows_of(pcm, phonemes))
        seconds += len(pcm) / RATE_HZ
    inputs, channels, classes = (np.concatenate(part) for part in zip(*takes, strict=True))
    np.savez(
        options.out,
        inputs=inputs.astype(np.float16),
        channels=channels.astype(np.float16),
        classes=classes,
        lengths=np.array([len(take[0]) for take in takes]),
    )


if __name__ == "__main__":
    main()
