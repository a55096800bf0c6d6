"""Histograms and waveforms count what is in the picture, where it is."""

from __future__ import annotations

import numpy as np
import pytest

from latentsync_studio.imaging.light import histogram, luma, waveform


def test_a_plain_picture_is_one_level_of_each_channel():
    picture = np.empty((20, 30, 3), np.uint8)
    picture[:] = (200, 100, 50)
    counts = histogram(picture)
    assert counts.sum(axis=1) == pytest.approx(np.ones(4))
    assert counts[:, [200, 100, 50]].max(axis=1)[1:] == pytest.approx(np.ones(3))
    assert counts[0, round(0.2126 * 200 + 0.7152 * 100 + 0.0722 * 50)] == pytest.approx(1)
    assert (luma(np.full((4, 4, 3), 255, np.uint8)) == 255).all()


def test_a_ramp_rises_from_left_to_right_in_the_waveform():
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2).repeat(8, axis=0)
    found = waveform(ramp, 64)
    assert found.shape == (4, 256, 64)
    assert found.sum(axis=1) == pytest.approx(np.ones((4, 64)))
    middle = (found * np.arange(256)[None, :, None]).sum(axis=1)
    assert middle[1] == pytest.approx(np.arange(64) * 4 + 1.5)


@pytest.mark.parametrize("shape", [(1080, 1920), (7, 5)])
def test_large_pictures_are_thinned_and_small_ones_have_fewer_columns(shape):
    picture = np.random.default_rng(1).integers(0, 256, (*shape, 3), np.uint8)
    found = waveform(picture, 256)
    assert found.shape[2] == min(256, shape[1])
    assert found.sum(axis=1) == pytest.approx(np.ones((4, found.shape[2])), abs=1e-4)
    assert histogram(picture).sum(axis=1) == pytest.approx(np.ones(4), abs=1e-4)
