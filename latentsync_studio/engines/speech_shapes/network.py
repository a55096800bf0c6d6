"""Speech -> mouth shapes from sound alone: a small convolutional network in plain numpy.

Language-independent; see `training/` for how it was made. Works block by block on a fixed grid,
so that each row depends on +-CONTEXT_S of samples and on nothing else, bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.arrays import frozen
from latentsync_studio.core.speech.shapes import CHANNELS, SHAPE_RATE_HZ, SpeechShapes
from latentsync_studio.engines.speech_shapes import features as ft
from latentsync_studio.engines.speech_shapes.model import Model, shipped_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from latentsync_studio.core.arrays import F32

DILATIONS = (1, 2, 4, 8, 8)
NET_REACH = 2 + sum(DILATIONS)
_SMOOTHING = (1, 2, 3, 2, 1)  # rows: no mouth moves within 10 ms, estimates do
CONTEXT_S = (ft.REACH + NET_REACH + len(_SMOOTHING) // 2) / SHAPE_RATE_HZ + ft.FRAME_REACH_S

_CODE = "1"  # raised when the same weights give other shapes
_BLOCK = 512
_MARGIN = ft.REACH + NET_REACH
_GATE_REACH = 15  # frames: a closure inside a word is no silence
_GATE_LOW_DB, _GATE_SPAN_DB = -58.0, 10.0
_CONTRAST_RELIEF_DB = 12.0  # how much lower clear but faint speech may lie
_AUDIBLE = slice(2, 26)  # mel bands 190 .. 4800 Hz, where the ear weighs speech most
_OPEN, _WIDE, _ROUND, _CLOSED, _LIP_TEETH, _SIBILANT, _ACTIVITY = range(len(CHANNELS))
_MOVED_BY_SPEECH = (_OPEN, _WIDE, _ROUND, _CLOSED, _LIP_TEETH, _SIBILANT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """All that the network makes of a speech, at 100 Hz.

    Attributes:
        raw: (M, 7) f32 outputs before calibration; gestures as probabilities.
        posteriors: (M, len(SOUND_CLASSES)) f32 probabilities of the sound classes.
        gate: (M,) f32, 0 where it is silent .. 1.
        loudness: (M,) f32 0..1.
    """

    raw: F32
    posteriors: F32
    gate: F32
    loudness: F32


def version() -> str:
    """What shapes made here depend on beside the speech; part of cache keys."""
    return f"{_CODE}-{shipped_model().sha256[:16]}"


def speech_shapes(pcm: F32, model: Model | None = None) -> SpeechShapes:
    """Estimate mouth shapes from sound alone.

    Args:
        pcm: (S,) f32 mono at 16 kHz; NaN and infinities count as silence, S may be 0.
        model: weights; the shipped ones when None.

    Returns:
        Track of S // 160 + 1 rows with source "network"; arrays are read-only.

    Raises:
        StorageError: the shipped weights are missing or damaged.
    """
    weights = model or shipped_model()
    heard = listen(pcm, weights)
    channels = calibrated(heard, weights)
    frozen(channels)
    return SpeechShapes(
        channels=channels, loudness=heard.loudness, source="network", context_s=CONTEXT_S
    )


def shape_blocks(pcm: F32, model: Model | None = None) -> Iterator[tuple[F32, F32]]:
    """Make the track of `speech_shapes` piece by piece, bit for bit the same.

    Args:
        pcm: (S,) f32 as there; may be a memory map, of which only a few seconds are read at a time.
        model: as there.

    Yields:
        (n, 7) f32 channels and (n,) f32 loudness of consecutive rows, about 5 s of speech.
    """
    weights = model or shipped_model()
    for heard in heard_blocks(pcm, weights):
        yield calibrated(heard, weights), heard.loudness


def listen(pcm: F32, model: Model | None = None) -> Heard:
    """Run the network over `pcm` (see speech_shapes)."""
    return joined(list(heard_blocks(pcm, model)))


def joined(blocks: Sequence[Heard]) -> Heard:
    """Return consecutive blocks as one, read-only."""
    raw, posteriors, gate, loudness = (
        np.concatenate([getattr(block, name) for block in blocks])
        for name in ("raw", "posteriors", "gate", "loudness")
    )
    for array in (raw, posteriors, gate, loudness):
        frozen(array)
    return Heard(raw=raw, posteriors=posteriors, gate=gate, loudness=loudness)


def heard_blocks(pcm: F32, model: Model | None = None) -> Iterator[Heard]:
    """Run the network over `pcm` piece by piece (see shape_blocks)."""
    weights = model or shipped_model()
    count = ft.frame_count(len(pcm))
    made = (_block(pcm, first, count, weights) for first in range(0, count, _BLOCK))
    before: Heard | None = None
    here = next(made)
    for after in chain(made, (None,)):
        yield replace(here, raw=_smoothed(before, here, after))
        if after is not None:
            before, here = here, after


def calibrated(heard: Heard, model: Model) -> F32:
    """Bring raw outputs to the scales of SpeechShapes; (M, 7) f32.

    Each channel passes a monotone curve; then silence shuts the mouth and closed lips do not
    open.
    """
    out = np.empty_like(heard.raw)
    for channel, (knots, values) in enumerate(model.curves):
        out[:, channel] = np.interp(heard.raw[:, channel], knots, values)
    out[:, _ACTIVITY] *= heard.gate
    awake = np.clip(out[:, _ACTIVITY] / 0.4, 0, 1)
    out[:, _MOVED_BY_SPEECH] *= awake[:, None]
    out[:, _OPEN] *= 1 - out[:, _CLOSED]
    return out


def _smoothed(before: Heard | None, here: Heard, after: Heard | None) -> F32:
    """Weighted mean over neighbouring rows, added tap by tap so that length changes no bit."""
    reach = len(_SMOOTHING) // 2
    first = np.repeat(here.raw[:1], reach, axis=0) if before is None else before.raw[-reach:]
    last = here.raw[-1:] if after is None else after.raw[:reach]
    missing = np.repeat(last[-1:], reach - len(last), axis=0)
    padded = np.concatenate((first, here.raw, last, missing))
    out = np.zeros_like(here.raw)
    for shift, tap in enumerate(_SMOOTHING):
        out += np.float32(tap / sum(_SMOOTHING)) * padded[shift : shift + len(out)]
    return out


def _block(samples: F32, first: int, count: int, model: Model) -> Heard:
    """Rows first .. first + _BLOCK, not smoothed, of a track of `count` rows."""
    log_mel, power = ft.spectrum(samples, first - _MARGIN, _BLOCK + 2 * _MARGIN)
    output = forward(ft.features(log_mel), model)
    raw, logits = output[:, : len(CHANNELS)], output[:, len(CHANNELS) :]
    raw[:, _CLOSED:] = 1 / (1 + np.exp(-raw[:, _CLOSED:]))
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    gate, loudness = _gate_and_loudness(log_mel, power)
    rows = slice(min(_BLOCK, count - first))
    return Heard(
        raw=raw[rows],
        posteriors=(odds / odds.sum(axis=1, keepdims=True))[rows],
        gate=gate[rows],
        loudness=loudness[rows],
    )


def forward(inputs: F32, model: Model) -> F32:
    """Run the layers: (n + 2 * NET_REACH, FEATURES) -> (n, 7 + classes), raw."""
    hidden = _rectified(_convolved(inputs, *model.layers[0], 1))
    for (weight, bias), dilation in zip(model.layers[1:-1], DILATIONS, strict=True):
        hidden = hidden[dilation:-dilation] + _rectified(_convolved(hidden, weight, bias, dilation))
    return _convolved(hidden, *model.layers[-1], 1)


def _convolved(inputs: F32, weight: F32, bias: F32, dilation: int) -> F32:
    """Convolve (n, in) with (taps, in, out), no padding: (n - (taps - 1) * dilation, out)."""
    rows = len(inputs) - (len(weight) - 1) * dilation
    out = inputs[:rows] @ weight[0]
    for tap in range(1, len(weight)):
        out += inputs[tap * dilation : tap * dilation + rows] @ weight[tap]
    return np.asarray(out + bias, np.float32)


def _rectified(values: F32) -> F32:
    return np.asarray(np.maximum(values, np.float32(0.1) * values), np.float32)


def _gate_and_loudness(log_mel: F32, power: F32) -> tuple[F32, F32]:
    """Silence gate and loudness of the inner rows; (n,) f32 each.

    The gate rises from 0 to 1 over -58 .. -48 dBFS of the loudest frame within 0.15 s, 12 dB
    lower where the local level stands far above the local floor. Loudness is the level of the
    bands where speech lives against the local one, 28 dB from 0 to 1, and fades where
    nothing stands out.
    """
    skip = ft.REACH + NET_REACH - ft.NORM_REACH
    energy = np.log(np.exp(log_mel[skip:-skip, _AUDIBLE]).sum(axis=1))
    contrast = ft.contrast(energy)
    _, level, _ = ft.local_levels(log_mel[skip:-skip], energy)
    inner = slice(_MARGIN, -_MARGIN)
    near = power[_MARGIN - _GATE_REACH : len(power) - _MARGIN + _GATE_REACH]
    peak = np.lib.stride_tricks.sliding_window_view(near, 2 * _GATE_REACH + 1).max(axis=1)
    relief = _CONTRAST_RELIEF_DB * np.clip((contrast - 4) / 2, 0, 1)
    gate = np.clip((ft.decibels(peak) + relief - _GATE_LOW_DB) / _GATE_SPAN_DB, 0, 1)
    rows = len(power[inner])
    relative = (energy[ft.NORM_REACH : ft.NORM_REACH + rows] - level + 5) / 6.5
    standing_out = np.clip((contrast - 0.5) / 1.5, 0, 1)
    loudness = np.clip(relative, 0, 1) * standing_out * gate
    return gate.astype(np.float32), loudness.astype(np.float32)
