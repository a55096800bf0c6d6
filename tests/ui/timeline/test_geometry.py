"""Frames and pixels, rows, what is in sight, and the labels of the ruler."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.ui.timeline.clock import Clock
from latentsync_studio.ui.timeline.geometry import (
    BETWEEN,
    FOLDED,
    Heights,
    Rows,
    Viewport,
    clip_under,
    visible,
)
from latentsync_studio.ui.timeline.painting.coverage import (
    GAP,
    NORMAL,
    SELECTED,
    Columns,
    TrackArrays,
    columns,
    edges,
    row_image,
)
from tests.ui.timeline.scenes import V1, clip, project, talk


@st.composite
def tracks(draw):
    clips, at = [], 0
    for n in range(draw(st.integers(0, 12))):
        at += draw(st.integers(0, 20))
        length = draw(st.integers(1, 30))
        clips.append(clip(n, at, length))
        at += length
    return tuple(clips)


@given(st.floats(1e-4, 60), st.integers(0, 10_000), st.integers(0, 100_000))
def test_the_frame_at_the_x_of_a_frame_is_that_frame(scale, left, frame):
    view = Viewport(scale=scale, left=left, width=1000, height=400)
    x = view.x_of(frame)
    assert view.cut_at(x) == frame
    assert view.frame_at(x + scale / 2) == frame


@given(tracks(), st.integers(0, 300), st.integers(1, 100))
def test_visible_finds_exactly_the_clips_with_a_frame_in_the_range(clips, first, length):
    low, high = visible(clips, first, first + length)
    wanted = [c for c in clips if c.start < first + length and c.stop > first]
    assert list(clips[low:high]) == wanted


@given(tracks(), st.integers(0, 300))
def test_the_clip_under_a_frame_covers_it(clips, frame):
    track = project(V1=clips).sequences[0].tracks[0]
    wanted = next((c for c in clips if c.start <= frame < c.stop), None)
    assert clip_under(track, frame) is wanted


def test_the_last_video_track_is_on_top_and_sound_is_below():
    rows = Rows(talk().sequences[0], Heights())
    assert [row.track.name for row in rows.rows] == ["V2", "V1", "A1", "A2"]
    assert rows.rows[2].top == rows.rows[1].bottom + BETWEEN
    assert rows.at(rows.rows[1].bottom + 1) is None
    assert rows.at(rows.rows[2].top).track.name == "A1"
    assert [row.track.name for row in rows.of_kind("video")] == ["V1", "V2"]


def test_a_hidden_track_is_folded_and_heights_have_limits():
    from msgspec.structs import replace

    sequence = talk().sequences[0]
    folded = replace(sequence.tracks[0], is_hidden=True)
    heights = Heights()
    rows = Rows(replace(sequence, tracks=(folded, *sequence.tracks[1:])), heights)
    assert rows.by_track[V1].height == FOLDED
    heights.scaled(100)
    assert heights.of(sequence.tracks[1]) == 160
    heights.scaled(0.001)
    assert heights.of(sequence.tracks[1]) == 22


def test_zoom_stays_within_what_a_scroll_bar_can_count():
    view = Viewport()
    assert view.clamped_scale(1e9, 100) == 60
    assert view.clamped_scale(60, 10**9) == 2
    assert view.clamped_scale(0, 100) == 1e-4


@given(tracks(), st.floats(0.05, 8), st.integers(0, 200))
def test_columns_are_covered_where_clips_are(clips, scale, left):
    arrays = TrackArrays(clips)
    looks = arrays.looks(frozenset(c.id for c in clips[::3]), frozenset())
    view = Columns(scale, left, 64)
    row = columns(arrays.starts, arrays.stops, looks, view)
    for x in range(view.width):
        over = [
            SELECTED if n % 3 == 0 else NORMAL
            for n, c in enumerate(clips)
            if np.floor(c.start * scale - left) <= x < np.ceil(c.stop * scale - left)
        ]
        assert row[x] == max(over, default=GAP)


def test_looks_are_counted_again_when_the_selection_is_another():
    arrays = TrackArrays((clip(1, 0, 5), clip(2, 5, 5)))
    one = arrays.looks(frozenset({"c1"}), frozenset())
    assert arrays.looks(frozenset({"c1"}), frozenset()) is one
    assert list(arrays.looks(frozenset({"c2"}), frozenset())) == [NORMAL, SELECTED]


def test_cuts_that_stand_too_close_are_not_lined():
    starts = np.arange(0, 100, 2)
    assert not edges(starts, Columns(1.0, 0.0, 90), 4)[:80].any()
    assert edges(starts, Columns(4.0, 0.0, 90), 4).sum() == 12


def test_a_row_of_columns_has_the_colors_of_what_covers_it():
    colors = np.array([0, 0xFF112233, 0xFF444444, 0xFF555555, 0xFF666666, 0xFF777777], np.uint32)
    image = row_image(np.array([0, 1, 1], np.uint8), colors, np.array([False, True, False]))
    assert [image.pixel(x, 0) for x in range(3)] == [0, 0xFF777777, 0xFF112233]


def test_ruler_lines_stand_on_round_labels():
    clock = Clock(FrameRate(25), first=90_000)
    assert clock.label(0) == "01:00:00:00"
    assert clock.step(4.0, 100) == 25
    assert [tick.text for tick in clock.ticks(10, 80, 25)][-2:] == ["01:00:02:00", "01:00:03:00"]
    assert clock.step(1e-4, 100) % (3600 * 25) == 0


def test_drop_frame_lines_use_the_first_label_of_a_minute_that_exists():
    clock = Clock(FrameRate(30_000, 1001), drop=True)
    ticks = {tick.frame: tick.text for tick in clock.ticks(1700, 1900, 30)}
    assert ticks[1800] == "00:01:00;02"
    assert ticks[1770] == "00:00:59;00"
    non_drop = Clock(FrameRate(30_000, 1001))
    assert dict(non_drop.ticks(1790, 1810, 30)) == {1770: "00:00:59:00", 1800: "00:01:00:00"}


@pytest.mark.parametrize(
    ("text", "frame"), [("+10", 60), ("-20", 30), ("1.12.00", 1800), ("112", 37), ("-1:00:00", 0)]
)
def test_typed_time_codes_mean_frames(text, frame):
    assert Clock(FrameRate(25)).meant(text, 50) == frame


def test_a_duration_counts_from_nothing():
    clock = Clock(FrameRate(25), first=90_000)
    assert clock.length(50) == "00:00:02:00"
    assert clock.length(-1) == "-00:00:00:01"
