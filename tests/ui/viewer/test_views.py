"""Source and result compared: exact where they differ, nothing computed where they do not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentsync_studio.ui.viewer.views import (
    GAINS,
    Comparison,
    changed_box,
    composed,
    difference,
    onion,
)


def pair(seed=0, box=(3, 2, 9, 7)):
    draw = np.random.default_rng(seed)
    source = draw.integers(0, 256, (10, 12, 3), dtype=np.uint8)
    result = source.copy()
    x0, y0, x1, y1 = box
    result[y0:y1, x0:x1] = draw.integers(0, 256, (y1 - y0, x1 - x0, 3), dtype=np.uint8)
    return source, result


def test_the_box_holds_exactly_what_differs():
    source, result = pair()
    result = source.copy()
    result[4, 5, 2] ^= 1
    result[7, 8, 0] ^= 1
    box = changed_box(source, result)
    assert (box.x0, box.y0, box.x1, box.y1) == (5, 4, 9, 8)


def test_same_pictures_have_no_box_black_difference_and_the_source_as_onion():
    source, _ = pair()
    same = source.copy()
    assert changed_box(source, same) is None
    assert difference(source, same, 8)[0].max() == 0
    assert onion(source, same, 0.5) is source


@given(seed=st.integers(0, 50), gain=st.sampled_from(GAINS))
def test_difference_is_the_limited_multiple_of_the_absolute_one(seed, gain):
    source, result = pair(seed)
    shown, largest = difference(source, result, gain)
    steps = np.abs(source.astype(int) - result.astype(int))
    assert np.array_equal(shown, np.minimum(steps * gain, 255))
    assert largest == steps.max()


@given(seed=st.integers(0, 50), mix=st.floats(0, 1))
def test_onion_is_the_weighted_mean(seed, mix):
    source, result = pair(seed)
    expected = source * (1 - mix) + result * mix
    assert np.abs(onion(source, result, mix) - expected).max() <= 1.0


def test_onion_ends_are_the_pictures_themselves():
    source, result = pair()
    assert onion(source, result, 0.0) is source
    assert onion(source, result, 1.0) is result


@pytest.mark.parametrize(
    ("mode", "picture", "left"),
    [("source", "source", None), ("result", "result", None), ("wipe", "result", "source")],
)
def test_plain_views_copy_nothing(mode, picture, left):
    arrays = dict(zip(("source", "result"), pair(), strict=True)) | {None: None}
    made = composed(arrays["source"], arrays["result"], Comparison(mode=mode))
    assert made.picture is arrays[picture]
    assert made.left is arrays[left]


@pytest.mark.parametrize("mode", ["source", "result", "wipe", "difference", "onion"])
def test_without_a_picture_there_is_nothing_to_show(mode):
    assert composed(None, None, Comparison(mode=mode)).picture is None
