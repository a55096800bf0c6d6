"""Which frame is due after how many samples: in step with the mix, over loops and backwards."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.rate import FrameRate, first_sample, frame_of_sample
from latentsync_studio.ui.viewer.course import SLOW, Course, faster

RATES = [FrameRate(25), FrameRate(30_000, 1001), FrameRate(24_000, 1001), FrameRate(60)]
SPEEDS = [Fraction(s) for s in (1, 2, 4, 8, -1, -2, -8)] + [SLOW, -SLOW]


@st.composite
def courses(draw, speeds=SPEEDS):
    low = draw(st.integers(0, 500))
    stop = low + draw(st.integers(1, 60))
    return Course(
        start=draw(st.integers(low, stop - 1)),
        frames=FrameRange(low, stop),
        loops=draw(st.booleans()),
        speed=draw(st.sampled_from(speeds)),
        rate=draw(st.sampled_from(RATES)),
        hz=draw(st.sampled_from([44_100, 48_000])),
    )


@given(course=courses())
def test_it_begins_at_the_start_and_never_goes_back(course):
    assert course.travelled(0) == 0
    assert course.frame(0) == course.start
    way = [course.travelled(n) for n in range(0, 400_000, 997)]
    assert way == sorted(way)


@given(course=courses())
def test_it_stays_within_its_frames_and_ends_only_without_a_loop(course):
    shown = [course.frame(n) for n in range(200)]
    if course.loops:
        assert all(frame in course.frames for frame in shown)
    else:
        length = (
            course.frames.stop - course.start
            if course.speed > 0
            else course.start - course.frames.start + 1
        )
        assert all(frame in course.frames for frame in shown[:length])
        assert set(shown[length:]) <= {None}
        far = int(length * course.hz / abs(course.speed) / float(course.rate.fraction)) + course.hz
        assert course.frame(course.travelled(far)) is None


@given(course=courses([Fraction(1)]), at=st.integers(0, 3_000_000))
def test_the_frame_due_is_the_one_whose_sound_is_heard(course, at):
    spans = course.spans(at, 1)
    frame = course.frame(course.travelled(at))
    if not spans:
        assert frame is None
    else:
        assert frame == frame_of_sample(spans[0][0], course.rate, course.hz)


@given(course=courses([Fraction(1)]), at=st.integers(0, 500_000), count=st.integers(1, 9000))
def test_stretches_join_without_a_gap_whatever_their_size(course, at, count):
    def samples(begin, n):
        return [s for a, b in course.spans(begin, n) for s in range(a, b)]

    whole = samples(at, count)
    split = count // 3
    assert whole == samples(at, split) + samples(at + split, count - split)
    assert len(whole) == count or not course.loops


def test_a_thousand_loops_of_ntsc_do_not_drift():
    rate = FrameRate(30_000, 1001)
    course = Course(
        start=7, frames=FrameRange(7, 24), loops=True, speed=Fraction(1), rate=rate, hz=48_000
    )
    length = first_sample(24, rate, 48_000) - first_sample(7, rate, 48_000)
    assert course.travelled(1000 * length) == 17_000
    assert course.travelled(1000 * length - 1) == 16_999
    assert course.spans(1000 * length, 1)[0][0] == first_sample(7, rate, 48_000)


@pytest.mark.parametrize(
    ("speed", "step"), [(1, 1), (2, 2), (8, 8), (-4, 4), (SLOW, 1), (-SLOW, 1)]
)
def test_fast_shuttling_leaves_pictures_out(speed, step):
    course = Course(
        start=0,
        frames=FrameRange(0, 9),
        loops=False,
        speed=Fraction(speed),
        rate=FrameRate(25),
        hz=48_000,
    )
    assert course.step == step


def test_shuttle_speeds_double_and_turn_around_at_once():
    speed, found = Fraction(0), []
    for direction in (1, 1, 1, 1, 1, -1, -1, 1):
        speed = faster(speed, direction)
        found.append(int(speed))
    assert found == [1, 2, 4, 8, 8, -1, -2, 1]


def test_slow_playing_becomes_normal_speed():
    assert faster(SLOW, 1) == 1
    assert faster(-SLOW, -1) == -1
