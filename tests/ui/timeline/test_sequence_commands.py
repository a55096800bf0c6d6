"""Commands on sequences: new ones, tabs, dissolves at their cuts, names."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from latentsync_studio.ui.timeline.dialogs import NameDialog, SequenceDialog
from tests.ui.timeline.mouse import CTRL, SHIFT
from tests.ui.timeline.scenes import TALK


@pytest.fixture
def do(bench, panel):
    return bench.actions.trigger


def names(bench):
    return {t.name: [c.id for c in t.clips] for t in bench.session.sequence.tracks}


def opened(panel, kind):
    return panel.window().findChild(kind)


def test_a_new_sequence_with_drop_frame_labels_is_shown_with_tabs(bench, panel, do):
    do("sequence.new")
    dialog = opened(panel, SequenceDialog)
    dialog.name.setText("Trailer")
    dialog.rate.setCurrentIndex(3)
    assert dialog.drop.isChecked()
    dialog.accept()
    sequence = bench.session.sequence
    assert (sequence.name, sequence.is_drop, str(sequence.rate)) == ("Trailer", True, "29.97")
    assert panel.tabs.isVisible()
    panel.tabs.setCurrentIndex(0)
    assert bench.session.sequence.name == "Cut"
    bench.store.undo_stack.undo()
    assert not panel.tabs.isVisible()


def test_a_dissolve_comes_and_goes_at_the_nearest_cut(bench, canvas, do):
    def held():
        return {t.name: [(d.left, d.before, d.after) for d in t.dissolves] for t in tracks()}

    def tracks():
        return [track for track in bench.session.sequence.tracks if track.dissolves]

    bench.session.seek(200)
    QTest.keyClick(canvas, Qt.Key.Key_D, CTRL | SHIFT)
    assert held() == {"V1": [("c100", 12, 13)], "A1": [("c102", 12, 13)]}
    assert bench.store.undo_stack.count() == 1
    bench.session.select({"c101"})
    do("sequence.dissolve")
    assert held() == {"A1": [("c102", 12, 13)]}
    bench.session.select({"c105"})
    do("sequence.dissolve")
    assert "no cut" in bench.told[-1][1]
    bench.store.undo_stack.undo()
    bench.store.undo_stack.undo()
    assert held() == {}


def test_a_sequence_is_renamed_and_removed_from_its_tab(bench, panel, do, monkeypatch):
    shown = []
    monkeypatch.setattr(QMenu, "popup", lambda menu, _at: shown.append(menu))  # not offscreen
    panel.track_commands._make("Other", bench.session.sequence.rate, (640, 360), False)
    panel.tabs.customContextMenuRequested.emit(panel.tabs.tabRect(0).center())
    assert bench.session.sequence.name == "Cut"
    rename, remove = shown[0].actions()[:2]
    rename.trigger()
    dialog = opened(panel, NameDialog)
    dialog.name.setText("Feature")
    dialog.accept()
    assert panel.tabs.tabText(0) == "Feature"
    remove.trigger()
    assert [each.name for each in bench.store.project.sequences] == ["Other"]
    assert bench.session.sequence.name == "Other"
    assert not panel.tabs.isVisible()
    do("sequence.remove")
    assert bench.session.sequence is None
    do("sequence.rename")
    do("sequence.remove")
    for _ in range(3):
        bench.store.undo_stack.undo()
    assert [each.name for each in bench.store.project.sequences] == ["Cut", "Other"]


def test_the_medium_of_a_first_drop_makes_the_sequence(bench, canvas):
    from msgspec.structs import replace

    bench.store.open(replace(bench.store.project, sequences=()))
    bench.session.select(media={TALK})
    bench.actions.trigger("sequence.insert")
    sequence = bench.session.sequence
    assert (sequence.width, sequence.height, str(sequence.rate)) == (640, 360, "25")
    assert bench.store.undo_stack.count() == 1
