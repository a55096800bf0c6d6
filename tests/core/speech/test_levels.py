"""Level, noise, clipping and silence of recordings that are known."""

import numpy as np
import pytest

from latentsync_studio.core.speech.levels import (
    clipped_samples,
    figures_of,
    levels_db,
    silences,
)

RATE = 16_000


def words(noise=0.0, loud=0.3, seed=1):
    """Six seconds: one of talk, a pause of two, three of talk with short breaks."""
    time = np.arange(6 * RATE) / RATE
    talk = loud * np.sin(2 * np.pi * 180 * time) * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * time))
    talk[RATE : 3 * RATE] = 0
    for start in (3.6, 4.6, 5.5):
        talk[int(start * RATE) : int((start + 0.2) * RATE)] = 0
    hiss = noise * np.random.default_rng(seed).standard_normal(len(time))
    return (talk + hiss).astype(np.float32)


def test_the_level_of_a_sine_is_three_decibels_below_its_peak():
    time = np.arange(RATE) / RATE
    levels = levels_db(np.sin(2 * np.pi * 100 * time), RATE)
    assert len(levels) == 50
    assert levels == pytest.approx(-3.01, abs=0.02)
    both = levels_db(np.stack([np.zeros(RATE), 0.5 * np.ones(RATE)]), RATE)
    assert both == pytest.approx(-6.02, abs=0.01)
    assert np.isneginf(levels_db(np.zeros(RATE), RATE)).all()


@pytest.mark.parametrize("hiss", [0.0003, 0.003, 0.03])
def test_the_distance_of_speech_and_noise_is_found(hiss):
    figures = figures_of(levels_db(words(hiss), RATE))
    assert figures.noise_db == pytest.approx(20 * np.log10(hiss), abs=1.0)
    assert figures.speech_db == pytest.approx(-14.0, abs=1.5)
    assert figures.snr_db == pytest.approx(figures.speech_db - figures.noise_db)


@pytest.mark.parametrize("hiss", [0.0, 0.0003, 0.01])
def test_the_pause_is_where_it_is(hiss):
    figures = figures_of(levels_db(words(hiss), RATE))
    found = silences(figures.silent)
    assert found[0] == (pytest.approx(1.0, abs=0.05), pytest.approx(3.0, abs=0.05))
    assert len(found) == 1  # breaks between words are none
    assert figures.silence_share == pytest.approx(2.6 / 6, abs=0.06)


def test_digital_silence_is_silence_and_no_noise():
    figures = figures_of(levels_db(np.zeros(RATE), RATE))
    assert np.isneginf(figures.speech_db)
    assert figures.silence_share == 1.0
    gated = figures_of(levels_db(words(), RATE))
    assert np.isneginf(gated.noise_db)
    assert figures_of(np.zeros(0, np.float32)).silence_share == 1.0


def test_only_runs_at_full_scale_count_as_clipped():
    signal = np.zeros((2, 100), np.float32)
    signal[0, 10:14] = 1.0  # four in a row
    signal[0, 30] = signal[0, 40:42] = 1.0  # peaks that just fit
    signal[1, 50:53] = -1.0
    assert clipped_samples(signal) == 7
    assert figures_of(levels_db(signal, 1000), clipped=7, samples=200).clipped == 35_000
    assert clipped_samples(np.zeros(0)) == 0


def test_places_that_do_not_follow_each_other_are_no_long_silence():
    silent = np.ones(60, np.bool_)
    starts = [0.02 * k for k in range(30)] + [100 + 0.02 * k for k in range(30)]
    assert silences(silent, starts) == [
        (0.0, pytest.approx(0.6)),
        (100.0, pytest.approx(100.6)),
    ]
