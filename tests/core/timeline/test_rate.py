from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.rate import (
    FrameRate,
    converted,
    covering,
    first_sample,
    frame_of_sample,
    samples_of,
    shown_frame,
    shown_frames,
)

NTSC = FrameRate(30_000, 1001)
RATES = [
    FrameRate(24_000, 1001),
    FrameRate(24),
    FrameRate(25),
    NTSC,
    FrameRate(30),
    FrameRate(50),
    FrameRate(60_000, 1001),
    FrameRate(60),
    FrameRate(1_234_567, 50_021),
]
rates = st.sampled_from(RATES)


def test_a_rate_is_kept_reduced():
    assert FrameRate(50, 2) == FrameRate(25)
    assert hash(FrameRate(60_000, 2002)) == hash(NTSC)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("25", FrameRate(25)),
        ("29.97", NTSC),
        ("23.976", FrameRate(24_000, 1001)),
        ("23.98", FrameRate(24_000, 1001)),
        ("59.94", FrameRate(60_000, 1001)),
        ("30000/1001", NTSC),
        ("12.5", FrameRate(25, 2)),
        ("25.0", FrameRate(25)),
    ],
)
def test_rates_are_read_as_people_write_them(text, rate):
    assert FrameRate.parse(text) == rate


@pytest.mark.parametrize("text", ["", "abc", "0", "-25", "1/0", "nan"])
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(InputError):
        FrameRate.parse(text)


def test_rates_are_shown_short():
    assert [str(rate) for rate in RATES[:4]] == ["23.976", "24", "25", "29.97"]


def test_sound_does_not_drift_at_1601_6_samples_a_frame():
    assert first_sample(1, NTSC, 48_000) == 1602
    assert first_sample(5, NTSC, 48_000) == 8008
    assert first_sample(30_000 * 3600, NTSC, 48_000) == 48_000 * 1001 * 3600
    assert first_sample(7, FrameRate(25), 16_000) == 4480


@given(rate=rates, hz=st.sampled_from([8000, 16_000, 44_100, 48_000]), frame=st.integers(0, 10**7))
def test_every_sample_belongs_to_exactly_one_frame(rate, hz, frame):
    here = samples_of(FrameRange(frame, frame + 1), rate, hz)
    assert abs(Fraction(here.start) - frame * hz / rate.fraction) <= Fraction(1, 2)
    assert frame_of_sample(here.start, rate, hz) == frame
    assert frame_of_sample(here.stop - 1, rate, hz) == frame
    assert frame_of_sample(here.stop, rate, hz) == frame + 1


@given(grid=rates, to=rates, frame=st.integers(-(10**6), 10**7))
def test_converted_frames_start_nearest(grid, to, frame):
    exact = frame * to.fraction / grid.fraction
    assert abs(converted(frame, grid, to) - exact) <= Fraction(1, 2)
    if to.fraction >= grid.fraction:
        assert converted(converted(frame, grid, to), to, grid) == frame


@given(grid=rates, to=rates, n=st.integers(1, 10**7))
def test_covering_frames_hold_all_and_no_more(grid, to, n):
    many = covering(n, grid, to)
    assert (many - 1) / to.fraction < n / grid.fraction <= many / to.fraction


def test_shown_frames_follow_the_rates_evenly():
    at = [FrameRate(k) for k in (24, 30, 60, 120)]
    assert [shown_frame(k, at[1], at[1]) for k in range(4)] == [0, 1, 2, 3]
    assert [shown_frame(k, at[1], at[2]) for k in range(4)] == [0, 2, 4, 6]
    assert [shown_frame(k, at[1], at[3]) for k in range(4)] == [0, 4, 8, 12]
    assert [shown_frame(k, at[2], at[1]) for k in range(4)] == [0, 0, 1, 1]
    pulled = [shown_frame(k, at[0], FrameRate(24_000, 1001)) for k in range(1002)]
    assert len(set(pulled)) == 1001
    assert pulled[:400] == list(range(400))


@given(grid=rates, media=rates, n=st.integers(1, 300))
def test_all_grid_frames_of_a_medium_show_a_frame_that_it_has(grid, media, n):
    shown = [shown_frame(k, grid, media) for k in range(covering(n, media, grid))]
    assert shown == sorted(shown)
    assert shown[0] == 0
    assert shown[-1] <= n


@given(grid=rates, media=rates, n=st.integers(2, 200), first=st.integers(-500, 500))
def test_a_pts_table_of_a_constant_rate_shows_the_same_frames(grid, media, n, first):
    tick = 1 / Fraction(media.num)
    pts = first + np.arange(n, dtype=np.int64) * media.den
    frames = range(covering(n, media, grid))
    by_table = shown_frames(frames, grid, pts, int(pts[-1]) + media.den, tick)
    assert by_table.tolist() == [min(n - 1, shown_frame(k, grid, media)) for k in frames]


def test_vfr_frames_are_shown_by_their_own_times():
    pts = np.array([0, 10, 20, 300, 310], dtype=np.int64)
    shown = shown_frames(range(10), FrameRate(25), pts, 400, Fraction(1, 1000))
    # looked at 20 ms after the start of each 40 ms frame: 20, 60, ... 260, 300, 340 ms
    assert shown.tolist() == [2, 2, 2, 2, 2, 2, 2, 3, 4, 4]
