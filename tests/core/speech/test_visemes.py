# ruff: noqa: RUF001 - IPA looks like other letters
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentsync_studio.core.speech.phonemes import SOUNDS, Phoneme, sounds_of
from latentsync_studio.core.speech.shapes import CHANNELS
from latentsync_studio.core.speech.visemes import TRACK_REACH_S, channel_track, mouth_target

OPEN, WIDE, ROUND, CLOSED, LIP_TEETH, SIBILANT, ACTIVITY = range(len(CHANNELS))


def said(*parts, start=0.3):
    phonemes = []
    for ipa, seconds in parts:
        phonemes.append(Phoneme(start_s=start, end_s=start + seconds, ipa=ipa))
        start += seconds
    return phonemes


def test_all_targets_lie_within_their_ranges():
    for sound in SOUNDS.values():
        target = mouth_target(sound)
        assert 0 <= target.open <= 1
        assert -1 <= target.wide <= 1
        assert 0 <= target.round <= 1


def test_vowels_are_ordered_as_in_the_chart():
    openness = [mouth_target(sounds_of(v)[0]).open for v in "ieɛæa"]
    assert openness == sorted(openness)
    assert mouth_target(sounds_of("i")[0]).wide > 0.6
    assert mouth_target(sounds_of("u")[0]).wide < -0.7
    assert mouth_target(sounds_of("u")[0]).round > 0.9


def test_a_long_a_opens_wide_and_rest_is_shut():
    track = channel_track(said(("a", 0.2)), 100)
    assert track[40, OPEN] > 0.85
    assert abs(track[:5, OPEN]).max() == 0
    assert track[40, ACTIVITY] == 1
    assert track[0, ACTIVITY] == 0
    assert not track.flags.writeable


@pytest.mark.parametrize("milliseconds", [20, 40, 90])
@pytest.mark.parametrize("ipa", ["p", "b", "m"])
def test_lips_close_fully_however_short_the_sound_is(ipa, milliseconds):
    track = channel_track(said(("a", 0.2), (ipa, milliseconds / 1000), ("a", 0.2)), 100)
    assert track[:, CLOSED].max() > 0.9
    rows = np.flatnonzero(track[:, CLOSED] > 0.9)
    row = int(rows[len(rows) // 2])
    assert abs(row / 100 - 0.5 - milliseconds / 2000) < 0.04
    assert track[row, OPEN] < 0.1
    assert track[35:45, OPEN].max() > 0.85
    assert track[60:70, OPEN].max() > 0.8


def test_a_stop_lets_go_before_it_ends_and_a_nasal_does_not():
    rows = {ipa: channel_track(said((ipa, 0.1)), 80)[40, CLOSED] for ipa in "pm"}
    assert rows["p"] < 0.5 < rows["m"]


def test_rounding_spreads_into_the_consonant_before_it():
    rounded = channel_track(said(("a", 0.2), ("t", 0.08), ("u", 0.2)), 100)
    spread = channel_track(said(("a", 0.2), ("t", 0.08), ("i", 0.2)), 100)
    assert rounded[54, WIDE] < spread[54, WIDE] - 0.4
    assert rounded[54, ROUND] > 0.3


def test_lip_teeth_and_sibilant_gestures_reach_their_depth():
    track = channel_track(said(("f", 0.06), ("a", 0.1), ("s", 0.06)), 100)
    assert track[33, LIP_TEETH] == 1
    assert track[49, SIBILANT] == 1


def test_diphthongs_move():
    track = channel_track(said(("aɪ", 0.3)), 100)
    assert track[38, OPEN] > 0.8
    assert track[57, OPEN] < 0.6


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(SOUNDS)), st.floats(0.01, 0.3)), min_size=1, max_size=12
    ),
    st.integers(0, 11),
)
def test_channels_stay_in_range_and_distant_rows_unchanged(parts, changed):
    before = channel_track(said(*parts), 300)
    assert before.min() >= -1
    assert before.max() <= 1
    assert before[:, [OPEN, ROUND, CLOSED, LIP_TEETH, SIBILANT, ACTIVITY]].min() >= 0
    k = changed % len(parts)
    phonemes = said(*parts)
    old = phonemes[k]
    phonemes[k] = Phoneme(start_s=old.start_s, end_s=old.end_s, ipa="m")
    after = channel_track(phonemes, 300)
    seconds = np.arange(300) / 100
    far = (seconds < old.start_s - TRACK_REACH_S) | (seconds > old.end_s + TRACK_REACH_S)
    assert np.array_equal(before[far], after[far])


def test_length_does_not_change_a_bit():
    phonemes = said(("a", 0.2), ("m", 0.1), ("o", 0.2))
    assert np.array_equal(channel_track(phonemes, 400)[:120], channel_track(phonemes, 145)[:120])


def test_sounds_beyond_the_ends_are_ignored():
    phonemes = [
        Phoneme(start_s=-0.5, end_s=-0.3, ipa="a"),
        Phoneme(start_s=5, end_s=6, ipa="b"),
    ]
    assert channel_track(phonemes, 50)[20].max() == 0
