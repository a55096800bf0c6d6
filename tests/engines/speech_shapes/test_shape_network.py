import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentsync_studio.core.speech.phonemes import SOUND_CLASSES, closes_lips
from latentsync_studio.core.speech.shapes import CHANNELS
from latentsync_studio.core.speech.visemes import channel_track
from latentsync_studio.engines.speech_shapes import espeak
from latentsync_studio.engines.speech_shapes.network import (
    CONTEXT_S,
    listen,
    shape_blocks,
    speech_shapes,
    version,
)
from latentsync_studio.engines.speech_shapes.resample import resampled

COLUMN = {name: k for k, name in enumerate(CHANNELS)}


def everything(pcm):
    heard, shapes = listen(pcm), speech_shapes(pcm)
    return np.column_stack((heard.raw, heard.posteriors, shapes.channels, shapes.loudness))


def seconds_of(rows):
    return np.arange(len(rows)) / 100


def test_the_reach_is_at_most_one_and_a_half_seconds():
    assert CONTEXT_S <= 1.5
    assert speech_shapes(np.zeros(160, np.float32)).context_s == CONTEXT_S


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 8 * 16000 - 1), st.integers(1, 20000), st.sampled_from([0.0, 0.5]))
def test_an_edit_changes_no_bit_beyond_its_reach(babble, start, length, value):
    changed = babble.copy()
    changed[start : start + length] = value
    before, after = everything(babble), everything(changed)
    end = min(start + length, len(babble)) / 16000
    seconds = seconds_of(before)
    far = (seconds < start / 16000 - CONTEXT_S) | (seconds > end + CONTEXT_S)
    assert np.array_equal(before[far], after[far])


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 8 * 16000))
def test_the_length_of_the_file_changes_no_bit_before_its_end(babble, length):
    whole, cut = everything(babble), everything(babble[:length])
    same = seconds_of(cut) < length / 16000 - CONTEXT_S
    assert np.array_equal(whole[: len(cut)][same], cut[same])


def test_an_edit_does_change_what_it_touches(babble):
    changed = babble.copy()
    changed[80000:90000] = 0
    assert not np.array_equal(everything(babble)[500:560], everything(changed)[500:560])


