"""The inspector under a chosen take: its settings are shown and changed, not the clip's own."""

import pytest

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.settings.fields import value_of
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.core.timeline.edits.clips import override, settings_of
from latentsync_studio.core.timeline.edits.copy import duplicate
from latentsync_studio.core.timeline.edits.takes import add_take, choose_take, settings_with
from tests.ui.inspector.test_inspector_panel import bench, panel, the_clip

__all__ = ["bench", "panel"]

SPAN = FrameRange(50, 90)


@pytest.fixture
def taken(panel, bench):
    """Return the bench: one clip with a chosen take on SPAN, selected, the playhead in it."""
    clip = the_clip(bench).id
    values = {"mouthbank.expression": 1.4, "seed": 3}
    bench.store.open(add_take(bench.store.project, clip, values, SPAN, name="Wide <1>", preset="x"))
    bench.session.select(clips=[clip])
    bench.session.seek(60)
    return bench


def take(bench):
    return the_clip(bench).takes[0]


def of_take(bench, key):
    return value_of(settings_with(bench.store.project, the_clip(bench), take(bench)), key)


def of_clip(bench, key):
    return value_of(settings_of(bench.store.project, the_clip(bench)), key)


def test_the_head_says_whose_settings_are_shown_and_they_follow_the_playhead(panel, taken):
    expression = panel.engine.forms["mouthbank"].editors["mouthbank.expression"].spin
    assert panel.title.text() == (
        "<b>Clip</b> talk &lt;b&gt;.mp4, <b>Wide &lt;1&gt;</b> (frames 50 to 89)"
    )
    assert expression.value() == pytest.approx(1.4)
    assert panel.own.text() == "Use the clip's settings"
    taken.session.seek(90)
    assert panel.title.text().endswith("Its own settings; takes hold in 40 frame(s)")
    assert expression.value() == pytest.approx(1.0)
    assert not panel.own.isVisibleTo(panel)
    taken.session.seek(50)
    assert expression.value() == pytest.approx(1.4)


def test_a_slider_changes_the_take_in_one_step_and_leaves_the_clip(panel, taken):
    before = taken.store.project
    slider = panel.engine.forms["mouthbank"].editors["mouthbank.expression"].slider
    slider.setSliderDown(True)
    for place in (100, 500):
        slider.setValue(place)
    slider.setSliderDown(False)
    assert taken.store.undo_stack.count() == 1
    assert of_take(taken, "mouthbank.expression") != pytest.approx(1.4)
    assert take(taken).preset == ""
    assert the_clip(taken).overrides == ()
    taken.store.undo_stack.undo()
    assert taken.store.project is before


def test_blend_and_fade_of_a_take_are_its_own(panel, taken):
    panel.forms["blend"].editors["compose.lips"].spin.setValue(0.5)
    panel.forms["blend"].editors["take_fade"].spin.setValue(0)
    assert (of_take(taken, "compose.lips"), of_clip(taken, "compose.lips")) == (0.5, 1.0)
    assert (of_take(taken, "take_fade"), of_clip(taken, "take_fade")) == (0, 4)
    taken.session.seek(10)
    panel.forms["blend"].editors["compose.lips"].spin.setValue(0.25)
    assert (of_take(taken, "compose.lips"), of_clip(taken, "compose.lips")) == (0.5, 0.25)


def test_another_engine_of_a_take(panel, taken):
    panel.engine.engine_chosen.emit("latentsync")
    assert (of_take(taken, "engine"), of_clip(taken, "engine")) == ("latentsync", "mouthbank")
    assert panel.engine.chosen == "latentsync"
    panel.engine.speed.setValue(0)
    assert of_take(taken, "latentsync.steps") != of_clip(taken, "latentsync.steps")
    assert taken.store.undo_stack.count() == 2
    taken.session.seek(10)
    assert panel.engine.chosen == "mouthbank"


def test_presets_defaults_and_the_clip_s_settings_go_to_the_take_in_one_step_each(panel, taken):
    stack, clip = taken.store.undo_stack, the_clip(taken).id
    panel.presets.applied.emit({"compose.jaw": 0.2, "encode.quality": 30, "seed": 8}, "Soft")
    assert (of_take(taken, "compose.jaw"), of_take(taken, "seed")) == (0.2, 8)
    assert take(taken).preset == "Soft"
    assert taken.store.project.settings.encode == RenderSettings().encode
    assert stack.count() == 1
    panel.presets.reset()
    assert settings_with(taken.store.project, the_clip(taken), take(taken)) == RenderSettings()
    assert stack.count() == 2
    stack.undo()
    stack.undo()
    taken.store.edit("Own", lambda project: override(project, [clip], "seed", 5))
    panel.own.click()
    assert (of_take(taken, "seed"), of_take(taken, "mouthbank.expression")) == (5, 1.0)
    assert the_clip(taken).overrides != ()
    assert stack.count() == 2
    assert not panel.own.isVisibleTo(panel)


def test_of_several_clips_those_under_the_playhead_change_their_takes(panel, taken):
    clip = the_clip(taken).id
    taken.store.edit("Copy", lambda project: duplicate(project, [clip], 250, linked=False))
    first, second = taken.session.sequence.tracks[0].clips
    taken.session.select(clips=[first.id, second.id])
    assert panel.title.text() == (
        "<b>2 clip(s)</b><br>At the playhead: Wide &lt;1&gt; of talk &lt;b&gt;.mp4"
    )
    panel.engine.seed.editors["seed"].spin.setValue(11)
    first, second = taken.session.sequence.tracks[0].clips
    assert (first.takes[0].values["seed"], first.overrides) == (11, ())
    assert (second.takes[0].values["seed"], second.overrides[0].value) == (3, 11)
    panel.presets.reset()
    assert settings_of(taken.store.project, taken.session.sequence.tracks[0].clips[1]).seed == 0
    assert of_take(taken, "seed") == 0


def test_choosing_another_take_shows_that_one(panel, taken):
    clip = the_clip(taken).id
    taken.store.edit("Other", lambda p: add_take(p, clip, {"seed": 7}, SPAN, name="Other"))
    assert "Other" in panel.title.text()
    wide = take(taken).id
    taken.store.edit("Back", lambda project: choose_take(project, clip, wide))
    assert "Wide" in panel.title.text()
