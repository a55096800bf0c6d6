"""Media dropped on the tracks: from the bin, and files that are imported first."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from latentsync_studio.core.timeline.edits.tracks import switch_track
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.ui.timeline.drop import MIME, media_ids
from latentsync_studio.ui.timeline.placing import standard_rate
from tests.ui.timeline.mouse import ALT, CTRL, NONE
from tests.ui.timeline.scenes import A2, MEDIA, SPEECH, STILL, TALK, V1, V2

COPY = Qt.DropAction.CopyAction
NO_BUTTON = Qt.MouseButton.NoButton


def bin_items(*ids):
    data = QMimeData()
    data.setData(MIME, json.dumps(ids).encode())
    return data


def files(*paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return data


class Dropper:
    def __init__(self, canvas, mouse):
        self.viewport, self.mouse = canvas.viewport(), mouse

    def hover(self, data, frame, track, keys=NONE):
        at = track if isinstance(track, QPoint) else self.mouse.place(frame, track)
        QApplication.sendEvent(self.viewport, QDragEnterEvent(at, COPY, data, NO_BUTTON, keys))
        event = QDragMoveEvent(at, COPY, data, NO_BUTTON, keys)
        QApplication.sendEvent(self.viewport, event)
        return event.isAccepted()

    def drop(self, data, frame, track, keys=NONE):
        self.hover(data, frame, track, keys)
        at = track if isinstance(track, QPoint) else self.mouse.place(frame, track)
        event = QDropEvent(at.toPointF(), COPY, data, NO_BUTTON, keys)
        QApplication.sendEvent(self.viewport, event)
        return event.isAccepted()


@pytest.fixture
def dropper(canvas, mouse):
    return Dropper(canvas, mouse)


def test_a_bin_item_lies_where_it_is_dropped(bench, dropper):
    assert dropper.drop(bin_items(STILL), 400, V2, ALT)
    track = bench.session.sequence.tracks[1]
    assert [(c.media, c.start) for c in track.clips][-1] == (STILL, 400)
    assert bench.session.clips == {track.clips[-1].id}
    assert bench.store.undo_stack.count() == 1


def test_what_it_will_be_is_shown_before(bench, canvas, dropper):
    assert dropper.hover(bin_items(STILL), 400, V2, ALT)
    ghost = canvas.feedback.ghosts[0]
    assert (ghost.track, ghost.start, ghost.stop) == (V2, 400, 525)
    assert canvas.feedback.text.startswith("Overwrite")
    QApplication.sendEvent(canvas.viewport(), QDragLeaveEvent())
    assert not canvas.feedback.ghosts


def test_a_drop_snaps(bench, dropper):
    dropper.drop(bin_items(STILL), 373, V2)
    assert bench.session.sequence.tracks[1].clips[-1].start == 375


def test_picture_and_sound_are_laid_linked_on_tracks_of_one_number(bench, dropper):
    dropper.drop(bin_items(TALK), 400, V2, ALT)
    tracks = bench.session.sequence.tracks
    assert tracks[1].clips[-1].link == tracks[3].clips[-1].link is not None


def test_with_ctrl_what_is_behind_moves_later(bench, dropper, clips):
    dropper.drop(bin_items(STILL), 225, V2, CTRL)
    assert clips("c101").start == 350


def test_below_the_tracks_new_ones_are_made(bench, canvas, dropper):
    at = QPoint(900, canvas.view.height - 4)
    dropper.drop(bin_items(SPEECH), 0, at)
    assert [t.name for t in bench.session.sequence.tracks] == ["V1", "V2", "A1", "A2", "A3"]
    assert bench.session.sequence.tracks[-1].clips[0].media == SPEECH


def test_a_locked_track_refuses_a_drop(bench, canvas, dropper):
    bench.store.edit("Lock", lambda p: switch_track(p, V1, locked=True))
    before = bench.store.project
    dropper.hover(bin_items(STILL), 400, V1)
    assert canvas.feedback.ghosts[0].is_refused
    dropper.drop(bin_items(STILL), 400, V1)
    assert bench.store.project is before
    assert "locked" in bench.told[-1][1]


def test_files_are_imported_and_then_placed(bench, dropper):
    assert dropper.drop(files("/nowhere/a b.mov"), 400, V2, ALT)
    paths, then = bench.media.imports[0]
    assert [path.name for path in paths] == ["a b.mov"]
    then((MEDIA[2],))
    assert bench.session.sequence.tracks[1].clips[-1].start == 400


@pytest.mark.parametrize(
    "data",
    [files("/nowhere/cut.lsp"), QMimeData(), bin_items("m99")],
    ids=["project", "text", "gone"],
)
def test_what_is_no_media_of_this_project_is_left_to_others(bench, dropper, data):
    assert not dropper.hover(data, 100, A2)


def test_a_damaged_drag_is_no_media():
    data = QMimeData()
    for text in (b"{", b"{}", b"[1]", b"\xff"):
        data.setData(MIME, text)
        assert media_ids(data) == ()


def test_without_a_sequence_one_is_made_that_fits(bench, canvas, dropper):
    bench.store.open(replace(bench.store.project, sequences=()))
    dropper.drop(bin_items(TALK), 0, QPoint(300, 120))
    sequence = bench.session.sequence
    assert (sequence.width, str(sequence.rate)) == (640, "25")
    assert [len(t.clips) for t in sequence.tracks] == [1, 1]


@pytest.mark.parametrize(
    ("rate", "standard"),
    [((2987, 100), "29.97"), ((25, 1), "25"), ((24, 1), "24"), ((1199, 10), "60")],
)
def test_an_odd_rate_is_meant_as_the_usual_one_near_it(rate, standard):
    assert str(standard_rate(FrameRate(*rate))) == standard


def test_a_drag_event_of_another_kind_is_ignored(canvas):
    assert not QApplication.sendEvent(canvas.viewport(), QEvent(QEvent.Type.None_))
