"""The panel around the tracks: time code, table, heads, menus, what screen readers are told."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.tracks import switch_track
from latentsync_studio.services.timeline.spans import MISSING, READY, STALE, Span
from latentsync_studio.ui.timeline.dialogs import NameDialog
from latentsync_studio.ui.timeline.geometry import FOLDED
from latentsync_studio.ui.timeline.lanes import fill_faces
from latentsync_studio.ui.timeline.tips import tip_at
from tests.ui.timeline.mouse import CTRL, NONE, SHIFT
from tests.ui.timeline.scenes import A1, A2, STILL, TALK, V1, many


def header(panel, track):
    return next(h for h in panel.headers.headers if h.track.id == track)


def test_every_widget_has_a_name_for_screen_readers(panel):
    nameless = [
        w
        for w in panel.findChildren(QWidget)
        if w.focusPolicy() != Qt.FocusPolicy.NoFocus
        and w.isVisibleTo(panel)
        and not (w.accessibleName() or getattr(w, "text", lambda: "")())
    ]
    assert nameless == []


def test_the_bar_of_a_narrow_panel_puts_what_has_no_room_into_a_menu(bench, panel, qtbot):
    bar = panel.bar
    assert bar.more.isHidden()
    gone = None
    for width in (700, 520, 360, panel.minimumSizeHint().width()):
        panel.resize(width, 420)
        assert panel.width() == width
        shown = [w for w in bar.findChildren(QWidget) if w.isVisible() and w.parent() is bar]
        assert max(w.geometry().right() for w in shown) <= bar.width()
        left_out = [name for name in bar._buttons if bar.is_left_out(bar.button(name))]
        assert gone is None or set(gone) <= set(left_out)
        gone = left_out
    assert bar.timecode.isVisible()
    assert "tool.razor" in gone
    bar.more.menu().aboutToShow.emit()
    entries = {action.text(): action for action in bar.more.menu().actions()}
    assert len(entries) == len(gone)
    entries["Razor tool"].trigger()
    assert bench.session.tool == "razor"
    panel.resize(1200, 420)
    assert bar.more.isHidden()
    assert all(bar.button(name).isVisible() for name in gone)


def test_the_time_code_field_follows_and_leads_the_playhead(bench, panel):
    field = panel.bar.timecode
    bench.session.seek(30)
    assert field.text() == "00:00:01:05"
    field.setFocus()
    QTest.keyClicks(field, "+10")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert bench.session.playhead == 40
    field.selectAll()
    QTest.keyClicks(field, "nonsense")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert "no time code" in bench.told[-1][1]
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "00:00:01:15"


def test_f6_shows_the_same_selection_as_a_table(bench, panel):
    bench.session.select({"c105"})
    panel.canvas.setFocus()
    QTest.keyClick(panel.canvas, Qt.Key.Key_F6)
    table = panel.table
    assert table.isVisible()
    chosen = [i.row() for i in table.selectionModel().selectedRows()]
    assert [table.rows.clip_at(row).id for row in chosen] == ["c105"]
    table.selectRow(table.rows.row_of("c104"))
    assert bench.session.clips == {"c104"}
    table.selectRow(0)
    assert bench.session.tracks == {table.rows.track_at(0).id}
    assert bench.actions["view.clips_table"].isChecked()
    QTest.keyClick(table, Qt.Key.Key_F6)
    assert panel.canvas.isVisible()
    assert panel.canvas.hasFocus()
    bench.actions.use_keys("premiere", {"view.clips_table": ("F7",)})
    QTest.keyClick(panel.canvas, Qt.Key.Key_F7)
    assert table.isVisible()
    assert panel.bar.button("view.clips_table").toolTip() == "Clips as table (F7)"


def test_the_table_says_in_words_what_the_picture_shows(bench, panel):
    bench.media.offline = {STILL}
    bench.media.states_changed.emit()
    bench.store.edit("Lock", lambda p: switch_track(p, V1, locked=True, muted=True))
    bench.spans._spans = {"c100": (Span(frames=FrameRange(25, 225), state="stale", text="x"),)}
    panel.show_table(True)
    model = panel.table.rows
    rows = {model.index(r, 0).data(): r for r in range(model.rowCount())}
    words = [model.index(rows["photo.png"], column).data() for column in range(6)]
    assert words == [
        "photo.png",
        "V2",
        "00:00:10:10",
        "00:00:12:19",
        "00:00:02:10",
        "media offline",
    ]
    assert model.index(rows["Video track V1"], 5).data() == "muted, locked"
    state = model.index(model.row_of("c100"), 5).data()
    assert "linked" in state
    assert state.endswith("Out of date")
    spoken = model.index(rows["photo.png"], 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("photo.png, V2, 00:00:10:10")


def test_the_table_follows_edits(bench, panel):
    panel.show_table(True)
    count = panel.table.rows.rowCount()
    bench.session.select({"c105"})
    bench.actions.trigger("edit.delete")
    assert panel.table.rows.rowCount() == count - 1


def test_selection_is_told_in_words(bench, panel):
    bench.session.select({"c105"})
    assert panel.canvas.accessibleDescription().startswith("photo.png, V2, 00:00:10:10")
    bench.session.select({"c100", "c101", "c105"})
    assert panel.canvas.accessibleDescription() == "3 clips selected"


def test_switches_of_a_head_are_one_undo_step_each(bench, panel):
    head = header(panel, A1)
    head.button("muted").click()
    head.button("solo").click()
    head.button("lips").click()
    track = bench.session.sequence.tracks[2]
    assert track.is_muted
    assert track.is_solo
    assert track.speech is not None
    assert bench.store.undo_stack.count() == 3
    assert "Mute" in head.accessibleDescription()


def test_a_locked_track_is_unlocked_again_and_folds(bench, panel):
    head = header(panel, V1)
    head.button("locked").click()
    head.button("locked").click()
    assert not bench.session.sequence.tracks[0].is_locked
    head.button("hidden").click()
    assert panel.canvas.rows.by_track[V1].height == FOLDED
    header(panel, V1).button("hidden").click()
    assert panel.canvas.rows.by_track[V1].height > FOLDED


def test_a_click_or_the_space_key_makes_a_track_the_target(bench, panel):
    head = header(panel, A1)
    QTest.mouseClick(head, Qt.MouseButton.LeftButton, NONE, QPoint(140, 8))
    assert bench.session.tracks == {A1}
    QTest.mouseClick(header(panel, A2), Qt.MouseButton.LeftButton, CTRL, QPoint(140, 8))
    assert bench.session.tracks == {A1, A2}
    QTest.keyClick(head, Qt.Key.Key_Space)
    assert bench.session.tracks == {A2}


def test_a_track_is_made_taller_at_the_lower_edge_of_its_head(panel):
    head = header(panel, A1)
    low = QPoint(100, head.height() - 2)
    before = head.height()
    QTest.mousePress(head, Qt.MouseButton.LeftButton, NONE, low)
    QTest.mouseMove(head, low + QPoint(0, 20))
    QTest.mouseRelease(head, Qt.MouseButton.LeftButton, NONE, low + QPoint(0, 20))
    assert panel.canvas.rows.by_track[A1].height == before + 20


def test_a_track_is_renamed_from_its_head(bench, panel):
    QTest.keyClick(header(panel, A2), Qt.Key.Key_F2)
    dialog = panel.window().findChild(NameDialog)
    dialog.name.setText("Speech")
    dialog.accept()
    assert bench.session.sequence.tracks[3].name == "Speech"


def test_heads_are_made_anew_for_tracks_of_another_kind(bench, panel):
    bench.store.open(many(80))
    kinds = [(h.track.kind, "lips" in h._buttons) for h in panel.headers.headers]
    assert kinds == [("video", False)] * 4 + [("audio", True)] * 4


def test_the_face_of_a_medium_is_chosen_from_a_menu(bench, panel):
    menu = QMenu(panel)
    lane = bench.session.sequence.tracks[3]
    fill_faces(panel.canvas, lane, menu)
    sub = menu.actions()[0].menu()
    assert sub.title() == "interview take 3.mp4"
    assert sub.actions()[0].isChecked()
    sub.actions()[1].trigger()
    assert bench.session.sequence.tracks[3].speech.face_of(TALK) == 1


def test_the_context_menu_selects_what_it_is_for(bench, canvas, mouse, monkeypatch):
    shown = []
    monkeypatch.setattr(QMenu, "popup", lambda menu, _at: shown.append(menu))  # not offscreen
    at = mouse.place(300, V1)
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, at, canvas.viewport().mapToGlobal(at), NONE
    )
    QApplication.sendEvent(canvas.viewport(), event)
    assert bench.session.clips == {"c101", "c103"}
    assert bench.actions["edit.ripple_delete"] in shown[0].actions()


def wheel(canvas, x, steps, keys=NONE):
    at = QPointF(x, 120)
    event = QWheelEvent(
        at,
        canvas.viewport().mapToGlobal(at),
        QPoint(),
        QPoint(0, steps),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas.viewport(), event)


def test_the_wheel_scrolls_and_with_ctrl_zooms_at_the_mouse(canvas):
    canvas.zoom(8, 0)
    wheel(canvas, 500, -240)
    assert canvas.view.left == 120
    held = canvas.view.exact(500)
    wheel(canvas, 500, 120, CTRL)
    assert canvas.view.scale > 16
    assert abs(canvas.view.exact(500) - held) < 0.1
    canvas.scale_heights(4)
    wheel(canvas, 500, -120, SHIFT)
    assert canvas.view.top == 60


def test_the_view_follows_the_playhead_page_by_page_while_playing(bench, canvas):
    canvas.zoom(8, 0)
    bench.session.set_playing(True)
    bench.session.seek(canvas.view.frame_at(canvas.view.width) + 1)
    x = canvas.view.x_of(bench.session.playhead)
    assert 0 < x < canvas.view.width * 0.2
    bench.session.set_playing(False)


def test_tips_tell_reason_and_what_is_offline(bench, canvas):
    no_face = Span(frames=FrameRange(25, 60), state="passed", text="No face.")
    bench.spans._spans = {"c100": (no_face,)}
    bench.media.offline = {TALK}
    row = canvas.rows.by_track[V1]
    at = QPointF(canvas.view.x_of(30), 40 + row.top + 20)
    text = tip_at(canvas, canvas.pointer(at, NONE))
    assert "MEDIA OFFLINE: /nowhere/interview take 3.mp4 is not there." in text
    assert "Passes through: No face." in text


@pytest.mark.parametrize(
    ("state", "text", "sentence"),
    [
        ("ready", READY, "Synthesized."),
        ("missing", MISSING, "Not synthesized yet."),
        ("stale", STALE, STALE),
        ("stale", "", "Out of date"),
        ("failed", "It cannot be read.", "Failed: It cannot be read."),
    ],
)
def test_a_tip_says_a_state_once(bench, canvas, state, text, sentence):
    bench.spans._spans = {"c100": (Span(frames=FrameRange(25, 60), state=state, text=text),)}
    row = canvas.rows.by_track[V1]
    at = QPointF(canvas.view.x_of(30), 40 + row.top + 20)
    assert tip_at(canvas, canvas.pointer(at, NONE)).split("\n")[-1] == sentence


def test_a_project_is_shown_as_a_whole_and_sequences_as_they_were_left(bench, panel, canvas):
    bench.store.open(many(80))
    assert canvas.view.x_of(bench.session.sequence.stop) <= canvas.view.width
    canvas.zoom(5, 0)
    canvas.scroll_to(333, 0)
    scale = canvas.view.scale
    panel.track_commands._make("Other", bench.session.sequence.rate, (640, 360), False)
    assert canvas.view.left == 0
    panel.tabs.setCurrentIndex(0)
    assert (canvas.view.scale, canvas.view.left) == (scale, 333)
