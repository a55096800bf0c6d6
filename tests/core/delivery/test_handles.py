import pytest

from latentsync_studio.core.delivery.handles import Label, handled, label_at
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.model import (
    Clip,
    Dissolve,
    MediaItem,
    Track,
    VideoFacts,
)
from latentsync_studio.core.timeline.rate import FrameRate

GRID = FrameRate(25)
NTSC = FrameRate(30_000, 1001)


def item(n_frames=100, rate=GRID, timecode="", is_still=False):
    video = VideoFacts(n_frames=n_frames, rate=rate, width=64, height=64, timecode=timecode)
    return MediaItem(id="m1", name="a", path="/a", video=video, is_still=is_still)


def clip(start, first, stop, name="c1"):
    return Clip(id=name, media="m1", start=start, source=FrameRange(first, stop))


def test_handles_end_where_the_medium_ends():
    one = clip(10, 20, 90)
    track = Track(id="t1", kind="video", clips=(one,))
    found = handled(track, one, item(), GRID, 1.0)
    assert found == (FrameRange(-10, 90), FrameRange(0, 100), 20, 10)
    assert handled(track, one, item(), GRID, 0.1).before == 3
    assert handled(track, one, item(is_still=True), GRID, 1.0).after == 25


def test_a_range_cuts_the_clip_and_handles_reach_into_the_rest_of_it():
    one = clip(10, 20, 90)
    track = Track(id="t1", kind="video", clips=(one,))
    found = handled(track, one, item(), GRID, 1.0, FrameRange(30, 40))
    assert found == (FrameRange(5, 65), FrameRange(15, 75), 25, 25)
    assert handled(track, one, item(), GRID, 0.0, FrameRange(0, 12)).frames == FrameRange(10, 12)


def test_a_dissolve_is_always_within_the_handles():
    left, right = clip(0, 0, 40), clip(40, 30, 60, "c2")
    fade = Dissolve(id="d1", left="c1", right="c2", before=6, after=8)
    track = Track(id="t1", kind="video", clips=(left, right), dissolves=(fade,))
    assert handled(track, left, item(), GRID, 0.0).after == 8
    assert handled(track, right, item(), GRID, 0.0).before == 6


@pytest.mark.parametrize(
    ("timecode", "rate", "grid", "frame", "label", "text"),
    [
        ("", GRID, GRID, 7, Label(7, is_drop=False), "00:00:00:07"),
        ("01:00:00:00", GRID, GRID, 30, Label(90_030, is_drop=False), "01:00:01:05"),
        ("00:01:00;02", NTSC, NTSC, 1, Label(1801, is_drop=True), "00:01:00;03"),
        ("01:00:00:00", FrameRate(50), GRID, 5, Label(90_005, is_drop=False), "01:00:00:05"),
        ("nonsense", GRID, GRID, 5, Label(5, is_drop=False), "00:00:00:05"),
    ],
)
def test_the_time_code_of_the_medium_goes_on(timecode, rate, grid, frame, label, text):
    found = label_at(item(rate=rate, timecode=timecode), grid, frame)
    assert found == label
    assert found.text(grid) == text
