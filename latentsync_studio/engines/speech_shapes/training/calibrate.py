"""Give trained weights their scales, and write the shipped files with their card.

python -m latentsync_studio.engines.speech_shapes.training.calibrate WEIGHTS.npz [--seed 500]

Squared error pulls estimates towards the mean, so that a mouth would mumble. Each shape channel
gets the rising curve that maps the distribution of its estimates (while speech is on) onto that
of the targets. The gestures get a threshold: the probability at which they count as half made.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.speech.phonemes import closes_lips
from latentsync_studio.core.speech.shapes import CHANNELS, SHAPE_RATE_HZ
from latentsync_studio.core.speech.visemes import channel_track
from latentsync_studio.engines.speech_shapes.features import RATE_HZ
from latentsync_studio.engines.speech_shapes.model import (
    NAME,
    Model,
    ModelCard,
    encoded,
    models_folder,
    packed,
    parse_model,
)
from latentsync_studio.engines.speech_shapes.network import listen
from latentsync_studio.engines.speech_shapes.training.make_corpus import degraded_take, spoken

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32

_KNOTS = 17
_MATCHED = ("open", "wide", "round", "sibilant")
_CLOSURE_RECALL = 0.91  # on training voices, degraded; costs precision
_SLACK = 4  # rows
_WIDTH = {"closed": 0.18, "lip_teeth": 0.2, "activity": 0.3}  # half width of the threshold's ramp


def measured(model: Model, minutes: float, seed: int) -> tuple[F32, F32, F32]:
    """Raw outputs (N, 7), targets (N, 7) and the peak closure of each p, b, m (K,)."""
    random = np.random.default_rng(seed)
    raw, wanted, peaks, seconds = [], [], [], 0.0
    column = CHANNELS.index("closed")
    while seconds < minutes * 60:
        utterance = spoken(random)
        if len(utterance.pcm) < RATE_HZ // 2:
            continue
        pcm, phonemes = degraded_take(utterance, random)
        heard = listen(pcm, model)
        raw.append(heard.raw)
        wanted.append(channel_track(phonemes, len(heard.raw)))
        for phoneme in phonemes:
            a = max(0, int(phoneme.start_s * SHAPE_RATE_HZ) - _SLACK)
            b = int(phoneme.end_s * SHAPE_RATE_HZ) + _SLACK + 1
            if closes_lips(phoneme.ipa) and a < len(heard.raw):
                peaks.append(float(heard.raw[a:b, column].max()))
        seconds += len(pcm) / RATE_HZ
    return np.concatenate(raw), np.concatenate(wanted), np.array(peaks, np.float32)


def curves_of(raw: F32, wanted: F32, peaks: F32) -> F32:
    """(7, 2, _KNOTS) f32: knots and values of each channel's curve, both rising."""
    speech = wanted[:, CHANNELS.index("activity")] > 0.5
    curves = np.empty((len(CHANNELS), 2, _KNOTS), np.float32)
    shares = np.linspace(0, 100, _KNOTS)
    shares[[0, -1]] = 0.2, 99.8
    for k, name in enumerate(CHANNELS):
        if name in _MATCHED:
            knots = np.percentile(raw[speech, k], shares)
            values = np.percentile(wanted[speech, k], shares)
        else:
            middle = _threshold(name, raw[:, k], wanted[:, k], peaks)
            half = min(_WIDTH[name], 0.8 * middle, 0.8 * (1 - middle))
            knots = np.linspace(middle - half, middle + half, _KNOTS)
            values = 0.5 - 0.5 * np.cos(np.pi * np.linspace(0, 1, _KNOTS))
        curves[k] = np.maximum.accumulate(knots) + 1e-6 * np.arange(_KNOTS), values
    return curves


def _threshold(name: str, raw: F32, wanted: F32, peaks: F32) -> float:
    """Closures: found often enough. Others: as often on as they should be."""
    if name == "closed":
        return float(np.percentile(peaks, 100 * (1 - _CLOSURE_RECALL)))
    return float(np.percentile(raw, 100 * float((wanted < 0.5).mean())))


def main() -> None:
    """Calibrate and write resources/models/speech_shapes.{npz,card.json}."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=500)
    parser.add_argument("--made-by", default="latentsync_studio/engines/speech_shapes/training")
    options = parser.parse_args()
    with np.load(options.weights) as stored:
        arrays = dict(stored)
    arrays["curves"] = np.zeros((len(CHANNELS), 2, 2), np.float32)
    model = parse_model(packed(arrays))
    arrays["curves"] = curves_of(*measured(model, options.minutes, options.seed))
    raw = packed(arrays)
    card = ModelCard(
        id=NAME,
        title="Mouth shapes and sound classes from speech",
        license="Apache-2.0",
        attribution="Trained for this program from scratch.",
        made_by=options.made_by,
        data="Random and made-up words in 24 languages by 34 espeak-ng 1.52 voice variants,"
        " degraded by random rooms, microphones and noise. No recording of a person.",
        metrics={},
        files={f"{NAME}.npz": hashlib.sha256(raw).hexdigest()},
    )
    (models_folder() / f"{NAME}.npz").write_bytes(raw)
    (models_folder() / f"{NAME}.card.json").write_bytes(encoded(card))


if __name__ == "__main__":
    main()
