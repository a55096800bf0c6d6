"""Fades of takes: around borders inside of a clip, as long as settings say and room is."""

import pytest
from cuts import clips_of, project

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits import trim
from latentsync_studio.core.timeline.edits.media import set_settings
from latentsync_studio.core.timeline.edits.takes import add_take
from latentsync_studio.core.timeline.fades import fades_of, with_fades

CLIP = "c100"


def taken(*spans, **more):
    """A clip that shows frames 50..150 of its medium, with chosen takes of spans."""
    made = project(V1=[(10, 50, 150)])
    for number, span in enumerate(spans):
        made = add_take(made, CLIP, {"seed": number + 1, **more}, FrameRange(*span))
    return made


def fades(made):
    """(start, stop, seed before, seed after)."""
    [clip] = clips_of(made)
    return [
        (fade.frames.start, fade.frames.stop, *(take.name if take else "" for take in fade[1:]))
        for fade in fades_of(made, clip)
    ]


def test_a_take_fades_in_and_out_four_frames_on_both_sides():
    made = taken((70, 90))
    assert fades(made) == [(66, 74, "", "Take 1"), (86, 94, "Take 1", "")]
    [clip] = clips_of(made)
    fade = fades_of(made, clip)[0]
    shares = [fade.share_at(frame) for frame in fade.frames]
    assert shares == pytest.approx([(n + 0.5) / 8 for n in range(8)])
    assert with_fades(made, clip, FrameRange(70, 90)) == FrameRange(66, 94)
    assert with_fades(made, clip, FrameRange(74, 86)) == FrameRange(74, 86)


def test_nothing_fades_where_the_clip_begins_or_ends():
    assert fades(taken((50, 150))) == []
    assert fades(taken((40, 80))) == [(76, 84, "Take 1", "")]
    assert fades(trim.trim_head(taken((70, 90)), CLIP, 20, linked=False)) == [
        (86, 94, "Take 1", "")
    ]


def test_takes_that_meet_fade_into_each_other_and_short_ones_have_short_fades():
    assert fades(taken((50, 80), (80, 150))) == [(76, 84, "Take 1", "Take 2")]
    assert fades(taken((70, 75))) == [(68, 72, "", "Take 1"), (73, 77, "Take 1", "")]
    assert fades(taken((70, 71))) == []


def test_no_take_is_no_fade_and_a_fade_can_be_left_out():
    assert fades(project(V1=[(10, 50, 150)])) == []
    assert fades(taken((70, 90), take_fade=0)) == []
    made = add_take(taken((60, 80), take_fade=1), CLIP, {}, FrameRange(80, 100))
    assert [(start, stop) for start, stop, *_ in fades(made)] == [(59, 61), (79, 81), (96, 104)]


def test_takes_follow_the_fade_of_the_project():
    from msgspec.structs import replace

    made = taken((70, 90))
    longer = set_settings(made, replace(made.settings, take_fade=6))
    assert [(start, stop) for start, stop, *_ in fades(longer)] == [(64, 76), (84, 96)]
