import numpy as np
import pytest

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.speech.phonemes import Phoneme
from latentsync_studio.core.speech.sync import (
    closure_recall,
    follow,
    silence_leak,
    without_slow_part,
)


def curve(seconds):
    """Sums of incommensurate tones: like speech, it resembles itself at no small lag."""
    return sum(np.sin(2 * np.pi * f * seconds + f * f) for f in (1.3, 2.1, 3.4, 4.9, 5.6))


FRAMES = np.arange(250) / 25


@pytest.mark.parametrize("lag", [-5, -1, 0, 2, 7])
def test_a_known_lag_is_found_with_its_sign(lag):
    found = follow(curve(FRAMES - lag / 25), curve(FRAMES), FRAMES)
    assert found.lag_frames == pytest.approx(lag, abs=0.15)
    assert found.peak > 0.97
    assert found.confidence > 0.5


def test_at_lag_zero_the_correlation_is_the_peak():
    found = follow(0.02 + 0.1 * curve(FRAMES), curve(FRAMES), FRAMES)
    assert found.correlation == pytest.approx(1)
    assert found.peak == pytest.approx(found.correlation)
    assert found.frames == len(FRAMES)


def test_a_lag_between_frames_is_found():
    found = follow(curve(FRAMES - 1.5 / 25), curve(FRAMES), FRAMES)
    assert found.lag_frames == pytest.approx(1.5, abs=0.3)


@pytest.mark.parametrize("rate", [24.0, 24_000 / 1001, 48.0])
def test_the_lags_that_nobody_notices_hold_125_ms_at_the_rates_of_film(rate):
    lag = round(0.125 * rate)
    for start in (0.0, 1000.1, 3599.98):  # times are not exact
        seconds = start + np.arange(240) / rate
        found = follow(curve(seconds - lag / rate), curve(seconds), seconds)
        assert found.near == pytest.approx(found.peak)


def test_unrelated_curves_have_no_confidence():
    random = np.random.default_rng(3)
    noise = [np.convolve(random.normal(size=404), np.ones(5), "valid") for _ in range(2)]
    found = follow(noise[0], noise[1], np.arange(400) / 25)
    assert abs(found.correlation) < 0.25
    assert found.confidence < 0.35


def test_slow_drift_does_not_count():
    drift = 5 * np.sin(2 * np.pi * 0.05 * FRAMES)
    found = follow(curve(FRAMES) + drift, curve(FRAMES), FRAMES)
    assert found.correlation > 0.95


def test_unknown_frames_and_uneven_times_are_allowed():
    random = np.random.default_rng(0)
    seconds = np.cumsum(random.uniform(0.02, 0.06, 300))
    aperture = curve(seconds)
    aperture[random.random(300) < 0.3] = np.nan
    found = follow(aperture, curve(seconds), seconds)
    assert found.correlation > 0.95
    assert found.frames == np.isfinite(aperture).sum()


@pytest.mark.parametrize("frames", [0, 1, 5])
def test_too_few_frames_give_nan(frames):
    assert np.isnan(follow(np.ones(frames), np.ones(frames), np.arange(frames) / 25).correlation)


def test_a_flat_or_unknown_mouth_gives_nan():
    for aperture in (np.zeros(250), np.full(250, np.nan)):
        assert np.isnan(follow(aperture, curve(FRAMES), FRAMES).correlation)


def test_wrong_lengths_and_times_are_refused():
    with pytest.raises(InputError, match="250 frame times but 3 values"):
        follow(np.ones(3), np.ones(250), FRAMES)
    with pytest.raises(InputError, match="must rise"):
        follow(curve(FRAMES), curve(FRAMES), FRAMES[::-1])
    with pytest.raises(InputError, match="3 apertures but 2"):
        silence_leak(np.ones(3), np.ones(2, bool))


def test_the_slow_part_is_a_constant_of_a_constant():
    values = np.full(250, 3.0)
    values[50] = np.nan
    rest = without_slow_part(values, FRAMES)
    assert np.isnan(rest[50])
    assert np.nanmax(np.abs(rest)) < 1e-12


def test_closures_are_counted_within_the_slack():
    phonemes = [
        Phoneme(start_s=1.0, end_s=1.08, ipa="p"),
        Phoneme(start_s=2.0, end_s=2.08, ipa="m"),
        Phoneme(start_s=3.0, end_s=3.08, ipa="b"),
        Phoneme(start_s=4.0, end_s=4.08, ipa="t"),
        Phoneme(start_s=99.0, end_s=99.1, ipa="p"),
    ]
    aperture = np.full(250, 0.1)
    aperture[26] = 0.01  # inside /p/
    aperture[48] = 0.01  # two frames before /m/
    aperture[74:79] = np.nan  # /b/ is not seen
    assert closure_recall(aperture, FRAMES, phonemes, shut_below=0.02) == (1, 2)
    assert closure_recall(aperture, FRAMES, phonemes, shut_below=0.02, slack_frames=2) == (2, 3)


def test_leak_is_the_ratio_of_movements():
    speech = np.arange(200) < 100
    aperture = np.where(np.arange(200) % 2 == 0, 0.0, np.where(speech, 0.4, 0.1))
    assert silence_leak(aperture, speech) == pytest.approx(0.25)


def test_shutting_after_speech_is_no_leak():
    speech = np.arange(200) < 100
    aperture = np.where(speech, np.arange(200) % 3 * 0.1, 0.0)
    aperture[100:102] = 0.3, 0.1
    assert silence_leak(aperture, speech) == 0


def test_leak_is_none_without_silence_or_movement():
    aperture = np.arange(50) % 2 * 0.1
    assert silence_leak(aperture, np.ones(50, bool)) is None
    assert silence_leak(np.zeros(50), np.arange(50) < 25) is None
    assert silence_leak(np.zeros(0), np.zeros(0, bool)) is None
