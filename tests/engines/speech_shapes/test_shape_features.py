import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentsync_studio.engines.speech_shapes import features as ft


def rows_of(pcm, count=200):
    log_mel, _ = ft.spectrum(ft.cleaned(pcm), -ft.REACH, count + 2 * ft.REACH)
    return ft.features(log_mel)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 31000), st.integers(1, 4000))
def test_a_change_reaches_no_further_than_promised(start, length):
    random = np.random.default_rng(start)
    pcm = random.normal(0, 0.1, 32000).astype(np.float32)
    changed = pcm.copy()
    changed[start : start + length] = 0
    before, after = rows_of(pcm), rows_of(changed)
    reach = ft.REACH * ft.HOP + 200
    middles = np.arange(200) * ft.HOP
    far = (middles < start - reach) | (middles > start + length + reach)
    assert np.array_equal(before[far], after[far])
    assert not np.array_equal(before, after)


def swelling_noise(seed):
    t = np.arange(6 * 16000)
    return np.random.default_rng(seed).normal(0, 0.1, len(t)) * (1.1 + np.sin(t / 700))


def inner_rows_of(pcm):
    return rows_of(pcm.astype(np.float32), 600)[ft.REACH + 2 : -ft.REACH - 2]


def test_gain_drops_out():
    pcm = swelling_noise(1)
    assert np.abs(inner_rows_of(pcm) - inner_rows_of(pcm / 16)).max() < 0.02


def test_a_fixed_equaliser_drops_out_of_the_channel_free_bands():
    pcm = swelling_noise(2)
    filtered = pcm - 0.9 * np.concatenate(([0], pcm[:-1]))
    difference = inner_rows_of(pcm) - inner_rows_of(filtered)
    assert np.abs(difference[:, : ft.MEL_BANDS]).mean() < 0.1
    assert np.abs(difference[:, ft.MEL_BANDS : -3]).mean() > 0.3


def test_a_tone_lights_its_band():
    tone = 0.3 * np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000).astype(np.float32)
    log_mel, power = ft.spectrum(tone, 20, 5)
    assert power == pytest.approx(0.045, rel=0.02)
    assert len(set(log_mel.argmax(axis=1))) == 1
    assert log_mel.max() > log_mel[:, -1].max() + 8


def test_bad_samples_become_silence():
    assert np.array_equal(
        ft.cleaned(np.array([np.nan, np.inf, -np.inf, 0.5, 99])), np.array([0, 0, 0, 0.5, 8])
    )
