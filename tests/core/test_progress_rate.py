import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentsync_studio.core.progress_rate import RateMeter

STEPS = st.lists(st.tuples(st.floats(0.01, 5), st.integers(0, 40)), min_size=1, max_size=120)


def fed(steps, window_s=20.0):
    meter, now, done = RateMeter(window_s), 100.0, 0
    meter.add(0, now)
    for wait, units in steps:
        now, done = now + wait, done + units
        meter.add(done, now)
    return meter, now, done


def test_nothing_is_said_before_work_was_seen():
    meter = RateMeter()
    assert meter.rate(0.0) is None
    meter.add(0, 1.0)
    assert meter.rate(5.0) is None
    assert meter.left(10, 5.0) is None


@given(rate=st.floats(0.2, 500), seconds=st.integers(5, 300))
def test_a_steady_rate_is_told_with_hardly_any_spread(rate, seconds):
    meter = RateMeter()
    for tick in range(seconds * 4 + 1):
        meter.add(int(rate * tick / 4 * 1000), tick / 4)
    told = meter.rate(float(seconds))
    assert told == pytest.approx(rate * 1000, rel=0.02)
    left = meter.left(int(rate * 1000 * (seconds + 60)), float(seconds))
    assert left.likely == pytest.approx(60, rel=0.05)
    assert left.high - left.low < 4


@given(steps=STEPS, extra=st.integers(1, 10_000), wait=st.floats(0, 100))
def test_low_is_never_above_likely_nor_likely_above_high(steps, extra, wait):
    meter, now, done = fed(steps)
    left = meter.left(done + extra, now + wait)
    if left is not None:
        assert 0 < left.low <= left.likely <= left.high < math.inf


@given(steps=STEPS, window=st.floats(1, 60))
def test_the_rate_lies_between_the_slowest_and_the_fastest_step(steps, window):
    meter, now, _done = fed(steps, window)
    rate = meter.rate(now)
    if rate is not None:
        assert 0 <= rate <= max(units / wait for wait, units in steps) * (1 + 1e-9)


@given(steps=STEPS)
def test_the_longer_nothing_comes_the_lower_the_rate(steps):
    meter, now, done = fed(steps)
    told = [meter.rate(now + wait) for wait in (0, 5, 10, 20, 40, 80)]
    if told[0] is not None:
        assert told == sorted(told, reverse=True)
        assert told[-1] == 0
        assert meter.left(done + 1, now + 200) is None


def test_an_old_pace_is_forgotten():
    meter = RateMeter(window_s=10)
    for second in range(60):
        meter.add(second, float(second))
    for second in range(60, 90):
        meter.add(60 + (second - 59) * 10, float(second))
    assert meter.rate(89.0) == pytest.approx(10, rel=0.05)


def test_an_uneven_pace_has_a_wider_spread_than_an_even_one():
    even = fed([(1, 10)] * 20)[0]
    uneven = fed([(1, 1), (1, 19)] * 3 + [(3, 10)] * 3 + [(1, 20)] * 5)[0]
    now, total = 120.0, 2000
    a, b = even.left(total, now), uneven.left(total, now)
    assert (a.high - a.low) / a.likely < (b.high - b.low) / b.likely


@given(steps=STEPS)
def test_what_is_done_has_no_time_left(steps):
    meter, now, done = fed(steps)
    left = meter.left(done, now)
    assert left in (None, (0, 0, 0))


def test_another_stage_starts_anew():
    meter, now, _done = fed([(1, 10)] * 5)
    meter.add(0, now + 1)
    assert meter.rate(now + 1) is None
    meter.add(4, now + 3)
    assert meter.rate(now + 3) == 2


@given(steps=st.lists(st.tuples(st.floats(0.0001, 0.01), st.integers(1, 3)), max_size=300))
def test_memory_stays_bounded_however_often_it_is_fed(steps):
    meter, _now, _ = fed(steps * 10)
    assert len(meter._samples) < 1000
