import numpy as np
import pytest

from latentsync_studio.engines.speech_shapes.resample import resampled


def tone(hertz, rate, seconds=0.5):
    return np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate).astype(np.float32)


@pytest.mark.parametrize(("source", "target"), [(22050, 16000), (16000, 8000), (8000, 16000)])
def test_a_tone_keeps_its_place_and_height(source, target):
    out = resampled(tone(440, source), source, target)
    wanted = tone(440, target)
    assert len(out) == len(wanted)
    assert np.abs(out - wanted)[300:-300].max() < 2e-3


def test_what_cannot_be_represented_vanishes():
    out = resampled(tone(6000, 16000), 16000, 8000)
    assert np.abs(out[300:-300]).max() < 0.01


def test_the_same_rate_and_nothing_pass_through():
    pcm = tone(100, 16000)
    assert resampled(pcm, 16000, 16000) is pcm
    assert len(resampled(pcm[:0], 22050, 16000)) == 0
