"""Values that are animated: as sliders set them, as they are shown, as keys on the timeline."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from latentsync_studio.core.mask.keyframes import Key
from latentsync_studio.core.mask.layer import LayerId, MaskLayer
from latentsync_studio.core.timeline.edits.curves import keys_of, set_curve
from latentsync_studio.core.timeline.edits.masks import add_layer
from latentsync_studio.ui.curves.rows import rows_of, settings_at, value_text, with_value
from latentsync_studio.ui.inspector.target import Target, target_of
from latentsync_studio.ui.timeline.geometry import Heights, Rows, Viewport
from latentsync_studio.ui.timeline.painting.key_lane import key_at, key_frames, key_x, lane_of
from latentsync_studio.ui.timeline.tools.key_drag import moved
from tests.ui.timeline.scenes import talk


@pytest.fixture
def project():
    return talk()


def first(project):
    """The first clip with a picture."""
    return next(t for t in project.sequences[0].tracks if t.kind == "video").clips[0]


def animated(project, *keys):
    made = tuple(Key(frame=frame, value=value) for frame, value in keys)
    return set_curve(project, first(project).id, "compose.lips", made)


def test_a_slider_sets_a_key_where_its_value_is_animated_and_a_setting_elsewhere(project):
    clip = first(project)
    start = clip.source.start
    project = animated(project, (start, 1.0))
    target = target_of(project.sequences[0], {clip.id})
    project = with_value(project, target, "compose.lips", 0.25, clip.start + 10)
    assert keys_of(first(project), "compose.lips")[-1] == Key(frame=start + 10, value=0.25)
    assert not first(project).overrides
    target = target_of(project.sequences[0], {clip.id})
    project = with_value(project, target, "compose.jaw", 0.5, clip.start + 10)
    assert [(own.key, own.value) for own in first(project).overrides] == [("compose.jaw", 0.5)]
    project = with_value(project, Target(), "compose.jaw", 0.75, 0)
    assert project.settings.compose.jaw == 0.75


def test_the_form_shows_what_the_curve_says_at_the_playhead(project):
    clip = first(project)
    start = clip.source.start
    project = animated(project, (start, 0.0), (start + 10, 1.0))
    shown = settings_at(project.settings, first(project), clip.start + 5)
    assert shown.compose.lips == pytest.approx(0.5)
    assert shown.compose.jaw == project.settings.compose.jaw
    beside = settings_at(project.settings, first(project), clip.stop + 100)
    assert beside.compose.lips == 1.0


def test_everything_of_a_clip_that_can_move_has_a_row_with_limits(project):
    layer = MaskLayer(id=LayerId(""), name="Microphone", role="protect")
    project = add_layer(project, first(project).id, layer)
    rows = {row.key: row for row in rows_of(project, first(project), 0)}
    (layer_id,) = (each.id for each in first(project).masks)
    assert {"compose.strength", "compose.grow", f"layer.{layer_id}.x", "usable.0"} <= set(rows)
    assert rows[f"layer.{layer_id}.opacity"].title == "Microphone: opacity"
    assert (rows["compose.lips"].limits.low, rows["compose.lips"].limits.high) == (0.0, 1.0)
    assert value_text(0.8, rows["compose.lips"].unit) == "80 %"


def test_keys_lie_on_their_clip_and_move_together(project):
    clip = first(project)
    start = clip.source.start
    project = animated(project, (start + 5, 0.0), (start + 20, 1.0))
    project = set_curve(project, clip.id, "compose.jaw", (Key(frame=start + 20, value=0.5),))
    clip = first(project)
    assert key_frames(clip) == (start + 5, start + 20)
    view = Viewport(scale=6.0, width=2000, height=400)
    row = next(
        row
        for row in Rows(project.sequences[0], Heights()).rows
        if any(each.id == clip.id for each in row.track.clips)
    )
    top, bottom = lane_of(row, view)
    x = key_x(clip, start + 20, view)
    assert key_at(row, clip, view, x, (top + bottom) / 2) == start + 20
    assert key_at(row, clip, view, x + 9, (top + bottom) / 2) is None
    assert key_at(row, clip, view, x, top - 3) is None
    after = first(moved(project, clip, start + 20, -3))
    assert [key.frame for key in keys_of(after, "compose.jaw")] == [start + 17]
    assert [key.frame for key in keys_of(after, "compose.lips")] == [start + 5, start + 17]
    assert replace(after, curves=()) == replace(clip, curves=())
