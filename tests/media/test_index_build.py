"""The map from frame numbers to times: exact for every kind of file."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import av
import pytest

from latentsync_studio.media.index import FrameIndex, build_index, verified
from tests.media.conftest import RECIPES
from tests.media.frame_ids import uneven


def index_of(path):
    with av.open(str(path)) as container:
        return build_index(container, container.streams.video[0])


def make_index(pts, key_pts=()):
    return FrameIndex(
        pts=tuple(pts), key_pts=tuple(key_pts), time_base=Fraction(1, 25), end_pts=pts[-1] + 1
    )


@pytest.mark.parametrize("name", RECIPES)
def test_the_index_lists_just_the_frames_that_decoding_delivers(clip, name):
    index = index_of(clip(name))
    with av.open(str(clip(name))) as container:
        decoded = [f.pts for f in container.decode(video=0)]
    if index.counted:
        assert index.pts == tuple(range(len(decoded)))
    else:
        assert list(index.pts) == decoded
    assert all(a < b for a, b in pairwise(index.pts))


def test_files_without_times_are_counted(clip):
    counted = {name for name in RECIPES if index_of(clip(name)).counted}
    assert counted == {"untimed AVI", "raw H.264"}
    assert index_of(clip("raw H.264")).time_base == Fraction(1, 25)


def test_variable_times_are_kept_exactly(clip):
    index = index_of(clip("variable rate"))
    assert [p * index.time_base * 90000 for p in index.pts] == uneven(1, 90)


def test_an_edit_list_hides_frames_but_not_the_keyframe_they_need(clip):
    index = index_of(clip("edit list"))
    assert index.n_frames == 67
    assert index.key_pts[0] < index.pts[0]
    assert index.key_for(0) in index.key_pts


def test_the_end_is_one_frame_after_the_last(clip):
    index = index_of(clip("rate 59.94"))
    assert (index.end_pts - index.pts[0]) * index.time_base == 60 * Fraction(1001, 60000)


def test_one_frame_lasts_as_long_as_stored(clip):
    index = index_of(clip("one frame"))
    assert index.n_frames == 1
    assert (index.end_pts - index.pts[0]) * index.time_base == Fraction(1, 25)


def test_ranks_and_times_are_each_others_inverse():
    index = make_index([-4, 0, 3, 10])
    assert [index.rank(p) for p in index.pts] == [0, 1, 2, 3]
    assert index.rank(1) is None
    assert index.rank(None) is None
    assert [index.at(p) for p in (-9, -4, 2, 3, 99)] == [0, 0, 1, 2, 3]
    assert [index.first_from(p) for p in (-9, 1, 10, 11)] == [0, 2, 3, 4]


def test_the_keyframe_for_a_frame_is_never_shown_after_it():
    index = make_index(range(30), key_pts=(0, 12, 24))
    assert [index.key_for(n) for n in (0, 11, 12, 29)] == [0, 0, 12, 24]
    assert index.key_for(29, back=1) == 12
    assert index.key_for(5, back=1) is None
    assert index.keyframes == 3


@pytest.mark.parametrize("name", ["rate 25", "open GOP transport stream", "variable rate"])
def test_an_index_of_fields_gives_way_to_the_frames_that_decoding_delivers(clip, name):
    """Two packets a frame, as interlaced camera streams have, leave times between the frames."""
    true = index_of(clip(name))
    half = (true.pts[1] - true.pts[0]) // 2
    fields = sorted({*true.pts, *(p + half for p in true.pts)})
    wrong = replace(true, pts=tuple(fields))
    with av.open(str(clip(name))) as container:
        stream = container.streams.video[0]
        assert verified(wrong, container, stream).pts == true.pts
        assert verified(wrong, container, stream).key_pts == true.key_pts
        assert verified(true, container, stream) is true