@pytest.mark.parametrize("samples", [0, 1, 159, 160, 161, 3000])
def test_any_length_has_its_rows(samples):
    shapes = speech_shapes(np.full(samples, 0.1, np.float32))
    assert shapes.channels.shape == (samples // 160 + 1, len(CHANNELS))
    assert shapes.loudness.shape == (samples // 160 + 1,)
    assert shapes.source == "network"
    assert not shapes.channels.flags.writeable
    assert np.isfinite(shapes.channels).all()


@pytest.mark.parametrize("level", [0.0, 1e-4, 1e-3])
def test_silence_and_room_noise_leave_the_mouth_shut(level):
    noise = np.random.default_rng(0).normal(0, 1, 5 * 16000).astype(np.float32) * level
    shapes = speech_shapes(noise)
    assert shapes.channels[:, COLUMN["activity"]].max() < 0.05
    assert np.abs(shapes.channels).max() < 0.05
    assert shapes.loudness.max() < 0.05


def test_loud_steady_noise_leaves_the_mouth_shut():
    noise = np.random.default_rng(1).normal(0, 0.1, 6 * 16000).astype(np.float32)
    shapes = speech_shapes(noise)
    assert shapes.channels[150:-150, COLUMN["open"]].mean() < 0.05


def test_all_channels_stay_in_range_for_wild_input(babble):
    wild = np.clip(babble * 50, -1, 1)
    wild[5000:5100] = np.nan
    wild[9000:9010] = np.inf
    shapes = speech_shapes(wild)
    low = np.array([-1.0 if name == "wide" else 0.0 for name in CHANNELS])
    assert (shapes.channels >= low - 1e-6).all()
    assert (shapes.channels <= 1 + 1e-6).all()
    assert ((shapes.loudness >= 0) & (shapes.loudness <= 1)).all()


def test_posteriors_are_probabilities(babble):
    posteriors = listen(babble).posteriors
    assert posteriors.shape[1] == len(SOUND_CLASSES)
    assert posteriors.sum(axis=1) == pytest.approx(1, abs=1e-4)


def test_the_version_names_the_weights():
    assert len(version()) > 10


def correlation(shapes, utterance, name):
    wanted = channel_track(utterance.phonemes, len(shapes.channels))
    k = COLUMN[name]
    return np.corrcoef(shapes.channels[:, k], wanted[:, k])[0, 1]


def test_speech_opens_spreads_and_rounds_the_mouth(utterance):
    shapes = speech_shapes(utterance.pcm)
    assert correlation(shapes, utterance, "open") > 0.8
    assert correlation(shapes, utterance, "wide") > 0.7
    assert np.percentile(shapes.channels[:, COLUMN["open"]], 98) > 0.7


def test_lips_close_on_p_b_and_m(utterance):
    closed = speech_shapes(utterance.pcm).channels[:, COLUMN["closed"]]
    spans = [(p.start_s, p.end_s) for p in utterance.phonemes if closes_lips(p.ipa)]
    met = [
        closed[max(0, int((a - 0.04) * 100)) : int((b + 0.04) * 100) + 1].max() > 0.5
        for a, b in spans
    ]
    assert len(spans) > 12
    assert np.mean(met) >= 0.9
    wanted = channel_track(utterance.phonemes, len(closed))[:, COLUMN["closed"]]
    assert (closed > 0.5).mean() < (wanted > 0.5).mean() + 0.1


@pytest.mark.parametrize("gain", [0.05, 0.25, 3.0])
def test_gain_changes_next_to_nothing(utterance, gain):
    plain = speech_shapes(utterance.pcm)
    scaled = speech_shapes(utterance.pcm * np.float32(gain))
    assert np.abs(plain.channels - scaled.channels).mean() < 0.02
    assert np.abs(plain.loudness - scaled.loudness).mean() < 0.02


def test_clipped_and_telephone_speech_still_moves_the_mouth(utterance):
    clipped = np.clip(utterance.pcm * 8, -0.5, 0.5)
    assert correlation(speech_shapes(clipped), utterance, "open") > 0.7
    telephone = resampled(resampled(utterance.pcm, 16000, 8000), 8000, 16000)
    assert correlation(speech_shapes(telephone), utterance, "open") > 0.7


def test_the_pause_between_sentences_is_silent(voice):
    said = [espeak.speak(text, "en-us", voice).pcm for text in ("A bad apple.", "Go home.")]
    quiet = np.random.default_rng(0).normal(0, 3e-4, 2 * 16000)
    pcm = np.concatenate((said[0], quiet, said[1])).astype(np.float32)
    pcm += np.random.default_rng(1).normal(0, 3e-4, len(pcm)).astype(np.float32)
    middle = len(said[0]) // 160 + 100
    pause = speech_shapes(pcm).channels[middle - 60 : middle + 60]
    assert pause[:, COLUMN["activity"]].max() < 0.2
    assert pause[:, COLUMN["open"]].max() < 0.05


@pytest.mark.parametrize("rows", [1, 2, 511, 512, 513, 514, 1024, 1025])
def test_shapes_made_in_blocks_are_bit_for_bit_those_of_the_whole(babble, tmp_path, rows):
    pcm = np.resize(babble, rows * 160 - 1)
    pcm.tofile(tmp_path / "pcm")
    mapped = np.memmap(tmp_path / "pcm", np.float32, "r")
    channels, loudness = zip(*shape_blocks(mapped), strict=True)
    whole = speech_shapes(pcm)
    assert max(map(len, loudness)) <= 512
    np.testing.assert_array_equal(np.concatenate(channels), whole.channels)
    np.testing.assert_array_equal(np.concatenate(loudness), whole.loudness)


def test_blocks_are_computed_as_they_are_asked_for(babble):
    pcm = np.resize(babble, 100 * 16000)
    read = []

    class Watched:
        def __len__(self):
            return len(pcm)

        def __getitem__(self, part):
            read.append(part.stop)
            return pcm[part]

    blocks = shape_blocks(Watched())
    next(blocks)
    assert max(read) < 15 * 16000
