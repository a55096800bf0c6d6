"""Visemes of channels, and what a lane of them shows at any zoom."""

from __future__ import annotations

import numpy as np

from latentsync_studio.core.speech.phonemes import Phoneme
from latentsync_studio.core.speech.viseme_lane import NOTHING, VISEMES, VisemeLane, visemes_of
from latentsync_studio.core.speech.visemes import channel_track


def test_sounds_are_called_by_what_the_lips_do():
    sounds = ("m", "f", "u", "s", "a", "i")
    phonemes = [
        Phoneme(start_s=0.3 * k, end_s=0.3 * (k + 1), ipa=ipa) for k, ipa in enumerate(sounds)
    ]
    found = visemes_of(channel_track(phonemes, 240))
    middles = [VISEMES[found[round(30 * k + 15)]] for k in range(len(sounds))]
    assert middles == ["pbm", "fv", "ou", "sz", "a", "ie"]
    assert found[230] == 0


def test_zoomed_in_each_value_is_as_wide_as_it_is():
    lane = VisemeLane(np.array([1, 1, 2, NOTHING, 0, 3], np.int8))
    assert [tuple(run) for run in lane.runs(0, 6, 60)] == [(0, 20, 1), (20, 30, 2), (50, 60, 3)]
    assert lane.runs(-10, 0, 50) == ()
    assert lane.runs(3, 3, 50) == ()


def test_zoomed_out_a_column_shows_what_it_holds_most_of():
    visemes = np.zeros(100_000, np.int8)
    visemes[::3], visemes[1::3], visemes[2::3] = 5, 5, 2
    visemes[50_000:] = 4
    runs = VisemeLane(visemes).runs(0, 100_000, 100)
    assert [tuple(run) for run in runs] == [(0, 50, 5), (50, 100, 4)]
