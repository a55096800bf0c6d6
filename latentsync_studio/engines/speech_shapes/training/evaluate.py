"""Held-out figures: voices and languages that the training never heard.

python -m latentsync_studio.engines.speech_shapes.training.evaluate [--minutes 4] [--seed 900]
    [--card]    write the figures into the card of the shipped weights
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.speech.phonemes import closes_lips
from latentsync_studio.core.speech.shapes import CHANNELS, SHAPE_RATE_HZ
from latentsync_studio.core.speech.visemes import channel_track
from latentsync_studio.engines.speech_shapes import espeak
from latentsync_studio.engines.speech_shapes.features import RATE_HZ, frame_count
from latentsync_studio.engines.speech_shapes.model import NAME, ModelCard, encoded, models_folder
from latentsync_studio.engines.speech_shapes.network import speech_shapes
from latentsync_studio.engines.speech_shapes.training import texts
from latentsync_studio.engines.speech_shapes.training.make_corpus import degraded_take
from latentsync_studio.engines.speech_shapes.transcript import align

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from latentsync_studio.core.arrays import F32
    from latentsync_studio.core.speech.phonemes import Phoneme
    from latentsync_studio.core.speech.shapes import SpeechShapes

SLACK_S = 0.04
SETS = {
    "English, new voices": (("en-us",), False),
    "English, new voices, degraded": (("en-us", "en-gb"), True),
    "de es fr-fr, new voices": (("de", "es", "fr-fr"), False),
    "el ja hi, new languages and voices": (texts.HELD_OUT, False),
    "el ja hi, degraded": (texts.HELD_OUT, True),
}


@dataclass(slots=True)
class Tally:
    """Adds up takes and turns them into figures."""

    estimated: list[F32] = field(default_factory=list)
    wanted: list[F32] = field(default_factory=list)
    met: int = 0
    closures: int = 0
    right: int = 0
    events: int = 0

    def add(self, shapes: SpeechShapes, phonemes: Sequence[Phoneme]) -> None:
        """Compare one take with what was really said."""
        self.estimated.append(shapes.channels)
        self.wanted.append(channel_track(phonemes, len(shapes.channels)))
        closed = shapes.channels[:, CHANNELS.index("closed")] >= 0.5
        spans = [(p.start_s, p.end_s) for p in phonemes if closes_lips(p.ipa)]
        near = np.zeros(len(closed), bool)
        for start, end in spans:
            a = max(0, int(np.ceil((start - SLACK_S) * SHAPE_RATE_HZ)))
            b = int((end + SLACK_S) * SHAPE_RATE_HZ) + 1
            near[a:b] = True
            self.met += int(closed[a:b].any())
        self.closures += len(spans)
        edges = np.flatnonzero(np.diff(np.concatenate(([0], closed, [0])).astype(int)))
        for a, b in zip(edges[::2], edges[1::2], strict=True):
            self.events += 1
            self.right += int(near[a:b].any())

    def figures(self) -> dict[str, float]:
        """Correlations, closure recall and precision, activity accuracy, range of open."""
        estimated, wanted = np.concatenate(self.estimated), np.concatenate(self.wanted)
        column = {name: k for k, name in enumerate(CHANNELS)}
        active = wanted[:, column["activity"]] > 0.5
        found = estimated[:, column["activity"]] > 0.5
        out = {
            f"{name}_r": float(np.corrcoef(estimated[:, k], wanted[:, k])[0, 1])
            for name, k in column.items()
        }
        wide_vowel = wanted[:, column["open"]] > 0.8
        out |= {
            "closure_recall": self.met / max(1, self.closures),
            "closure_precision": self.right / max(1, self.events),
            "activity_accuracy": float((active == found).mean()),
            "open_at_wide_vowels": float(estimated[wide_vowel, column["open"]].mean()),
            "open_p95": float(np.percentile(estimated[active, column["open"]], 95)),
        }
        return out


def takes(
    languages: Sequence[str], minutes: float, seed: int, *, degraded: bool
) -> Iterator[tuple[str, str, F32, Sequence[Phoneme]]]:
    """Yield (language, text, pcm, phonemes) by held-out voices until `minutes` are over."""
    random = np.random.default_rng(seed)
    seconds = 0.0
    while seconds < minutes * 60:
        language = str(random.choice(languages))
        voice = espeak.Voice(
            variant=str(random.choice(texts.HELD_OUT_VARIANTS)),
            words_a_minute=int(random.integers(120, 220)),
            pitch=int(random.integers(25, 75)),
        )
        text = texts.sentence(language, random)
        utterance = espeak.speak(text, language, voice)
        if len(utterance.pcm) < RATE_HZ // 2:
            continue
        pcm, phonemes = utterance.pcm, utterance.phonemes
        if degraded:
            pcm, moved = degraded_take(utterance, random)
            phonemes = tuple(moved)
        seconds += len(pcm) / RATE_HZ
        yield language, text, pcm, phonemes


def evaluate(minutes: float, seed: int) -> dict[str, dict[str, float]]:
    """Measure the shipped model on every set, from sound alone and with the transcript."""
    result = {}
    for title, (languages, degraded) in SETS.items():
        alone, told, refused = Tally(), Tally(), 0
        for language, text, pcm, phonemes in takes(languages, minutes, seed, degraded=degraded):
            alone.add(speech_shapes(pcm), phonemes)
            try:
                told.add(align(pcm, text, language), phonemes)
            except InputError:
                refused += 1
        result[title] = alone.figures()
        result[f"{title}; with transcript"] = told.figures() | {"refused": float(refused)}
    return result


def realtime_factor(seconds: float = 60.0) -> float:
    """Seconds of work a second of speech; run with one BLAS thread."""
    pcm = np.random.default_rng(0).normal(0, 0.1, int(seconds * RATE_HZ)).astype(np.float32)
    speech_shapes(pcm[:RATE_HZ])
    began = time.perf_counter()
    speech_shapes(pcm)
    return (time.perf_counter() - began) / (frame_count(len(pcm)) / SHAPE_RATE_HZ)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--seed", type=int, default=900)
    parser.add_argument("--card", action="store_true")
    options = parser.parse_args()
    result = evaluate(options.minutes, options.seed)
    for title, figures in result.items():
        print(title)  # noqa: T201
        print("  " + "  ".join(f"{k} {v:.3f}" for k, v in figures.items()))  # noqa: T201
    print(f"real-time factor {realtime_factor():.4f}")  # noqa: T201
    if options.card:
        path = models_folder() / f"{NAME}.card.json"
        card = msgspec.json.decode(path.read_bytes(), type=ModelCard)
        rounded = {
            title: {name: round(value, 3) for name, value in figures.items()}
            for title, figures in result.items()
        }
        path.write_bytes(encoded(msgspec.structs.replace(card, metrics=rounded)))


if __name__ == "__main__":
    main()
