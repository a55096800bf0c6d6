"""The tools, by real mouse events: each drag is one undo step, and Esc takes it back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.marks import add_marker, set_work_area
from latentsync_studio.core.timeline.edits.tracks import switch_track
from tests.ui.timeline.mouse import ALT, CTRL, MIDDLE, SHIFT
from tests.ui.timeline.scenes import A1, A2, V1, V2


def steps(bench):
    return bench.store.undo_stack.count()


def test_a_click_selects_the_clip_with_its_linked_ones(bench, mouse):
    mouse.click(100, V1)
    assert bench.session.clips == {"c100", "c102"}


def test_alt_click_selects_one_of_linked_clips(bench, mouse):
    mouse.click(100, V1, keys=ALT)
    assert bench.session.clips == {"c100"}


def test_without_linked_selection_a_click_selects_one(bench, mouse):
    bench.session.switch(linked=False)
    mouse.click(100, V1)
    assert bench.session.clips == {"c100"}


def test_shift_click_adds_and_takes_away(bench, mouse):
    mouse.click(100, V1)
    mouse.click(300, V2, keys=SHIFT)
    assert bench.session.clips == {"c100", "c102", "c105"}
    mouse.click(100, V1, keys=SHIFT)
    assert bench.session.clips == {"c105"}


def test_a_click_on_nothing_deselects(bench, mouse):
    mouse.click(100, V1)
    mouse.click(400, V2)
    assert not bench.session.clips


def test_a_marquee_selects_what_it_touches(bench, mouse):
    mouse.drag((400, V2), (330, V1))
    assert bench.session.clips == {"c101", "c103"}


def test_a_drag_moves_linked_clips_as_one_step(bench, mouse, clips):
    before = bench.store.project
    mouse.drag((300, V1), (330, V1), keys=ALT)
    assert (clips("c101").start, clips("c103").start) == (255, 255)
    assert steps(bench) == 1
    bench.store.undo_stack.undo()
    assert bench.store.project is before


def test_a_dragged_edge_snaps_to_a_cut_and_shows_the_line(bench, canvas, mouse, clips, qtbot):
    mouse.press(290, V2)
    mouse.move(270, V2)
    mouse.move(290 - 37, V2)  # the head would lie at 223, the cut is at 225
    qtbot.waitUntil(lambda: clips("c105").start == 225)
    assert canvas.feedback.snap == 225
    mouse.release(290 - 37, V2)
    assert clips("c105").start == 225
    assert canvas.feedback.snap is None


def test_alt_suspends_snapping(mouse, clips):
    mouse.drag((290, V2), (290 - 37, V2), keys=ALT)
    assert clips("c105").start == 223


def test_snapping_can_be_turned_off(bench, mouse, clips):
    bench.session.switch(snapping=False)
    mouse.drag((290, V2), (290 - 37, V2))
    assert clips("c105").start == 223


def test_escape_cancels_a_drag_and_leaves_no_step(bench, canvas, mouse, qtbot):
    before = bench.store.project
    mouse.press(290, V2)
    mouse.move(200, V2)
    qtbot.waitUntil(lambda: bench.store.project is not before)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert bench.store.project is before
    mouse.release(200, V2)
    assert steps(bench) == 0


def test_no_shortcut_works_in_the_middle_of_a_drag(bench, panel, canvas, mouse, qtbot):
    mouse.drag((290, V2), (320, V2))
    bench.actions.bind("edit.undo", bench.store.undo_stack.undo)
    held = bench.store.project
    mouse.press(320, V2)
    mouse.move(360, V2)
    qtbot.waitUntil(lambda: bench.store.project is not held)
    QTest.keyClick(canvas, Qt.Key.Key_Z, CTRL)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert bench.store.project is held
    assert bench.store.undo_stack.index() == 1


def test_a_clip_goes_to_another_track_of_its_kind(bench, mouse, clips):
    mouse.drag((290, V2), (400, V1), keys=ALT)
    held = {track.name: [c.id for c in track.clips] for track in bench.session.sequence.tracks}
    assert "c105" in held["V1"]
    assert not held["V2"]


def test_moving_over_others_overwrites_them_only_in_the_end(bench, mouse, clips):
    mouse.drag((290, V2), (290, V1), keys=ALT)
    names = [c.id for c in bench.session.sequence.tracks[0].clips]
    assert len(names) == 4  # the clip below is cut in two around it


def test_ctrl_lays_copies(bench, mouse):
    mouse.drag((290, V2), (390, V2), keys=CTRL)
    assert len(bench.session.sequence.tracks[1].clips) == 2


def test_ctrl_lays_a_copy_on_another_track_and_tells_where_it_begins(bench, canvas, mouse, qtbot):
    mouse.press(290, V2)
    mouse.move(290, V2, 6, keys=CTRL)
    mouse.move(400, V1, keys=CTRL)
    qtbot.waitUntil(lambda: canvas.feedback.text.startswith("+110"))
    assert canvas.feedback.text.endswith(canvas.clock.label(370))
    mouse.release(400, V1, keys=CTRL)
    tracks = bench.session.sequence.tracks
    assert [c.id for c in tracks[1].clips] == ["c105"]
    assert tracks[0].clips[-1].start == 370
    assert steps(bench) == 1


def test_ctrl_lays_a_copy_straight_above(bench, mouse):
    mouse.drag((100, V1), (100, V2), keys=CTRL)
    tracks = {track.name: [c.start for c in track.clips] for track in bench.session.sequence.tracks}
    assert tracks == {"V1": [25, 225], "V2": [25, 260], "A1": [25, 225], "A2": [60]}


def test_a_drag_beyond_the_start_tells_where_the_clip_stops(canvas, mouse, qtbot):
    mouse.press(290, V2)
    mouse.move(10, V2, keys=ALT)
    qtbot.waitUntil(lambda: canvas.feedback.text.startswith("-260"))
    assert canvas.feedback.text.endswith(canvas.clock.label(0))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)


def test_the_ends_trim(bench, mouse, clips):
    mouse.drag((25, V1), (45, V1), dx=2, keys=ALT)
    assert clips("c100").source == FrameRange(70, 250)
    assert clips("c102").source == FrameRange(70, 250)
    mouse.drag((375, V1), (365, V1), dx=-3, keys=ALT)
    assert clips("c101").stop == 365
    assert steps(bench) == 2


def test_the_tool_tip_of_a_trim_says_how_long_the_clip_gets(canvas, mouse, qtbot):
    mouse.press(25, V1, dx=2)
    mouse.move(35, V1)
    mouse.move(45, V1, dx=2, keys=ALT)
    qtbot.waitUntil(lambda: canvas.feedback.text.startswith("+20"))
    assert "00:00:07:05" in canvas.feedback.text
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert not canvas.feedback.text


def test_a_trim_stops_at_the_media_and_at_the_neighbor(mouse, clips):
    mouse.drag((225, V1), (260, V1), dx=-3)
    assert clips("c100").stop == 225
    mouse.drag((25, V1), (0, V1), dx=2, keys=ALT)
    assert clips("c100").source.start == 25


def test_the_ripple_tool_closes_up(bench, mouse, clips):
    bench.session.use_tool("ripple")
    mouse.drag((225, V1), (205, V1), dx=-3, keys=ALT)
    assert clips("c101").start == 205
    assert clips("c103").start == 205


def test_the_roll_tool_moves_the_cut(bench, mouse, clips):
    bench.session.use_tool("roll")
    mouse.drag((225, V1), (235, V1), dx=2, keys=ALT)
    assert (clips("c100").stop, clips("c101").start) == (235, 235)
    assert (clips("c102").stop, clips("c103").start) == (235, 235)


def test_a_roll_without_a_cut_is_refused_in_words(bench, mouse):
    before = bench.store.project
    bench.session.use_tool("roll")
    mouse.drag((320, V2), (330, V2), dx=-3)
    assert bench.store.project is before
    assert bench.told[-1][0] == "warning"


def test_the_slip_tool_shows_other_media_in_place(bench, mouse, clips):
    bench.session.use_tool("slip")
    mouse.drag((300, V1), (290, V1))
    assert clips("c101").source == FrameRange(610, 760)
    assert clips("c101").start == 225


def test_the_slide_tool_moves_between_neighbors(bench, mouse, clips):
    bench.session.use_tool("slide")
    mouse.drag((300, V1), (310, V1), keys=ALT)
    assert clips("c101").start == 235
    assert clips("c100").stop == 235


def test_the_razor_cuts_where_it_is_clicked(bench, mouse):
    bench.session.use_tool("razor")
    mouse.click(100, V1)
    tracks = {track.name: len(track.clips) for track in bench.session.sequence.tracks}
    assert tracks == {"V1": 3, "V2": 1, "A1": 3, "A2": 1}
    mouse.click(300, V1, keys=SHIFT)
    tracks = {track.name: len(track.clips) for track in bench.session.sequence.tracks}
    assert tracks == {"V1": 4, "V2": 2, "A1": 4, "A2": 1}


def test_the_razor_shows_where_it_would_cut(bench, canvas, mouse):
    bench.session.use_tool("razor")
    mouse.move(100, V1, button=Qt.MouseButton.NoButton)
    assert canvas.feedback.cut == (100, V1)
    bench.session.use_tool("select")
    assert canvas.feedback.cut is None


def test_the_razor_snaps_to_where_the_playhead_is_now(bench, canvas, mouse):
    bench.session.use_tool("razor")
    none = Qt.MouseButton.NoButton
    bench.session.seek(100)
    mouse.move(102, V1, button=none)
    assert canvas.feedback.cut == (100, V1)
    bench.session.seek(150)
    mouse.move(103, V1, button=none)
    assert canvas.feedback.cut == (103, V1)
    mouse.move(152, V1, button=none)
    assert canvas.feedback.cut == (150, V1)
    mouse.click(102, V1)
    assert [c.start for c in bench.session.sequence.tracks[0].clips] == [25, 102, 225]


@pytest.mark.parametrize("tool", ["select", "ripple", "roll", "slip", "slide", "razor"])
def test_a_locked_track_refuses_in_words(bench, mouse, tool):
    bench.store.edit("Lock", lambda p: switch_track(p, V1, locked=True))
    before = bench.store.project
    bench.session.use_tool(tool)
    if tool == "razor":
        mouse.click(100, V1)
    else:
        mouse.drag((225, V1), (245, V1), dx=-3 if tool != "slide" else -60)
    assert bench.store.project is before
    assert bench.told[-1][0] == "warning"
    assert "locked" in bench.told[-1][1]


def test_the_refusal_is_shown_beside_the_mouse_while_dragging(bench, canvas, mouse, qtbot):
    bench.store.edit("Lock", lambda p: switch_track(p, V1, locked=True))
    mouse.press(100, V1)
    mouse.move(150, V1)
    qtbot.waitUntil(lambda: canvas.feedback.is_refused)
    assert "locked" in canvas.feedback.text
    QTest.keyClick(canvas, Qt.Key.Key_Escape)


def test_the_ruler_scrubs(bench, mouse):
    mouse.press(50, "ruler")
    assert bench.session.playhead == 50
    mouse.move(80, "ruler")
    mouse.release(80, "ruler")
    assert bench.session.playhead == 80


def test_with_shift_the_playhead_snaps(bench, mouse):
    mouse.drag((50, "ruler"), (223, "ruler"), keys=SHIFT)
    assert bench.session.playhead == 225


def test_the_playhead_does_not_snap_to_where_it_was(bench, mouse):
    mouse.drag((140, "ruler"), (142, "ruler"), keys=SHIFT)
    assert bench.session.playhead == 142


def test_a_marker_is_dragged_and_a_click_goes_to_it(bench, mouse):
    sequence = bench.session.sequence.id
    bench.store.edit("Mark", lambda p: add_marker(p, sequence, FrameRange(80, 81), "Here"))
    mouse.click(80, "marks")
    assert bench.session.playhead == 80
    mouse.drag((80, "marks"), (130, "marks"), keys=ALT)
    assert bench.session.sequence.markers[0].frames == FrameRange(130, 131)


def test_the_ends_of_the_work_area_are_dragged(bench, mouse):
    sequence = bench.session.sequence.id
    bench.store.edit("Area", lambda p: set_work_area(p, sequence, FrameRange(50, 200)))
    mouse.drag((50, "marks"), (70, "marks"), keys=ALT)
    mouse.drag((200, "marks"), (40, "marks"), keys=ALT)
    assert bench.session.sequence.work_area == FrameRange(70, 71)


def test_the_middle_button_pans(canvas, mouse):
    canvas.zoom(8, 0)
    canvas.scroll_to(1000, 0)
    mouse.press(100, V1, button=MIDDLE)
    mouse.move_to(mouse.place(100, V1, -50), button=MIDDLE)
    mouse.release(100, V1, -50, button=MIDDLE)
    assert canvas.view.left == 1050


def test_the_zoom_tool_zooms_into_a_rectangle_and_by_clicks(bench, canvas, mouse):
    bench.session.use_tool("zoom")
    scale = canvas.view.scale
    mouse.click(100, V1)
    assert canvas.view.scale > scale
    mouse.click(100, V1, keys=ALT)
    assert canvas.view.scale == pytest.approx(scale)
    mouse.drag((100, V1), (150, V1))
    assert canvas.view.frames(0, canvas.view.width)[0] in range(90, 101)
    assert canvas.view.scale > 15


def test_a_drag_at_the_edge_scrolls_the_view(bench, canvas, mouse, qtbot):
    canvas.zoom(4, 0)
    bench.session.seek(30)
    mouse.press(30, "ruler")
    mouse.move_to(mouse.place(30, "ruler", canvas.view.width))
    qtbot.waitUntil(lambda: canvas.view.left > 100)
    assert bench.session.playhead > 30
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert bench.session.playhead == 30


def test_cursors_tell_what_a_press_would_do(bench, canvas, mouse):
    mouse.move(25, V1, dx=2, button=Qt.MouseButton.NoButton)
    bracket = canvas.viewport().cursor()
    assert bracket.shape() == Qt.CursorShape.BitmapCursor
    mouse.move(100, V1, button=Qt.MouseButton.NoButton)
    assert canvas.viewport().cursor().shape() == Qt.CursorShape.ArrowCursor
    bench.store.edit("Lock", lambda p: switch_track(p, V1, locked=True))
    mouse.move(25, V1, dx=2, button=Qt.MouseButton.NoButton)
    assert canvas.viewport().cursor().shape() == Qt.CursorShape.ForbiddenCursor


def test_a_clip_of_a_folded_track_is_not_touched(bench, mouse):
    bench.store.edit("Fold", lambda p: switch_track(p, A2, hidden=True))
    mouse.click(100, A2)
    assert not bench.session.clips
    mouse.click(100, A1)
    assert bench.session.clips == {"c100", "c102"}
