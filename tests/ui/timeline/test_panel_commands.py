"""What menus and keys do; the same as the mouse, without it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.ui.actions.table import COMMANDS
from latentsync_studio.ui.timeline.dialogs import MarkerDialog, NameDialog
from latentsync_studio.ui.timeline.properties import ClipDialog
from tests.ui.timeline.mouse import CTRL, SHIFT
from tests.ui.timeline.scenes import A1, A2, SPEECH, STILL, V1, V2, clip, project


@pytest.fixture
def do(bench, panel):
    return bench.actions.trigger


def names(bench):
    return {t.name: [c.id for c in t.clips] for t in bench.session.sequence.tracks}


def opened(panel, kind):
    return panel.window().findChild(kind)


OWN = ("sequence.", "mark.", "tool.", "view.zoom", "view.taller", "view.flatter", "view.clips")
EDIT = ("cut", "copy", "paste", "paste_insert", "duplicate", "delete", "ripple_delete")
CLIP = ("enable", "link", "rename", "speed", "reveal", "properties")


def test_all_commands_of_the_timeline_are_bound(bench, panel):
    bench.session.select({"c105"})
    bench.actions.trigger("edit.copy")
    wanted = [c.id for c in COMMANDS if c.id.startswith(OWN)]
    wanted += [f"edit.{name}" for name in (*EDIT, "select_all", "deselect")]
    wanted += [f"clip.{name}" for name in CLIP] + ["play.next_edit", "play.previous_edit"]
    assert [name for name in wanted if not bench.actions[name].isEnabled()] == []


def test_commands_of_the_selection_are_off_without_one(bench, panel):
    assert not bench.actions["edit.delete"].isEnabled()
    assert not bench.actions["edit.paste"].isEnabled()
    assert not bench.actions["clip.properties"].isEnabled()


def test_delete_and_ripple_delete(bench, do, clips):
    bench.session.select({"c100", "c102"})
    do("edit.ripple_delete")
    assert names(bench)["V1"] == ["c101"]
    assert clips("c101").start == 165  # as far as the speech can move along: from 60 to 0
    bench.session.select({"c101"})
    do("edit.delete")
    assert names(bench)["A1"] == ["c103"]


def test_cut_and_paste_at_the_playhead_on_the_same_tracks(bench, do):
    bench.session.select({"c105"})
    do("edit.cut")
    assert not names(bench)["V2"]
    bench.session.seek(400)
    do("edit.paste")
    pasted = bench.session.sequence.tracks[1].clips[0]
    assert (pasted.start, pasted.stop) == (400, 460)
    assert bench.session.clips == {pasted.id}
    assert bench.session.playhead == 460


def test_paste_insert_moves_what_is_behind(bench, do, clips):
    bench.session.select({"c105"})
    do("edit.copy")
    bench.session.seek(225)
    do("edit.paste_insert")
    assert clips("c101").start == 285


def test_duplicate_lies_behind_and_is_selected(bench, do):
    bench.session.select({"c105"})
    do("edit.duplicate")
    assert [c.start for c in bench.session.sequence.tracks[1].clips] == [260, 320]
    assert "c105" not in bench.session.clips


def test_select_all_and_none(bench, do):
    do("edit.select_all")
    assert len(bench.session.clips) == 6
    do("edit.deselect")
    assert not bench.session.clips


def test_insert_and_overwrite_what_is_selected_in_the_bin(bench, do, clips):
    bench.session.select(media={STILL})
    bench.session.seek(225)
    do("sequence.insert")
    assert clips("c101").start == 225 + 125
    assert bench.session.playhead == 350
    bench.session.select(media={STILL})
    bench.session.select(tracks={V2})
    bench.session.seek(0)
    do("sequence.overwrite")
    assert bench.session.sequence.tracks[1].clips[0].start == 0


def test_insert_without_selected_media_says_what_to_do(bench, do):
    do("sequence.insert")
    assert "media bin" in bench.told[-1][1]


def test_lift_and_extract_need_a_marked_range(bench, do, clips):
    do("sequence.lift")
    assert "in and out" in bench.told[-1][1]
    bench.session.seek(50)
    do("mark.in")
    bench.session.seek(69)
    do("mark.out")
    assert bench.session.sequence.work_area == FrameRange(50, 70)
    do("sequence.extract")
    assert clips("c101").start == 205
    bench.session.select(tracks={A2})
    do("sequence.lift")
    assert bench.session.sequence.tracks[3].clips[0].start == 70


def test_razor_cuts_selected_clips_or_target_tracks(bench, do):
    bench.session.seek(300)
    bench.session.select({"c101"})
    do("sequence.razor")
    assert len(names(bench)["V1"]) == 3
    assert len(names(bench)["A1"]) == 2
    do("sequence.razor_all")
    assert {name: len(held) for name, held in names(bench).items()} == {
        "V1": 3,
        "V2": 2,
        "A1": 3,
        "A2": 1,
    }


def test_ripple_trims_to_the_playhead(bench, do, clips):
    bench.session.seek(45)
    do("sequence.ripple_head")
    assert clips("c100").source.start == 70
    assert bench.session.playhead == 25
    bench.session.seek(100)
    do("sequence.ripple_tail")
    assert clips("c100").stop == 100
    assert clips("c101").start == 100
    bench.session.seek(3000)
    do("sequence.ripple_tail")
    assert bench.told[-1] == ("warning", "There is no clip under the playhead.")


def test_nudges_and_tracks_by_key(bench, do, clips):
    bench.session.select({"c105"})
    do("sequence.nudge_right")
    do("sequence.nudge_right")
    do("sequence.nudge_left")
    assert clips("c105").start == 261
    do("sequence.move_down")
    assert "c105" in names(bench)["V1"]
    do("sequence.move_down")
    assert bench.told[-1][0] == "warning"
    do("sequence.move_up")
    assert "c105" in names(bench)["V2"]


def test_close_gap(bench, do, clips):
    bench.session.seek(10)
    bench.session.select(tracks={V1, A1})
    do("sequence.close_gap")
    assert clips("c100").start == 0
    do("sequence.close_gap")
    assert bench.told[-1][0] == "warning"


def test_a_gap_that_another_track_holds_open_can_be_closed_without_it(bench, do, clips):
    speech = [clip(1, 0, 225, media=SPEECH), clip(2, 225, 90, source=300, media=SPEECH)]
    bench.store.open(project(V1=[clip(100, 25, 200), clip(101, 225, 150)], A2=speech))
    buttons = []
    bench.message.connect(lambda _text, _level, offered: buttons.extend(offered))
    bench.session.select({"c100"})
    do("edit.ripple_delete")
    assert clips("c101").start == 225
    assert "on A2" in bench.told[-1][1]
    assert "close the gap without it" in bench.told[-1][1]
    ((label, close),) = buttons
    assert label == "Move only V1"
    close()
    assert (clips("c101").start, clips("c2").start) == (25, 225)
    bench.store.undo_stack.undo()
    assert clips("c100").start == 25


def test_enable_link_and_speed(bench, do, clips):
    bench.session.select({"c100"})
    do("clip.enable")
    assert not clips("c100").is_enabled
    assert clips("c102").is_enabled
    do("clip.enable")
    assert clips("c100").is_enabled
    do("clip.link")
    assert clips("c102").link is None
    bench.session.select({"c100", "c102"})
    do("clip.link")
    assert clips("c100").link == clips("c102").link is not None
    before = bench.store.project
    do("clip.speed")
    assert "Render the clip" in bench.told[-1][1]
    assert bench.store.project is before


def test_reveal_selects_the_media(bench, do):
    bench.session.select({"c104"})
    do("clip.reveal")
    assert bench.session.media == {SPEECH}


def test_rename_a_clip(bench, panel, do, clips):
    bench.session.select({"c105"})
    do("clip.rename")
    dialog = opened(panel, NameDialog)
    dialog.name.setText("Portrait")
    dialog.accept()
    assert clips("c105").name == "Portrait"


@pytest.mark.parametrize(
    ("edit", "by", "is_done"),
    [
        ("trim head", 10, lambda c: (c.start, c.source.start) == (235, 610)),
        ("trim tail", -10, lambda c: c.stop == 365),
        ("ripple head", 10, lambda c: (c.start, c.source.start) == (225, 610)),
        ("slip", 7, lambda c: c.source.start == 607),
        ("slide", 5, lambda c: c.start == 230),
        ("move", 30, lambda c: c.start == 255),
    ],
)
def test_all_that_the_mouse_drags_goes_by_numbers(panel, do, clips, edit, by, is_done):
    bench = panel._workbench
    bench.session.select({"c101", "c103"})
    do("clip.properties")
    dialog = opened(panel, ClipDialog)
    dialog.edit.setCurrentIndex(dialog.edit.findData(edit))
    dialog.by.setValue(by)
    dialog.once_more.click()
    assert is_done(clips("c101"))
    assert clips("c103").start == clips("c101").start
    assert bench.store.undo_stack.count() == 1
    dialog.reject()


def test_numbers_that_do_nothing_are_said_in_the_form(bench, panel, do):
    bench.session.select({"c105"})
    do("clip.properties")
    dialog = opened(panel, ClipDialog)
    dialog.edit.setCurrentIndex(dialog.edit.findData("roll"))
    dialog.by.setValue(3)
    dialog.accept()
    assert dialog.isVisible()
    assert "No clip follows" in dialog.trouble.text()
    dialog.reject()


def test_tracks_are_added_moved_and_removed(bench, do):
    do("sequence.add_video")
    do("sequence.add_audio")
    assert list(names(bench)) == ["V1", "V2", "V3", "A1", "A2", "A3"]
    bench.session.select(tracks={V1})
    do("sequence.track_up")
    assert list(names(bench))[:2] == ["V2", "V1"]
    do("sequence.remove_track")
    assert "V1" not in names(bench)
    bench.session.select((), tracks=())
    do("sequence.remove_track")
    assert "No track is chosen" in bench.told[-1][1]


def test_a_track_is_made_to_drive_the_lips(bench, do):
    bench.session.select(tracks={A1})
    assert not bench.actions["sequence.drives_lips"].isChecked()
    do("sequence.drives_lips")
    assert bench.session.sequence.tracks[2].speech is not None
    assert bench.actions["sequence.drives_lips"].isChecked()
    do("sequence.drives_lips")
    assert bench.session.sequence.tracks[2].speech is None


def test_markers(bench, panel, do):
    for frame in (30, 90):
        bench.session.seek(frame)
        do("mark.add")
    do("mark.previous")
    assert bench.session.playhead == 30
    do("mark.next")
    assert bench.session.playhead == 90
    do("mark.edit")
    dialog = opened(panel, MarkerDialog)
    dialog.name.setText("Laugh")
    dialog.start.setText("+10")
    dialog.length.setValue(25)
    dialog.accept()
    marker = bench.session.sequence.markers[1]
    assert (marker.name, marker.frames) == ("Laugh", FrameRange(100, 125))
    bench.session.seek(110)
    do("mark.remove")
    assert len(bench.session.sequence.markers) == 1
    do("mark.remove")
    assert "no marker" in bench.told[-1][1]


def test_the_work_area_by_key(bench, do):
    bench.session.seek(100)
    do("mark.out")
    assert bench.session.sequence.work_area == FrameRange(0, 101)
    bench.session.seek(200)
    do("mark.in")
    assert bench.session.sequence.work_area == FrameRange(200, 375)
    do("mark.go_out")
    assert bench.session.playhead == 374
    do("mark.go_in")
    assert bench.session.playhead == 200
    do("mark.clear")
    assert bench.session.sequence.work_area is None


def test_what_is_at_the_playhead_is_selected_and_marked(bench, do):
    bench.session.seek(80)
    do("edit.select_here")
    assert bench.session.clips == {"c100", "c102", "c104"}
    bench.session.select({"c104"})
    do("mark.clip")
    assert bench.session.sequence.work_area == FrameRange(60, 200)
    bench.session.select((), tracks={V1})
    do("mark.clip")
    assert bench.session.sequence.work_area == FrameRange(25, 225)
    bench.session.seek(500)
    do("mark.clip")
    assert bench.told[-1] == ("warning", "There is no clip at the playhead.")


def test_from_cut_to_cut(bench, do):
    seen = []
    for _ in range(4):
        do("play.next_edit")
        seen.append(bench.session.playhead)
    assert seen == [25, 60, 200, 225]
    do("play.previous_edit")
    assert bench.session.playhead == 200
    bench.session.select(tracks={V2})
    do("play.next_edit")
    assert bench.session.playhead == 260


def test_tools_and_switches_follow_the_session(bench, do):
    do("tool.razor")
    assert bench.session.tool == "razor"
    bench.session.use_tool("slip")
    checked = [c.id for c in COMMANDS if c.group == "tool" and bench.actions[c.id].isChecked()]
    assert checked == ["tool.slip"]
    do("tool.snap")
    assert not bench.session.is_snapping
    bench.session.switch(snapping=True)
    assert bench.actions["tool.snap"].isChecked()


def test_zoom_and_heights_by_key(bench, do, canvas):
    scale = canvas.view.scale
    do("view.zoom_in")
    assert canvas.view.scale == pytest.approx(scale * 1.5)
    do("view.zoom_fit")
    assert canvas.view.x_of(375) <= canvas.view.width
    height = canvas.rows.rows[0].height
    do("view.taller")
    assert canvas.rows.rows[0].height > height
    do("view.flatter")
    assert canvas.rows.rows[0].height == height


def test_ctrl_arrows_walk_from_clip_to_clip(bench, canvas):
    QTest.keyClick(canvas, Qt.Key.Key_Right, CTRL)
    assert bench.session.clips == {"c105"}
    QTest.keyClick(canvas, Qt.Key.Key_Down, CTRL)
    assert bench.session.clips == {"c101", "c103"}
    QTest.keyClick(canvas, Qt.Key.Key_Left, CTRL)
    assert bench.session.clips == {"c100", "c102"}
    QTest.keyClick(canvas, Qt.Key.Key_Up, CTRL | SHIFT)
    assert bench.session.clips == {"c100", "c102", "c105"}
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert not bench.session.clips
