"""Which speech a frame hears: the rule at any frame rate, the spectrum, locality of digests."""

from fractions import Fraction

import numpy as np
import pytest

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.render.length import LengthPlan
from latentsync_studio.engines.latentsync import speech_windows as sw

RATES = [
    Fraction(24000, 1001),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(50),
    Fraction(60000, 1001),
]


def babble(seconds, seed=0):
    """Noise in syllables, f32 at 16 kHz."""
    rng = np.random.default_rng(seed)
    count = round(seconds * sw.RATE_HZ)
    loud = np.repeat(rng.random(count // 1600 + 1) ** 2, 1600)[:count]
    return (0.3 * loud * rng.standard_normal(count)).astype(np.float32)


@pytest.mark.parametrize("rate", RATES)
def test_a_frame_s_row_is_exact_at_any_rate_and_any_time(rate):
    frames = [*range(200), *range(100_000, 100_200), 5_000_000]
    starts = np.array([float(i / rate) for i in frames])
    wanted = [50 * i // rate for i in frames]
    assert sw.centers(starts).tolist() == wanted
    middles = np.array([float((i + Fraction(1, 2)) / rate) for i in range(9000)])
    found = sw.centers(sw.frame_starts(middles, float(rate)))
    assert found.tolist() == [50 * i // rate for i in range(9000)]


def test_ten_rows_are_heard_from_80_ms_before_to_100_ms_after():
    rows = sw.heard_rows(sw.centers(np.array([0.0, 0.04, 1.0 / 3])))
    assert rows[0].tolist() == list(range(-4, 6))
    assert rows[1].tolist() == list(range(-2, 8))
    assert rows[2].tolist() == list(range(12, 22))


def test_begins_follow_frames_of_changing_length():
    lengths = np.repeat([40, 20, 80], 20)
    pts = np.cumsum(lengths) - lengths
    plan = LengthPlan(
        source=np.arange(60, dtype=np.int32),
        pts=pts.astype(np.int64),
        end_pts=int(lengths.sum()),
        time_base=Fraction(1, 1000),
        n_spoken=60,
        note="",
    )
    found = sw.frame_starts(plan.middle_seconds(), 25.0)
    error = np.abs(found - pts / 1000)
    assert error.max() <= 0.011  # where the length changes
    assert np.count_nonzero(error > 1e-9) <= 4
    assert sw.frame_starts(np.array([0.5]), 25.0) == pytest.approx([0.48])


@pytest.mark.parametrize("rate", [12, 24, 25, 60, 120])
def test_one_stretch_of_five_to_ten_seconds_holds_all_that_a_window_hears(rate):
    for begin in (0.0, 28.9, 3600.01):
        center = sw.centers(begin + np.arange(16) / rate)
        (one,) = sw.stretches(center)
        assert 250 <= one.count <= sw.LONGEST
        heard = sw.heard_rows(center) - one.first
        assert heard.min() >= 50
        assert heard.max() < one.count - 50
        assert one.frames == slice(0, 16)


def test_frames_far_apart_are_heard_in_several_stretches():
    seconds = np.array([0.0, 1.0, 4.9, 5.1, 60.0, 60.5])
    found = sw.stretches(sw.centers(seconds))
    assert [part.frames for part in found] == [slice(0, 3), slice(3, 4), slice(4, 6)]
    assert all(part.count <= sw.LONGEST for part in found)


def test_the_whole_file_s_spectrum_is_the_stock_extractor_s():
    from transformers import WhisperFeatureExtractor

    pcm = babble(1.37)
    stock = WhisperFeatureExtractor()(
        pcm, sampling_rate=16_000, padding=False, truncation=False, return_tensors="np"
    ).input_features[0]
    found = sw.file_mel(pcm)
    assert found.shape == (80, len(pcm) // 160) == stock.shape
    assert np.abs(found - stock).max() < 5e-5
    assert found.dtype == np.float32


def test_inside_of_the_speech_a_stretch_s_spectrum_is_the_file_s_but_for_its_depth():
    pcm = babble(12)
    (part,) = sw.stretches(sw.centers(5 + np.arange(16) / 25))
    inside = slice(2 * part.first, 2 * (part.first + part.count))
    own, whole = sw.stretch_mel(pcm, part), sw.file_mel(pcm)[:, inside]
    high = own > own.min() + 1e-3
    assert high.mean() > 0.5
    assert np.abs(own - whole)[high].max() < 1e-5


def test_depth_is_counted_from_the_stretch_and_not_from_a_shout_elsewhere():
    """This is what keeps features local: by file, one loud word would raise every floor."""
    pcm = babble(30)
    (part,) = sw.stretches(sw.centers(5 + np.arange(16) / 25))
    before = sw.stretch_mel(pcm, part)
    whole = sw.file_mel(pcm).min()
    pcm[25 * 16_000 : 26 * 16_000] *= 20
    assert np.array_equal(sw.stretch_mel(pcm, part), before)
    assert sw.file_mel(pcm).min() > whole + 0.1


def test_a_pause_is_not_told_apart_more_finely_than_one_beside_speech():
    silence = np.zeros(16_000 * 9, np.float32)
    (part,) = sw.stretches(sw.centers(4 + np.arange(16) / 25))
    assert np.unique(sw.stretch_mel(silence, part)).tolist() == [-1.0]
    hiss = 1e-5 * np.random.default_rng(1).standard_normal(len(silence)).astype(np.float32)
    assert (sw.stretch_mel(hiss, part) == -1.0).mean() > 0.9


def test_speech_is_surrounded_by_silence():
    pcm = babble(2)
    around = np.concatenate([np.zeros(48_000, np.float32), pcm, np.zeros(48_000, np.float32)])
    for begin in (-0.2, 0.0, 1.9, 2.3):
        (part,) = sw.stretches(sw.centers(begin + np.arange(16) / 25))
        (moved,) = sw.stretches(sw.centers(3 + begin + np.arange(16) / 25))
        assert np.array_equal(sw.stretch_mel(pcm, part), sw.stretch_mel(around, moved))


def test_samples_that_are_no_numbers_are_silence():
    pcm = babble(1)
    bad = pcm.copy()
    bad[100:110], bad[200:210], pcm[100:110], pcm[200:210] = np.nan, np.inf, 0, 0
    (part,) = sw.stretches(sw.centers(np.arange(8) / 25))
    assert np.array_equal(sw.stretch_mel(bad, part), sw.stretch_mel(pcm, part))
    assert np.array_equal(sw.file_mel(bad), sw.file_mel(pcm))


def test_a_second_of_changed_speech_changes_few_digests():
    before = babble(40)
    after = before.copy()
    after[20 * 16_000 : 21 * 16_000] = babble(1, seed=9)
    starts = np.arange(1000) / 25
    windows = [FrameRange(at, min(at + 16, 1000)) for at in range(0, 1000, 16)]
    changed = [
        w.start
        for w in windows
        if sw.speech_digest(before, starts[w.start : w.stop])
        != sw.speech_digest(after, starts[w.start : w.stop])
    ]
    assert len(changed) <= 11  # of 63
    reach = 25 * 2.6
    assert min(changed) >= 500 - 16 - reach
    assert max(changed) <= 525 + reach


def test_a_digest_tells_times_apart_and_knows_the_same_speech_again():
    pcm = babble(5)
    twice = np.concatenate([pcm, np.zeros(24 * 16_000, np.float32), pcm])
    starts = np.arange(16, 32) / 25
    digest = sw.speech_digest(twice, starts)
    assert sw.speech_digest(twice, starts + 29) == digest
    assert sw.speech_digest(twice, starts + 0.04) != digest
    assert sw.speech_digest(twice, np.arange(16, 32) / 24.0) != digest
    assert sw.file_digest(pcm) != sw.file_digest(twice)
    assert sw.file_digest(pcm) == sw.file_digest(pcm.copy())
