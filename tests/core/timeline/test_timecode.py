import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.core.timeline.timecode import (
    can_drop,
    entered_frame,
    frame_number,
    frames_per_day,
    from_timecode,
    label_number,
    to_timecode,
)

NTSC30, NTSC60 = FrameRate(30_000, 1001), FrameRate(60_000, 1001)
FORMS = [
    (FrameRate(24_000, 1001), False),
    (FrameRate(24), False),
    (FrameRate(25), False),
    (FrameRate(30), False),
    (FrameRate(50), False),
    (FrameRate(60), False),
    (FrameRate(120), False),
    (NTSC30, False),
    (NTSC30, True),
    (NTSC60, False),
    (NTSC60, True),
]
DROPPING = [(NTSC30, 30, 2), (NTSC60, 60, 4)]
forms = st.sampled_from(FORMS)


@pytest.mark.parametrize(("rate", "base", "dropped"), DROPPING)
def test_all_drop_frame_labels_of_a_day_are_those_of_counting(rate, base, dropped):
    labels = np.arange(86_400 * base)
    starts_minute = labels // base % 60 == 0
    skipped = starts_minute & (labels // (base * 60) % 10 != 0) & (labels % base < dropped)
    counted = labels[~skipped]
    frames = np.arange(frames_per_day(rate, drop=True))
    assert len(counted) == len(frames)
    assert np.array_equal(label_number(frames, rate, drop=True), counted)
    assert np.array_equal(frame_number(counted, rate, drop=True), frames)


@pytest.mark.parametrize(("rate", "base", "dropped"), DROPPING)
def test_every_minute_of_a_day_turns_over_right(rate, base, dropped):
    for minute in range(1440):
        hours, minutes = divmod(minute, 60)
        number = dropped if minute % 10 else 0
        first = minute * base * 60 + number - dropped * (minute - minute // 10)
        label = f"{hours:02d}:{minutes:02d}:00;{number:02d}"
        before = f"{(minute - 1) // 60 % 24:02d}:{(minutes - 1) % 60:02d}:59;{base - 1}"
        assert to_timecode(first, rate, drop=True) == label
        assert to_timecode(first - 1, rate, drop=True) == before
        assert from_timecode(label, rate, drop=True) == first
        if number:
            with pytest.raises(InputError, match="does not exist"):
                from_timecode(label[:-2] + "00", rate, drop=True)


@given(form=forms, data=st.data())
def test_labels_and_frames_of_a_day_are_one_to_one(form, data):
    rate, drop = form
    frame = data.draw(st.integers(0, frames_per_day(rate, drop=drop) - 1))
    assert from_timecode(to_timecode(frame, rate, drop=drop), rate, drop=drop) == frame


@given(form=forms, frame=st.integers(-(10**7), 10**8))
def test_labels_begin_again_after_a_day(form, frame):
    rate, drop = form
    day = frames_per_day(rate, drop=drop)
    assert to_timecode(frame, rate, drop=drop) == to_timecode(frame + day, rate, drop=drop)


@given(hours=st.integers(0, 23), rate=st.sampled_from([NTSC30, NTSC60]))
def test_drop_frame_labels_follow_the_clock(hours, rate):
    frame = from_timecode(f"{hours:02d}:00:00;00", rate, drop=True)
    assert abs(float(frame / rate.fraction) - hours * 3600) < 0.1


def test_known_labels():
    assert to_timecode(1800, NTSC30, drop=True) == "00:01:00;02"
    assert to_timecode(1800, NTSC30) == "00:01:00:00"
    assert to_timecode(107_892, NTSC30, drop=True) == "01:00:00;00"
    assert to_timecode(90_000, FrameRate(25)) == "01:00:00:00"
    assert to_timecode(-1, FrameRate(25)) == "23:59:59:24"
    assert to_timecode(119, FrameRate(120)) == "00:00:00:119"


def test_a_colon_is_read_as_drop_frame_where_labels_drop():
    assert from_timecode("00:01:00:02", NTSC30, drop=True) == 1800
    with pytest.raises(InputError, match="not dropped here"):
        from_timecode("00:01:00;02", NTSC30)


@pytest.mark.parametrize(
    "text", ["", "1:2:3", "24:00:00:00", "00:60:00:00", "00:00:60:00", "00:00:00:25", "a:b:c:d"]
)
def test_what_is_no_label_is_refused_with_a_remedy(text):
    with pytest.raises(InputError) as caught:
        from_timecode(text, FrameRate(25))
    assert caught.value.remedy


def test_only_29_97_and_59_94_drop():
    assert [can_drop(rate) for rate, _ in FORMS].count(True) == 4
    with pytest.raises(InputError, match="no drop-frame time code at 25"):
        to_timecode(0, FrameRate(25), drop=True)


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ("+10", 110),
        ("-1:00", 75),
        ("112", 37),
        ("5", 5),
        ("1.12.00", 1800),
        ("00:00:02:00", 50),
        ("+1:00:00", 1600),
    ],
)
def test_typed_entries_mean_what_editors_expect(text, frame):
    assert entered_frame(text, 100, FrameRate(25)) == frame


def test_an_entry_that_is_no_time_code_is_refused():
    with pytest.raises(InputError, match="no time code"):
        entered_frame("soon", 0, FrameRate(25))
