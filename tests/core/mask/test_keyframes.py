"""Curves: exact at their keys, monotone between them; edits of keys stay ordered."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.mask import keyframes
from latentsync_studio.core.mask.keyframes import Key, check_keys, value_at, values_at

EASES = ("hold", "linear", "ease")


@st.composite
def curves(draw, least=1):
    frames = sorted(draw(st.sets(st.integers(-50, 400), min_size=least, max_size=6)))
    return tuple(
        Key(frame=at, value=draw(st.floats(-4, 4)), ease=draw(st.sampled_from(EASES)))
        for at in frames
    )


@given(keys=curves())
@settings(max_examples=40, deadline=None)
def test_a_curve_is_exact_at_its_keys_and_holds_beyond_them(keys):
    assert [value_at(keys, key.frame) for key in keys] == [key.value for key in keys]
    assert value_at(keys, keys[0].frame - 9) == keys[0].value
    frames = range(keys[0].frame - 3, keys[-1].frame + 4)
    assert values_at(keys, frames).tolist() == [value_at(keys, at) for at in frames]
    assert value_at(keys, keys[-1].frame + 9) == keys[-1].value


@given(keys=curves(least=2))
@settings(max_examples=40, deadline=None)
def test_between_two_keys_a_curve_is_monotone_and_within_their_values(keys):
    for left, right in pairwise(keys):
        values = values_at(keys, range(left.frame, right.frame))
        low, high = sorted((left.value, right.value))
        assert values.min() >= low - 1e-9
        assert values.max() <= high + 1e-9
        steps = np.diff(values) * np.sign(right.value - left.value)
        assert (steps >= -1e-9).all()
        if left.ease == "hold":
            assert set(values) == {left.value}


def test_linear_is_a_line_and_ease_starts_and_arrives_slowly():
    line = (Key(frame=0, value=0.0), Key(frame=10, value=1.0))
    assert values_at(line, range(11)) == pytest.approx(np.linspace(0, 1, 11))
    eased = values_at((Key(frame=0, value=0.0, ease="ease"), line[1]), range(11))
    assert eased[5] == 0.5
    assert eased[1] < 0.03
    assert eased[9] > 0.97
    assert eased + eased[::-1] == pytest.approx(np.ones(11))


@given(keys=curves(), data=st.data())
@settings(max_examples=40, deadline=None)
def test_edits_keep_keys_ordered_and_one_a_frame(keys, data):
    chosen = set(data.draw(st.lists(st.sampled_from([key.frame for key in keys]))))
    by, rise = data.draw(st.integers(-60, 60)), data.draw(st.floats(-2, 2))
    new = Key(frame=data.draw(st.integers(-50, 400)), value=0.5)
    results = [
        keyframes.with_key(keys, new),
        keyframes.without_keys(keys, chosen),
        keyframes.moved_keys(keys, chosen, by, rise),
        keyframes.eased_keys(keys, chosen, "hold"),
        keyframes.pasted_keys(keys, keyframes.copied_keys(keys, chosen), new.frame),
        keyframes.cleared_after(keys, new.frame),
    ]
    for result in results:
        check_keys(result, "a curve")
    assert new in results[0]
    assert {key.frame for key in results[1]} == {key.frame for key in keys} - chosen
    moved = {key.frame + by for key in keys if key.frame in chosen}
    assert moved <= {key.frame for key in results[2]}
    frames = range(-60, new.frame + 1)
    assert values_at(results[5], frames) == pytest.approx(values_at(keys, frames), abs=0.02)
    assert len(set(values_at(results[5], range(new.frame, 420)))) == 1


@given(keys=curves(), by=st.integers(-60, 60))
@settings(max_examples=40, deadline=None)
def test_moving_all_keys_and_back_is_the_curve_as_it_was(keys, by):
    frames = {key.frame for key in keys}
    moved = keyframes.moved_keys(keys, frames, by)
    assert keyframes.moved_keys(moved, {at + by for at in frames}, -by) == keys


def test_edits_that_change_nothing_give_the_very_same_keys():
    keys = (Key(frame=3, value=1.0), Key(frame=9, value=0.0))
    assert keyframes.with_key(keys, keys[0]) is keys
    assert keyframes.without_keys(keys, {4}) is keys
    assert keyframes.moved_keys(keys, {3}, 0) is keys
    assert keyframes.eased_keys(keys, {3}, "linear") is keys
    assert keyframes.pasted_keys(keys, (), 3) is keys
    assert keyframes.cleared_after(keys, 9) is keys


def test_moved_values_end_at_the_limits():
    keys = (Key(frame=0, value=0.9),)
    assert keyframes.moved_keys(keys, {0}, 2, 0.5, (0.0, 1.0))[0] == Key(frame=2, value=1.0)


@given(values=st.lists(st.floats(0, 1), min_size=1, max_size=60), first=st.integers(-9, 99))
@settings(max_examples=40, deadline=None)
def test_few_keys_follow_a_measured_curve_within_the_tolerance(values, first):
    keys = keyframes.simplified(values, first, 0.05)
    found = values_at(keys, range(first, first + len(values)))
    assert np.abs(found - values).max() <= 0.05 + 1e-9


@pytest.mark.parametrize("frames", [(3, 3), (4, 3)])
def test_keys_out_of_order_are_refused(frames):
    with pytest.raises(InvalidEditError, match="not in order"):
        check_keys([Key(frame=at, value=0.0) for at in frames], "a curve")
    with pytest.raises(InvalidEditError, match="nan"):
        check_keys([Key(frame=1, value=float("nan"))], "a curve")
