"""What strips draw: extremes at every zoom, gaps, ranges, and words."""

from __future__ import annotations

import numpy as np
import pytest

from latentsync_studio.core.quality.laid import Laid
from latentsync_studio.core.quality.limits import Limits
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.services.timeline.heard import PEAKS, SHAPES, Heard
from latentsync_studio.services.timeline.timing import WindowTime
from latentsync_studio.ui.scopes import speech_strips
from latentsync_studio.ui.scopes.lines import Band, Line, Points, value_range
from latentsync_studio.ui.scopes.quality_strips import FIRST, Measured, chosen_names
from latentsync_studio.ui.scopes.speech_strips import speech_view
from latentsync_studio.ui.scopes.timing_strips import sums_of, timing_specs
from tests.ui.quality.bench import COUNT, measured

NAN = float("nan")


class Words(dict):
    def __missing__(self, key):
        return key


def test_an_hour_is_as_many_columns_as_there_is_room_and_no_spike_is_lost():
    values = np.zeros(90_000, np.float32)
    values[[4321, 77_777]] = 9, -9
    found = Line.of("a", values, "accent").part(0, 90_000, 1000)
    assert isinstance(found, Band)
    assert len(found.low) == len(found.high) == 1000
    assert np.flatnonzero(found.high == 9).tolist() == [4321 // 90]
    assert np.flatnonzero(found.low == -9).tolist() == [77_777 // 90]


def test_zoomed_in_each_value_stands_in_the_middle_of_its_frame():
    found = Line.of("a", np.arange(100, dtype=np.float32), "accent").part(10, 20, 1000)
    assert isinstance(found, Points)
    assert found.frames[found.values == 12][0] == 12.5
    assert found.frames[0] <= 10
    assert found.frames[-1] >= 20


def test_the_range_leaves_out_single_spikes_and_the_unknown():
    values = np.full(5000, 2.0, np.float32)
    values[10], values[11], values[12] = 900, np.nan, np.inf
    low, high = value_range(values)
    assert low < 2 < high < 10
    assert value_range(np.full(3, np.nan, np.float32)) == (0.0, 1.0)


def test_a_strip_tells_result_source_and_limit_at_a_frame():
    part = Laid(measured(), 20, FrameRange(20, 20 + COUNT))
    spans = {"sharpness": (FrameRange(60, 100),)}
    view = Measured(parts=(part,), stop=300, limits=Limits(), marked=spans, most=12, words=Words())
    spec = view.spec("sharpness")
    assert spec.words(65).split() == ["—", "0.2", "--", "1", "···", "0.599"]
    assert spec.words(5) == spec.words(299) == "nothing"
    assert view.spec("yaw").words(65) == "unmeasured"
    assert [line.name for line in spec.lines] == ["attention", "limit", "source", "result"]
    assert len({(line.style, line.is_filled) for line in spec.lines}) == 4  # not by color alone
    for of_speech in ("openness", "spread"):  # there is none of the source
        assert [line.name for line in view.spec(of_speech).lines] == ["result"]
    exact = view.spec("outside_psnr")
    assert exact.words(65).startswith("— exact")


def test_measures_are_kept_by_name():
    assert chosen_names("flicker nonsense yaw") == ("flicker", "yaw")
    assert chosen_names("") == FIRST


def test_windows_of_the_last_job_are_told_from_those_that_are_reused():
    windows = tuple(
        WindowTime(
            frames=FrameRange(16 * k, 16 * k + 16),
            seconds=seconds,
            at=at,
            is_stored=is_stored,
            engine="mouthbank",
        )
        for k, (seconds, at, is_stored) in enumerate(
            [(1.0, 50.0, True), (4.0, 150.0, True), (NAN, 0.0, True), (NAN, 0.0, False)]
        )
    )
    sums = sums_of(windows, 100.0)
    assert (sums.windows, sums.stored, sums.drawn_last) == (4, 3, 1)
    assert sums.frames_per_second == pytest.approx(32 / 5)
    assert sums.slowest is windows[1]
    seconds, rate = timing_specs(windows, 64, 100.0, Words())
    assert seconds.words(3) == "1.00 s\nreused"
    assert seconds.words(20) == "4.00 s\ndrawn"
    assert seconds.words(40) == "unknown\nreused"
    assert seconds.words(60) == "missing"
    assert seconds.words(64) == "nothing"
    assert rate.words(20).endswith("4.0")


def test_speech_lies_where_its_clip_does_and_openness_is_as_high_as_the_mouth():
    channels = np.zeros((COUNT * SHAPES, 7), np.float32)
    channels[:, 0] = np.abs(np.sin(np.arange(COUNT * SHAPES) / 12))
    channels[:, 6] = 1
    level = np.full(COUNT * PEAKS, 0.5, np.float32)
    heard = Heard(frames=FrameRange(20, 20 + COUNT), low=-level, high=level, channels=channels)
    part = Laid(measured(), 20, FrameRange(20, 20 + COUNT))
    view = speech_view([heard], [part], 300, Words())
    sound, mouth = view.specs
    assert sound.words(100) == "-6 dBFS"
    assert sound.words(5) == "nothing"
    found = sound.lines[0].part(0, 300, 2000)
    assert (np.nanmin(found.low), np.nanmax(found.high)) == (-0.5, 0.5)
    assert (view.lane.visemes[: 20 * SHAPES] < 0).all()
    assert (view.lane.visemes[20 * SHAPES : 220 * SHAPES] > 0).all()
    speech = mouth.lines[-3].part(0, 300, 4000).values
    assert np.nanmax(speech) == pytest.approx(0.1, rel=0.1)
    assert (speech_strips.PEAKS, speech_strips.SHAPES) == (PEAKS, SHAPES)
