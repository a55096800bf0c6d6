"""What a frame costs at other sizes than those that were measured."""

import pytest

from latentsync_studio.core.speeds import Speed, merged, of_work, seconds_a_frame


def speed(side, warm, **more):
    return Speed(work="draw", engine="e", width=side, height=side, warm=warm, **more)


def test_cost_grows_with_the_pixels_by_a_fixed_part_and_a_slope():
    known = [speed(100, 1 / (0.01 + 1e-6 * 100**2)), speed(200, 1 / (0.01 + 1e-6 * 200**2))]
    assert seconds_a_frame(known, 400**2) == pytest.approx(0.01 + 1e-6 * 400**2)
    assert seconds_a_frame(known, 0) == pytest.approx(0.01)


def test_neither_part_is_ever_negative():
    quicker_when_larger = [speed(100, 10), speed(200, 20)]
    assert seconds_a_frame(quicker_when_larger, 10**8) == pytest.approx(0.075)
    steep = [speed(100, 100.0), speed(200, 10.0)]
    assert seconds_a_frame(steep, 1) > 0


def test_of_one_size_half_of_the_cost_is_taken_to_grow():
    assert seconds_a_frame([speed(100, 10)], 100**2) == pytest.approx(0.1)
    assert seconds_a_frame([speed(100, 10)], 2 * 100**2) == pytest.approx(0.15)
    assert seconds_a_frame([], 100) is None


def test_the_device_that_was_measured_last_counts():
    old = speed(100, 1, device="slow", setting="Standard")
    new = speed(100, 9, device="quick", setting="Standard")
    assert of_work([old, new], "draw", engine="e", setting="Standard") == (new,)
    assert of_work([old, new], "draw", engine="e", setting="Standard", device="slow") == (old,)
    assert of_work([old, new], "draw", engine="e", setting="Best") == ()
    assert of_work([old, new], "write") == ()


def test_a_place_is_known_once_and_the_newest_is_last():
    first, other, again = speed(100, 1), speed(200, 2), speed(100, 3)
    assert merged([first, other], [again]) == (other, again)
