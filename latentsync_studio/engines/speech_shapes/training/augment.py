"""What happens to speech between a mouth and a file: rooms, microphones, codecs, noise, gain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.engines.speech_shapes.features import RATE_HZ
from latentsync_studio.engines.speech_shapes.resample import resampled

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, F64


def stretched(pcm: F32, random: np.random.Generator) -> tuple[F32, float]:
    """Play faster or slower (formants move too); return it and new length / old length."""
    rate = int(random.integers(68, 93)) * 200  # 13.6 .. 18.4 kHz
    return resampled(pcm, RATE_HZ, rate), rate / RATE_HZ


def degraded(pcm: F32, random: np.random.Generator) -> F32:
    """Equaliser, reverb, saturation, gain drift, noise and level, each by chance."""
    out = _filtered(np.asarray(pcm, np.float64), random)
    power = float(np.sqrt(np.mean(out**2))) + 1e-9
    if random.random() < 0.25:
        out = np.tanh(out / power * random.uniform(0.2, 1.0)) * power
    if random.random() < 0.5:
        knots = np.linspace(0, len(out), 6)
        out *= 10 ** (np.interp(np.arange(len(out)), knots, random.normal(0, 3, 6)) / 20)
    if random.random() < 0.75:
        out += noise(len(out), random) * power * 10 ** (-random.uniform(3, 42) / 20)
    peak = float(np.abs(out).max()) + 1e-9
    return (out / peak * 10 ** (-random.uniform(1, 30) / 20)).astype(np.float32)


def noise(samples: int, random: np.random.Generator) -> F64:
    """(samples,) noise of RMS 1: coloured, sometimes fluctuating, with hum or with tones."""
    lines = np.fft.rfft(random.normal(0, 1, samples))
    lines /= np.maximum(np.arange(len(lines)), samples / 200) ** random.uniform(0, 0.7)
    out = np.fft.irfft(lines, samples)
    out /= out.std() + 1e-12
    if random.random() < 0.35:
        knots = max(4, samples // 3000)
        swell = random.uniform(0, 1, knots) ** 2
        out *= np.interp(np.arange(samples), np.linspace(0, samples, knots), swell)
    if random.random() < 0.2:
        t = np.arange(samples) / RATE_HZ
        base = random.choice([50.0, 60.0, 100.0, 120.0])
        out += sum(np.sin(2 * np.pi * base * k * t) / k for k in range(1, 5))
    if random.random() < 0.2:
        out += _melody(samples, random) * random.uniform(0.3, 2)
    return np.asarray(out / (out.std() + 1e-12), np.float64)


def _melody(samples: int, random: np.random.Generator) -> F64:
    """Plucked harmonic notes: music must not open the mouth."""
    out = np.zeros(samples)
    start = 0
    while start < samples:
        length = int(random.uniform(0.12, 0.8) * RATE_HZ)
        t = np.arange(min(length, samples - start)) / RATE_HZ
        pitch = 110 * 2 ** (random.integers(0, 36) / 12)
        tone = sum(np.sin(2 * np.pi * pitch * k * t) / k**1.5 for k in range(1, 6))
        out[start : start + len(t)] += tone * np.exp(-t * random.uniform(1, 8))
        start += length // int(random.integers(1, 3))
    return out


def _filtered(pcm: F64, random: np.random.Generator) -> F64:
    """Random equaliser, band limits and reverb in one pass over the spectrum."""
    size = 1 << int(len(pcm) + RATE_HZ // 2).bit_length()
    lines = np.fft.rfft(pcm, size)
    hertz = np.fft.rfftfreq(size, 1 / RATE_HZ)
    gain_db = np.zeros(len(hertz))
    if random.random() < 0.7:
        gain_db += np.interp(hertz, np.linspace(0, 8000, 9), random.normal(0, 5, 9))
    if random.random() < 0.3:
        gain_db -= 24 * np.maximum(0, np.log2(hertz / random.uniform(2800, 7000) + 1e-9))
    if random.random() < 0.3:
        gain_db -= 12 * np.maximum(0, -np.log2(hertz / random.uniform(80, 320) + 1e-3))
    lines *= 10 ** (np.maximum(gain_db, -80) / 20)
    if random.random() < 0.5:
        t = np.arange(int(random.uniform(0.05, 0.45) * RATE_HZ))
        room = random.normal(0, 1, len(t)) * np.exp(-t / RATE_HZ / random.uniform(0.02, 0.13))
        room[0] = random.uniform(4, 20)
        lines *= np.fft.rfft(room / room[0], size)
    return np.fft.irfft(lines, size)[: len(pcm)]
