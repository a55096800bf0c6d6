"""The inspector changes clips or the project: live while dragging, one undo step at the end."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt

from latentsync_studio.core.settings.fields import value_of
from latentsync_studio.core.settings.quality import LEVELS
from latentsync_studio.core.timeline.edits.clips import settings_of
from latentsync_studio.core.timeline.edits.media import add_media, set_media
from latentsync_studio.core.timeline.edits.place import media_placements, overwrite
from latentsync_studio.core.timeline.edits.tracks import add_sequence, drive_lips
from latentsync_studio.core.timeline.model import (
    AudioFacts,
    MediaId,
    MediaItem,
    Project,
    SpeechLane,
    VideoFacts,
)
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.ui.clip_focus import ClipFocus
from latentsync_studio.ui.inspector.panel import InspectorPanel
from latentsync_studio.ui.media_bin.controller import MediaController
from tests.services.conftest import cut_clip


class Unsaved:
    path = None


@pytest.fixture
def bench(workbench):
    workbench.preferences.set("performance.proxies", value=False)
    workbench.project = Unsaved()
    workbench.media = MediaController(workbench)
    workbench.focus = ClipFocus(workbench)
    video = VideoFacts(n_frames=250, rate=FrameRate(25), width=640, height=360)
    audio = AudioFacts(rate_hz=48_000, n_samples=480_000)
    project = Project()
    for item in (
        MediaItem(id=MediaId(""), name="talk <b>.mp4", path="/no/talk.mp4", video=video),
        MediaItem(id=MediaId(""), name="speech.wav", path="/no/speech.wav", audio=audio),
    ):
        project = add_media(project, item)
    project = add_sequence(project, "Cut", FrameRate(25), (640, 360))
    picture, sound = (track.id for track in project.sequences[0].tracks)
    project = overwrite(project, media_placements(project, MediaId("m1"), 0, [picture]))
    project = overwrite(project, media_placements(project, MediaId("m2"), 0, [sound]))
    project = drive_lips(project, sound, SpeechLane())
    workbench.store.open(project)
    yield workbench
    workbench.focus.close()
    workbench.media.close()


@pytest.fixture
def panel(bench, qtbot):
    widget = InspectorPanel(bench)
    qtbot.addWidget(widget)
    yield widget
    widget.close_panel()


def the_clip(bench):
    return bench.session.sequence.tracks[0].clips[0]


def shown(bench, key):
    return value_of(settings_of(bench.store.project, the_clip(bench)), key)


def test_without_a_selection_it_changes_the_project(panel, bench):
    editor = panel.forms["blend"].editors["compose.lips"]
    editor.spin.setValue(0.5)
    assert bench.store.project.settings.compose.lips == pytest.approx(0.5)
    assert the_clip(bench).overrides == ()
    assert bench.store.undo_stack.count() == 1


def test_a_selected_clip_gets_settings_of_its_own_and_can_let_go_of_them(panel, bench):
    bench.session.select(clips=[the_clip(bench).id])
    panel.engine.forms["mouthbank"].editors["mouthbank.expression"].spin.setValue(1.3)
    assert shown(bench, "mouthbank.expression") == pytest.approx(1.3)
    assert bench.store.project.settings.mouthbank.expression == pytest.approx(1.0)
    assert panel.own.isVisibleTo(panel)
    panel.own.click()
    assert the_clip(bench).overrides == ()
    assert not panel.own.isVisibleTo(panel)


def test_a_dragged_slider_is_seen_at_once_and_is_one_undo_step(panel, bench):
    before = bench.store.project
    slider = panel.forms["blend"].editors["compose.strength"].slider
    slider.setSliderDown(True)
    for place in (900, 600, 300):
        slider.setValue(place)
        assert bench.store.project.settings.compose.strength == pytest.approx(place / 1000)
    assert bench.store.undo_stack.count() == 0
    slider.setSliderDown(False)
    assert bench.store.undo_stack.count() == 1
    bench.store.undo_stack.undo()
    assert bench.store.project is before
    assert slider.value() == 1000


def test_the_quality_slider_sets_what_its_level_says(panel, bench):
    panel.quality.setValue(4)
    encode = bench.store.project.settings.encode
    assert (encode.speed, encode.quality) == (LEVELS[4].speed, LEVELS[4].quality)
    assert LEVELS[4].name in panel._quality_text.text()


def test_the_offset_moves_the_lane_that_drives_the_clip(panel, bench):
    bench.session.select(clips=[the_clip(bench).id])
    panel.face.offset.setValue(40)
    assert bench.session.sequence.tracks[1].speech.offset_ms == 40
    bench.store.undo_stack.undo()
    assert panel.face.offset.value() == 0


def test_a_clip_without_speech_says_how_to_give_it_one(panel, bench):
    track = bench.session.sequence.tracks[1].id
    bench.store.edit("No lane", lambda project: drive_lips(project, track, None))
    bench.session.select(clips=[the_clip(bench).id])
    assert "No speech drives this clip" in panel.face.note.text()
    assert not panel.face.offset.isEnabled()


def test_names_are_shown_as_text_not_as_markup(panel, bench):
    bench.session.select(clips=[the_clip(bench).id])
    assert "talk &lt;b&gt;.mp4" in panel.title.text()


def test_a_selected_medium_shows_its_facts(panel, bench):
    bench.session.select(media=["m1"])
    rows = dict(panel.facts.rows())
    assert rows["Duration"] == "00:00:10:00"
    assert rows["Picture"] == "640 x 360"
    assert panel.facts.isVisibleTo(panel)
    bench.session.select(media=[])
    assert not panel.facts.isVisibleTo(panel)


def test_the_shown_settings_can_be_saved_and_applied_as_a_preset(panel, bench, qtbot):
    qtbot.waitUntil(lambda: panel.presets.list.count() > 0, timeout=10_000)
    panel.forms["blend"].editors["compose.lips"].spin.setValue(0.25)
    panel.presets.save_as("Soft lips")
    qtbot.waitUntil(lambda: panel.presets.list.findText("Soft lips") >= 0, timeout=10_000)
    panel.presets.reset()
    assert bench.store.project.settings.compose.lips == pytest.approx(1.0)
    qtbot.waitUntil(lambda: panel.presets.list.currentText() == "Soft lips", timeout=10_000)
    panel.presets.apply()
    assert bench.store.project.settings.compose.lips == pytest.approx(0.25)
    entries = panel.presets.entries
    panel.presets.menu.aboutToShow.emit()
    assert entries["update"].isEnabled()
    assert entries["delete"].isEnabled()
    panel.presets.list.setCurrentText("Film")
    panel.presets.menu.aboutToShow.emit()
    assert not entries["update"].isEnabled()
    assert entries["export"].isEnabled()
    panel.presets.list.setCurrentText("Soft lips")
    panel.presets.delete_chosen()
    qtbot.waitUntil(lambda: panel.presets.list.findText("Soft lips") < 0, timeout=10_000)


def test_limits_of_this_computer_are_changed_in_the_preferences(panel, bench):
    spin = panel.performance.editors["memory_limit"].spin
    spin.setValue(4096)
    assert bench.preferences.current.performance.memory_limit == 4096
    bench.preferences.set("performance.memory_limit", 1024)
    assert spin.value() == 1024
    bench.session.select(clips=[the_clip(bench).id])
    assert not panel.speed.isVisibleTo(panel)


def test_the_facts_follow_a_medium_that_is_renamed_or_lies_elsewhere(panel, bench):
    bench.session.select(media=["m1"])
    moved = replace(bench.store.project.media[0], name="other.mp4", path="/new/other.mp4")
    bench.store.edit("Relink", lambda project: set_media(project, moved))
    assert panel.facts.title() == "other.mp4"
    assert dict(panel.facts.rows())["File"] == "/new/other.mp4"
    bench.store.undo_stack.undo()
    assert dict(panel.facts.rows())["File"] == "/no/talk.mp4"


def the_lane(bench):
    return bench.session.sequence.tracks[1].id


def the_sound(bench):
    return bench.session.sequence.tracks[1].clips[0]


def test_a_selected_sound_shows_its_lane_and_no_settings_of_the_project(panel, bench):
    bench.session.select(clips=[the_sound(bench).id])
    assert "Sound clip" in panel.title.text()
    assert "speech.wav" in panel.title.text()
    assert "On A1, which drives the lips" in panel.face.note.text()
    hidden = (panel.presets, *panel.sections, panel.output, panel.speed, panel.own)
    assert not any(widget.isVisibleTo(panel) for widget in hidden)
    assert not panel.face.face.isVisibleTo(panel)
    panel.face.offset.setValue(-30)
    assert bench.session.sequence.tracks[1].speech.offset_ms == -30
    before = bench.store.project
    assert panel.target.with_values(before, {"compose.lips": 0.5}) is before
    bench.store.edit("No", lambda project: drive_lips(project, the_lane(bench), None))
    assert "drives no lips" in panel.face.note.text()
    assert not panel.face.offset.isVisibleTo(panel)
    bench.session.select(clips=[])
    assert all(widget.isVisibleTo(panel) for widget in hidden[:-1])


def test_the_offset_says_that_it_is_the_whole_lanes(panel, bench):
    bench.session.select(clips=[the_clip(bench).id])
    assert panel.face.offset_label.text() == "Sync offset of A1"
    assert panel.face.offset.accessibleName() == "Sync offset of A1"
    assert "everything that A1 drives" in panel.face.offset.toolTip()


def test_faces_are_chosen_by_their_pictures(panel, bench, qtbot, tmp_path):
    path = cut_clip(tmp_path / "face.mp4", 10)
    found = replace(bench.store.project.media[0], name=path.name, path=str(path), digest="d" * 40)
    bench.store.edit("Relink", lambda project: set_media(project, found))
    bench.session.select(clips=[the_clip(bench).id])
    panel.face.find_faces()
    assert not panel.face.find_button.isEnabled()
    bench.session.select(clips=[the_sound(bench).id])
    bench.session.select(clips=[the_clip(bench).id])
    assert not panel.face.find_button.isEnabled()  # still looking
    with qtbot.waitSignal(panel.face.faces_found, timeout=30_000):
        pass
    face = panel.face.face
    assert face.count() == 1
    assert face.iconSize().height() >= 48
    assert not face.itemIcon(0).isNull()
    assert re.fullmatch(r"Face 0, \d+ px, 0\.4 s", face.itemText(0))
    assert "seen in 10 of the frames 0 to 9" in face.itemData(0, Qt.ItemDataRole.ToolTipRole)
    assert not panel.face.find_button.isVisibleTo(panel)
    # another window lists what was found before without being asked
    other = InspectorPanel(bench)
    qtbot.addWidget(other)
    bench.focus.look_again()
    qtbot.waitUntil(lambda: not other.face.face.itemIcon(0).isNull(), timeout=30_000)
    assert not other.face.find_button.isVisibleTo(other)
    other.close_panel()
