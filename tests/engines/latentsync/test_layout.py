"""Runs of redrawn frames, and what the network sees of them."""

import numpy as np
import pytest

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.engines.latentsync.layout import Layout


def layout(runs, count=80, cut=None, overlap=0):
    drawn = np.zeros(count, bool)
    for start, stop in runs:
        drawn[start:stop] = True
    shots = np.zeros(count, np.int32)
    if cut is not None:
        shots[cut:] = 1
    return Layout(drawn, shots, overlap)


def test_a_window_reads_sixteen_frames_of_its_own_run():
    found = layout([(10, 42)])
    assert found.reads(FrameRange(10, 16)) == FrameRange(10, 26)
    assert found.reads(FrameRange(16, 32)) == FrameRange(16, 32)
    assert found.reads(FrameRange(32, 42)) == FrameRange(26, 42)


def test_it_never_reads_across_a_cut_or_a_gap():
    found = layout([(0, 60), (62, 80)], cut=40)
    assert found.reads(FrameRange(32, 40)) == FrameRange(24, 40)
    assert found.reads(FrameRange(40, 48)) == FrameRange(40, 56)
    assert found.reads(FrameRange(48, 60)) == FrameRange(44, 60)
    assert found.reads(FrameRange(62, 64)) == FrameRange(62, 78)


def test_a_short_run_is_read_as_it_is():
    found = layout([(3, 8)])
    assert found.reads(FrameRange(3, 8)) == FrameRange(3, 8)
    assert set(found.chunks(FrameRange(3, 8))[0].frames) == set(range(3, 8))


def test_with_an_overlap_neighbors_are_read_too():
    found = layout([(0, 80)], overlap=4)
    assert found.reads(FrameRange(16, 32)) == FrameRange(12, 40)


@pytest.mark.parametrize("window", [FrameRange(0, 4), FrameRange(8, 12), FrameRange(70, 75)])
def test_a_window_outside_of_all_runs_is_refused(window):
    with pytest.raises(ValueError, match="no run"):
        layout([(10, 42)]).run_of(window)


def test_nothing_drawn_has_no_runs():
    with pytest.raises(ValueError, match="no run"):
        layout([]).run_of(FrameRange(0, 1))
