import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentsync_studio.media.peaks import BASE, PeakPyramid, base_peaks, levels_of

RATE = 48_000


def pyramid_of(samples):
    """The pyramid of (channels, n) samples."""
    blocks = [samples[:, at : at + 4096] for at in range(0, samples.shape[1], 4096)]
    base = np.concatenate([*base_peaks(blocks), np.zeros((0, 2), np.int16)])
    return PeakPyramid(rate_hz=RATE, n_samples=samples.shape[1], levels=levels_of(base))


def noise(n, channels=2):
    return np.random.default_rng(3).uniform(-1, 1, (channels, n)).astype(np.float32)


def test_a_tile_at_the_base_is_the_smallest_and_largest_sample_of_all_channels():
    samples = noise(BASE * 40)
    tile = pyramid_of(samples).tile(0, BASE, 40)
    parts = samples.reshape(2, 40, BASE)
    assert np.allclose(tile[:, 0], parts.min(axis=(0, 2)), atol=1e-4)
    assert np.allclose(tile[:, 1], parts.max(axis=(0, 2)), atol=1e-4)


@pytest.mark.parametrize("step", [1, 7.3, 256, 1000, 1024, 5000.5, 300_000])
def test_a_click_is_seen_at_every_zoom_where_it_is(step):
    samples = np.zeros((1, 1_000_000), np.float32)
    samples[0, 600_123] = -0.75
    tile = pyramid_of(samples).tile(599_000, step, 4000)
    seen = np.flatnonzero(tile[:, 0] < -0.7)
    assert seen.size
    at = 599_000 + seen * step
    assert at.min() - max(step, BASE) <= 600_123 <= at.max() + max(step, BASE)
    assert seen.size <= max(BASE / step, 1) + 2


@given(st.floats(-5e5, 1.5e6), st.floats(0.01, 1e5), st.integers(1, 300), st.integers(0, 900_000))
@settings(max_examples=60, deadline=None)
def test_no_tile_lies_outside_of_the_sound_or_its_peaks(start, step, width, length):
    samples = np.full((1, length), 0.5, np.float32)
    tile = pyramid_of(samples).tile(start, step, width)
    assert tile.shape == (width, 2)
    left = start + np.arange(width) * step
    sounding = (left + step > 0) & (left < length)
    assert not tile[~sounding].any()
    if length:
        inside = (left >= 0) & (left < length)
        assert np.allclose(tile[inside], 0.5, atol=1e-4)


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.int32, np.float32, np.float64])
def test_samples_of_all_kinds_have_the_same_full_scale(kind):
    tone = np.sin(np.arange(8192) / 20) * 0.5
    if kind is np.uint8:
        samples = np.rint(tone * 128 + 128).astype(kind)
    elif np.issubdtype(kind, np.integer):
        samples = np.rint(tone * 2.0 ** (8 * kind().itemsize - 1)).astype(kind)
    else:
        samples = tone.astype(kind)
    tile = pyramid_of(samples[None]).tile(0, 8192, 1)
    assert tile[0] == pytest.approx([-0.5, 0.5], abs=0.01)


def test_what_is_no_number_or_overdriven_stays_within_full_scale():
    samples = np.array([[np.nan, np.inf, -np.inf, 7.0, -3.0] * 100], np.float32)
    tile = pyramid_of(samples).tile(0, 600, 1)
    assert np.isfinite(tile).all()
    assert np.abs(tile).max() <= 1


def test_silence_is_exactly_zero():
    assert not pyramid_of(np.zeros((2, 100_000), np.int16)).tile(0, 300, 300).any()


def test_a_tile_is_quick_at_every_zoom():
    pyramid = pyramid_of(noise(RATE * 120, 1))
    for step in (0.5, 20, 256, 1000, 3000):
        best = 1.0
        for _ in range(20):
            began = time.perf_counter()
            pyramid.tile(12_345, step, 1920)
            best = min(best, time.perf_counter() - began)
        assert best < 0.001, step  # some 0.1 ms on an idle machine
