"""The viewer shows the very frame under the playhead and does what its controls say."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.clips import enable
from latentsync_studio.core.timeline.edits.move import move
from latentsync_studio.core.timeline.model import MediaId
from latentsync_studio.services.media_bin.proxies import make_proxy
from latentsync_studio.services.timeline.synthesize import FrameDone
from latentsync_studio.ui.viewer.panel import ViewerPanel
from latentsync_studio.ui.viewer.save_frame import save_png
from tests.ui.viewer.scenes import number_in, with_sequence


def settle(qtbot, playback):
    qtbot.waitUntil(lambda: playback.pictures.is_exact, timeout=5000)


def number(panel):
    return number_in(panel.canvas.composed.picture)


def test_an_opened_project_shows_its_first_frame_and_times(panel):
    assert number(panel) == 0
    assert panel.canvas.picture_size == (160, 96)
    assert panel.transport.timecode.text() == "00:00:00:00"
    assert panel.transport.duration.text() == "00:00:02:10"
    assert panel.line.text() == "exact"


@pytest.mark.parametrize("seed", [1, 2])
def test_seeking_anywhere_ends_at_the_very_frame(qtbot, panel, workbench, playback, seed):
    draw = random.Random(seed)
    at = 0
    for _ in range(12):
        at = draw.choice([draw.randrange(60), max(at - 1, 0), min(at + 1, 59)])
        workbench.session.seek(at)
        settle(qtbot, playback)
        assert number(panel) == at


def test_every_picture_while_scrubbing_is_what_it_says_and_the_last_one_is_exact(
    qtbot, panel, workbench, playback
):
    wrong = []
    playback.shown.connect(
        lambda shown: shown.is_exact and number_in(shown.result) != shown.frame and wrong.append(1)
    )
    for at in [*range(0, 60, 3), *range(59, 0, -4)]:
        workbench.session.seek(at)
        QTest.qWait(4)
    settle(qtbot, playback)
    assert number(panel) == workbench.session.playhead
    assert wrong == []


def test_scrubbing_and_playing_on_a_proxy_show_the_very_frame(qtbot, panel, workbench, playback):
    make_proxy(workbench.store.project.media[0], workbench.services, CallbackProgress())
    wrong, proxies = [], []

    def look(shown):
        proxies.append(shown.is_proxy)
        if number_in(shown.result) != shown.frame:
            wrong.append(shown.frame)

    playback.shown.connect(look)
    for at in random.Random(3).sample(range(60), 20):
        workbench.session.seek(at)
        QTest.qWait(8)
    workbench.session.seek(2)
    playback.toggle()
    qtbot.waitUntil(lambda: workbench.session.playhead >= 15, timeout=5000)
    playback.stop()
    settle(qtbot, playback)
    assert number(panel) == workbench.session.playhead
    assert sum(proxies) >= 5
    assert not proxies[-1]
    assert wrong == []


def test_another_project_leaves_nothing_of_the_last_one(qtbot, panel, workbench, playback, project):
    workbench.session.seek(50)
    workbench.store.open(with_sequence(project, first_label=90_000))
    assert playback.pictures.current is None
    settle(qtbot, playback)
    assert number(panel) == 0
    assert panel.transport.timecode.text() == "01:00:00:00"


def test_an_edit_shows_at_once_what_it_makes(qtbot, panel, workbench, playback):
    workbench.session.seek(20)
    settle(qtbot, playback)
    clips = {clip.id for track in workbench.session.sequence.tracks for clip in track.clips}
    workbench.store.edit("Move", lambda p: move(p, clips, 5))
    settle(qtbot, playback)
    assert number(panel) == 15
    workbench.store.undo_stack.undo()
    settle(qtbot, playback)
    assert number(panel) == 20
    workbench.store.edit("Disable", lambda p: enable(p, clips, enabled=False))
    settle(qtbot, playback)
    assert panel.canvas.composed.picture.max() == 0


@pytest.mark.parametrize(
    ("text", "frame"), [("+10", 30), ("-5", 15), ("1:05", 30), ("00:00:01:00", 25), ("900", 59)]
)
def test_a_typed_timecode_is_gone_to(qtbot, panel, workbench, text, frame):
    workbench.session.seek(20)
    edit = panel.transport.timecode
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, text)
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert workbench.session.playhead == frame


def test_a_typed_label_counts_from_the_first_one(panel, workbench, project):
    workbench.store.open(with_sequence(project, first_label=90_000))
    panel.transport.timecode.entered.emit("01:00:01:02")
    assert workbench.session.playhead == 27


def test_what_is_no_timecode_is_refused_and_nothing_moves(panel, workbench):
    told = []
    workbench.message.connect(lambda text, level, _buttons: told.append((text, level)))
    workbench.session.seek(7)
    panel.transport.timecode.entered.emit("soon")
    assert told == [("'soon' is no time code. Write 1:12:00, 112 or +10.", "error")]
    assert workbench.session.playhead == 7
    assert panel.transport.timecode.text() == "00:00:00:07"


@pytest.mark.parametrize(
    ("command", "frame"),
    [
        ("play.next_frame", 21),
        ("play.previous_frame", 19),
        ("play.many_forward", 25),
        ("play.many_back", 15),
        ("play.start", 0),
        ("play.end", 59),
    ],
)
def test_steps(panel, workbench, command, frame):
    workbench.session.seek(20)
    workbench.actions.trigger(command)
    assert workbench.session.playhead == frame


def test_views_by_command_and_by_selector_are_the_same(qtbot, panel, workbench):
    workbench.actions.trigger("view.difference")
    assert panel.views.view.currentData() == "difference"
    assert panel.views.gain.isVisible()
    assert "largest difference 0 of 255" in panel.line.text()
    at = panel.views.view.findData("wipe")
    panel.views.view.activated.emit(at)
    assert workbench.actions["view.wipe"].isChecked()
    assert panel.canvas.composed.left is not None


def test_the_wipe_line_moves_by_keys(qtbot, panel, workbench):
    workbench.actions.attach(panel)
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    workbench.actions.trigger("view.wipe")
    panel.views.amount.setFocus()
    for _ in range(3):
        QTest.keyClick(panel.views.amount, Qt.Key.Key_Right)
    assert panel.canvas.wipe == pytest.approx(0.53)
    assert panel.views.amount_label.text() == "53 %"


def test_the_source_alone_asks_for_no_result(qtbot, panel, workbench, playback):
    workbench.actions.trigger("view.source")
    assert not playback.pictures.want_result
    workbench.session.seek(9)
    settle(qtbot, playback)
    workbench.actions.trigger("view.result")
    assert playback.pictures.want_result
    settle(qtbot, playback)
    assert number(panel) == 9


def test_zoom_by_command_and_selector(panel, workbench):
    workbench.actions.trigger("view.actual_size")
    assert panel.canvas.zoom == 1.0
    assert panel.views.zoom.currentText() == "100%"
    panel.canvas.zoom_to(1.3)
    assert panel.views.zoom.currentText() == "130%"
    panel.views.zoom.activated.emit(panel.views.zoom.findData(4.0))
    assert panel.canvas.zoom == 4.0
    workbench.actions.trigger("view.fit")
    assert panel.views.zoom.currentText().startswith("Fit (")


def test_a_vanished_file_is_said_in_the_picture(qtbot, panel, workbench, playback):
    path = Path(workbench.store.project.media[0].path)
    path.rename(path.with_suffix(".gone"))
    workbench.media.states_changed.emit()
    workbench.session.seek(33)
    qtbot.waitUntil(lambda: "clip ä 1.mp4" in panel.canvas.note, timeout=5000)
    assert panel.canvas.composed.picture is None
    path.with_suffix(".gone").rename(path)
    workbench.media.states_changed.emit()
    settle(qtbot, playback)
    assert number(panel) == 33
    assert panel.canvas.note == ""


def test_a_finished_frame_is_shown_anew(qtbot, panel, workbench, playback):
    sequence = workbench.session.sequence.id
    answers = []
    playback.shown.connect(answers.append)
    panel.views.follow.click()
    for frame in (5, 0):
        workbench.jobs.frame_finished.emit(
            FrameDone(sequence=sequence, frame=frame, media=MediaId("m"), media_frame=frame)
        )
    qtbot.waitUntil(lambda: len(answers) == 1)
    assert workbench.session.playhead == 0
    panel.views.follow.click()
    workbench.jobs.frame_finished.emit(
        FrameDone(sequence=sequence, frame=44, media=MediaId("m"), media_frame=44)
    )
    qtbot.waitUntil(lambda: workbench.session.playhead == 44)
    settle(qtbot, playback)
    assert number(panel) == 44


def test_an_exported_frame_is_the_exact_result(qtbot, panel, workbench, playback, tmp_path):
    told = []
    workbench.message.connect(lambda text, level, _buttons: told.append((text, level)))
    workbench.session.seek(31)
    workbench.actions.trigger("file.export_frame")
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is not None, timeout=5000)
    dialog = QApplication.activeModalWidget()
    assert dialog.selectedFiles()[0].endswith("Cut 00-00-01-06.png")
    path = tmp_path / "a frame ü.png"
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    qtbot.waitUntil(lambda: bool(told), timeout=5000)
    assert told == [(f"Frame saved as {path}", "info")]
    image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    saved = rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
    assert np.array_equal(saved, playback.pictures.current.result)
    assert number_in(saved) == 31


def test_a_folder_that_is_not_there_is_told_and_nothing_written(tmp_path):
    from latentsync_studio.core.errors import StorageError

    with pytest.raises(StorageError, match="cannot be written") as error:
        save_png(np.zeros((4, 4, 3), np.uint8), tmp_path / "missing" / "x.png")
    assert "folder" in error.value.remedy


def test_files_dropped_on_it_are_opened(panel, workbench, tmp_path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a b.mp4"))])
    none, at = Qt.KeyboardModifier.NoModifier, QPointF(50, 50)
    enter = QDragEnterEvent(
        at.toPoint(), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, none
    )
    QApplication.sendEvent(panel, enter)
    assert enter.isAccepted()
    drop = QDropEvent(at, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, none)
    QApplication.sendEvent(panel, drop)
    assert workbench.project.opened == [tmp_path / "a b.mp4"]


def test_stop_held_with_forward_plays_slowly_while_both_are_down(qtbot, panel, workbench, playback):
    workbench.actions.attach(panel)
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    window = panel.windowHandle()
    workbench.session.seek(10)
    QTest.keyPress(window, Qt.Key.Key_K)
    QTest.keyPress(window, Qt.Key.Key_L)
    assert float(playback.speed) == 0.25
    assert workbench.session.playhead == 11
    QTest.keyRelease(window, Qt.Key.Key_L)
    assert playback.speed == 0
    QTest.keyPress(window, Qt.Key.Key_J)
    assert float(playback.speed) == -0.25
    QTest.keyRelease(window, Qt.Key.Key_K)
    assert playback.speed == 0
    QTest.keyRelease(window, Qt.Key.Key_J)
    QTest.keyPress(window, Qt.Key.Key_L)
    assert playback.speed == 1
    QTest.keyRelease(window, Qt.Key.Key_L)
    assert playback.speed == 1


def test_full_screen_shows_the_same_picture_and_esc_ends_it(qtbot, panel, workbench, playback):
    workbench.session.seek(17)
    settle(qtbot, playback)
    workbench.actions.trigger("view.full_screen")
    (canvas,) = panel.commands.extra_canvases()
    assert number_in(canvas.composed.picture) == 17
    canvas.activateWindow()
    qtbot.waitUntil(canvas.isActiveWindow)
    window = canvas.window().windowHandle()
    for key in (Qt.Key.Key_K, Qt.Key.Key_L):
        QTest.keyPress(window, key)
    assert float(playback.speed) == 0.25
    for key in (Qt.Key.Key_K, Qt.Key.Key_L):
        QTest.keyRelease(window, key)
    assert playback.speed == 0
    assert workbench.session.playhead >= 18
    QTest.keyClick(canvas.window(), Qt.Key.Key_Escape)
    assert panel.commands.extra_canvases() == ()
    assert not workbench.actions["view.full_screen"].isChecked()


def test_what_was_set_is_found_again(qtbot, panel, workbench):
    workbench.actions.trigger("view.onion")
    panel.state.mix(0.25)
    workbench.actions.trigger("view.safe_areas")
    panel.transport.volume.setValue(40)
    panel.transport.mute.setChecked(True)
    panel.close_panel()
    again = ViewerPanel(workbench)
    qtbot.addWidget(again)
    assert again.state.comparison.mode == "onion"
    assert again.state.comparison.mix == 0.25
    assert again.canvas.is_safe
    assert workbench.playback.is_muted
    assert again.transport.mute.isChecked()
    assert (workbench.playback.volume, again.transport.volume.value()) == (0.4, 40)
    again.close_panel()


def test_broken_settings_are_the_first_ones(workbench, playback, qtbot):
    workbench.preferences.set_layout("viewer", b'{"view": "sideways"')
    panel = ViewerPanel(workbench)
    qtbot.addWidget(panel)
    assert panel.state.comparison.mode == "result"
    panel.close_panel()


def test_without_a_project_it_says_so_and_offers_no_zoom(qtbot, workbench, playback):
    panel = ViewerPanel(workbench)
    qtbot.addWidget(panel)
    assert panel.canvas.note == "No sequence"
    assert panel.views.zoom.currentText() == "Fit"
    panel.close_panel()


def test_every_control_has_a_name(panel):
    for widget in panel.findChildren(QWidget):
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget.isVisible():
            assert widget.accessibleName(), widget


def test_a_work_area_longer_than_the_sequence_is_no_trap(panel, workbench, playback, project):
    sequence = workbench.session.sequence
    wide = replace(sequence, work_area=FrameRange(100, 200))
    workbench.store.open(replace(project, sequences=(wide,)))
    workbench.session.switch(loop=True)
    playback.toggle()
    assert workbench.session.playhead == 0
    assert workbench.session.is_playing


def test_the_viewer_loads_no_decoder_and_no_model_at_start():
    code = (
        "import sys, latentsync_studio.ui.viewer.panel, latentsync_studio.ui.viewer.playback;"
        "print([m for m in ('av', 'cv2', 'scipy', 'torch', 'sounddevice') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
