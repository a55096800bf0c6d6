"""Silence is heard as silence, held or left alone; where somebody speaks nothing changes."""

from dataclasses import replace

import numpy as np
import pytest
from msgspec.structs import replace as with_values

from latentsync_studio.core.settings.latentsync import LatentSyncSilence
from latentsync_studio.engines.latentsync.hearing import Hearing, held, hushed, speaking_track
from tests.engines.latentsync.takes import QUICK, SPOKEN_S, small_take
from tests.engines.mouthbank.conftest import shapes_of


def hearing(policy, pcm=None, **values):
    take = small_take()
    take = take if pcm is None else replace(take, pcm=pcm)
    settings = with_values(QUICK, silence=LatentSyncSilence(policy=policy), **values)
    return Hearing(take, settings), take


def test_noise_between_words_is_turned_down_and_words_are_untouched():
    noise = np.full(16_000 * 2, 0.05, np.float32)
    heard, _ = hearing("close", noise)
    spoken = slice(0, int(SPOKEN_S * 16_000))
    np.testing.assert_array_equal(heard.pcm[spoken], noise[spoken])
    assert np.abs(heard.pcm[-4000:]).max() < 1e-4
    assert (heard.shown == 1.0).all()


def test_held_frames_hear_what_was_said_last():
    heard, take = hearing("hold")
    times = heard.starts
    spoken = times < SPOKEN_S
    np.testing.assert_allclose(times[spoken], take.seconds[spoken] - 0.02, atol=1e-9)
    assert len(np.unique(times[-8:])) == 1
    assert times[-1] == pytest.approx(SPOKEN_S, abs=0.15)


def test_frames_before_the_first_word_keep_their_times():
    speaking = np.concatenate([np.zeros(50), np.ones(50)])
    seconds = np.array([0.1, 0.3, 0.6, 0.8])
    np.testing.assert_array_equal(held(seconds, speaking), seconds)


def test_hearing_everything_changes_nothing():
    heard, take = hearing("hear")
    assert heard.pcm is take.pcm
    assert (heard.shown == 1.0).all()


def test_speech_begins_a_little_before_its_first_sound_and_fades_in():
    spoken = np.zeros(200)
    spoken[100:150] = 1.0
    track = speaking_track(shapes_of(spoken, spoken), 100.0)
    assert (track[92:158] > 0.999).all()
    assert 0.0 < track[87] < 1.0
    assert track[81] == track[169] == 0.0
    assert len(track) == 200


def test_without_shapes_nothing_is_turned_down():
    pcm = np.ones(100, np.float32)
    assert hushed(pcm, np.zeros(0)) is pcm


def test_the_digest_is_local_unless_the_whole_file_is_heard_at_once():
    take = small_take()
    changed = take.pcm.copy()
    changed[:100] += 0.01
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.engines.latentsync.blending import model_windows

    (chunk,) = model_windows(FrameRange(16, 32), FrameRange(0, 42))
    far = replace(take, seconds=take.seconds + 10.0)
    for exact, differs in ((False, False), (True, True)):
        settings = with_values(QUICK, exact_audio=exact, silence=LatentSyncSilence(policy="hear"))
        digests = [
            Hearing(replace(far, pcm=each), settings).digest(chunk) for each in (take.pcm, changed)
        ]
        assert (digests[0] != digests[1]) is differs
