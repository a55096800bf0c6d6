"""Windows and segments: they cover exactly what is drawn and never depend on the range."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.render.plan import drawn_frames, segments, windows

RUNS = st.lists(st.tuples(st.booleans(), st.integers(1, 40)), min_size=1, max_size=12)


def planned(runs, cuts=()):
    drawn = np.concatenate([np.full(length, on) for on, length in runs])
    source = np.arange(len(drawn), dtype=np.int32)
    shot = np.zeros(len(drawn), np.int32)
    for cut in cuts:
        shot[cut:] += 1
    return drawn, windows(source, drawn, shot, 16)


@given(runs=RUNS)
def test_windows_cover_the_drawn_frames_and_nothing_else(runs):
    drawn, found = planned(runs)
    covered = np.zeros(len(drawn), int)
    for window in found:
        covered[window.start : window.stop] += 1
    assert np.array_equal(covered, drawn.astype(int))


@given(runs=RUNS)
def test_no_window_crosses_the_absolute_grid(runs):
    _, found = planned(runs)
    assert all(window.start // 16 == (window.stop - 1) // 16 for window in found)


def test_windows_are_split_at_a_cut():
    _, found = planned([(True, 32)], cuts=(5, 20))
    assert [(w.start, w.stop) for w in found] == [(0, 5), (5, 16), (16, 20), (20, 32)]


def test_a_frame_of_which_nothing_is_usable_is_not_drawn():
    usable = np.array([0.0, 0.2, 1.0], np.float32)
    source = np.array([0, 1, 2, 2, 0], np.int32)
    assert drawn_frames(source, usable).tolist() == [False, True, True, True, False]


@given(runs=RUNS, start=st.integers(0, 100), length=st.integers(1, 300))
def test_segments_cover_the_range_once_and_name_all_their_windows(runs, start, length):
    drawn, found = planned(runs)
    stop = min(start + length, len(drawn))
    if start >= stop:
        return
    wanted = FrameRange(start, stop)
    pieces = segments(wanted, found, size=32)
    assert [f for piece in pieces for f in piece.frames] == list(wanted)
    for piece in pieces:
        touching = [w for w in found if w.intersection(piece.frames)]
        assert list(piece.windows) == touching


def test_a_segment_of_the_whole_is_the_same_in_a_range_that_holds_it():
    _, found = planned([(True, 300)])
    whole = segments(FrameRange(0, 300), found)
    part = segments(FrameRange(128, 256), found)
    assert part == (whole[1],)
