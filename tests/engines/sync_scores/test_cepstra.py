"""Cepstra: against numbers of the recipe's own library, and derived anew from loops and scipy."""

import numpy as np
import pytest
from scipy.fft import dct
from scipy.signal import lfilter

from latentsync_studio.engines.sync_scores import cepstrum
from latentsync_studio.engines.sync_scores.cepstrum import as_16_bit, cepstra

# what python_speech_features 0.6 answers for `sweep()`: rows 0, 3 and 5
LIBRARY = np.array(
    [[18.266436, 3.608978, 25.33955, 13.670375, 1.062797, -17.258915, -5.183599, -13.568368,
      -40.902308, -3.578537, -23.701815, -24.475048, 5.624811],
     [18.815502, 6.729956, 23.288918, 2.802763, -12.301614, -27.075826, -15.908067, -25.058271,
      -37.497164, 7.613974, -12.446702, -6.641864, 26.622438],
     [19.099769, 8.031862, 20.756885, -1.298038, -16.552772, -38.597018, -20.548379, -18.143811,
      -35.285417, 14.561278, 0.967578, -0.119096, 26.058826]]
)  # fmt: skip


def sweep():
    t = np.arange(1200)
    tone = 9000 * np.sin(2 * np.pi * (200 * t / 16000 + 1500 * (t / 16000) ** 2))
    return np.round(tone + (t * 7919 % 601 - 300)).astype(np.int16)


def one_row(frame):
    """Cepstrum of 400 emphasized samples, step by step."""
    power = np.abs(np.fft.fft(frame, 512)[:257]) ** 2 / 512
    mel = np.linspace(0, 2595 * np.log10(1 + 8000 / 700), 28)
    bins = [int(513 * 700 * (10 ** (m / 2595) - 1) / 16000) for m in mel]
    heard = []
    for low, middle, high in zip(bins, bins[1:], bins[2:], strict=False):
        weights = [(k - low) / (middle - low) for k in range(low, middle)]
        weights += [(high - k) / (high - middle) for k in range(middle, high)]
        heard.append(np.log(np.dot(weights, power[low:high])))
    row = dct(heard, type=2, norm="ortho")[:13]
    row *= [1 + 11 * np.sin(np.pi * n / 22) for n in range(13)]
    row[0] = np.log(power.sum())
    return row


def test_the_recipes_own_library_gives_the_same_numbers():
    found = cepstra(sweep())
    assert found.shape == (6, 13)
    np.testing.assert_allclose(found[[0, 3, 5]], LIBRARY, atol=6e-7)


def test_every_step_derived_anew_gives_the_same_numbers():
    samples = (np.random.default_rng(3).standard_normal(1680) * 3000).astype(np.int16)
    emphasized = lfilter([1, -0.97], [1], samples.astype(float))
    expected = [one_row(emphasized[160 * k : 160 * k + 400]) for k in range(9)]
    np.testing.assert_allclose(cepstra(samples), expected, atol=1e-9)


@pytest.mark.parametrize(("samples", "rows"), [(0, 0), (1, 1), (400, 1), (401, 2), (560, 2)])
def test_the_last_row_is_filled_up_with_silence(samples, rows):
    noise = np.random.default_rng(0).integers(-900, 900, samples).astype(np.int16)
    found = cepstra(noise)
    assert found.shape == (rows, 13)
    assert np.isfinite(found).all()


def test_silence_has_finite_numbers_and_blocks_leave_no_seam(monkeypatch):
    samples = (np.random.default_rng(4).standard_normal(8000) * 2000).astype(np.int16)
    samples[2000:4000] = 0
    whole = cepstra(samples)
    monkeypatch.setattr(cepstrum, "_BLOCK", 7)
    np.testing.assert_allclose(cepstra(samples), whole, atol=1e-9)
    assert np.isfinite(whole).all()


def test_samples_become_the_integers_that_a_wav_file_would_hold():
    found = as_16_bit(np.array([-1.5, -1, -0.5, 0, 1 / 32768, 0.99999, 1], np.float32))
    assert found.tolist() == [-32768, -32768, -16384, 0, 1, 32767, 32767]
    assert found.dtype == np.int16
