"""A blind comparison in its window: nothing is named before the end, votes become one undo step."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel

from latentsync_studio.services.takes.blind import blind_session
from latentsync_studio.services.takes.naming import refs_of, source_of
from latentsync_studio.ui.takes.blind_setup import BlindSetup
from latentsync_studio.ui.takes.blind_window import BlindWindow
from tests.ui.takes.conftest import SPAN
from tests.ui.viewer.scenes import no_device

PATIENCE = 20_000
KEYS = {"left": Qt.Key.Key_1, "right": Qt.Key.Key_2, "tie": Qt.Key.Key_0}


def refs(project):
    cut = project.sequences[0]
    own, *takes = refs_of(project, cut.id, cut.tracks[0].clips[0].id, SPAN)
    return [*takes, source_of(own)]


@pytest.fixture
def begin(qtbot, desk, workbench, project):
    """Open a comparison of two takes and the source: three trials."""
    windows = []

    def make(way="beside", repeats=1):
        session = blind_session(project, refs(project), seed=5, repeats=repeats, voter="me")
        window = BlindWindow(workbench, project, session, way, desk, no_device)
        window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        windows.append(window)
        qtbot.addWidget(window)
        window.resize(800, 500)
        window.open()
        return window

    yield make
    for window in windows:
        window.done(0)


def see(qtbot, window):
    """Wait until the trial can be decided."""
    qtbot.waitUntil(window.buttons["tie"].isEnabled, timeout=PATIENCE)


def press(window, key):
    QTest.keyClick(window, key)


def words(window):
    """Everything that can be read in the window."""
    found = [each.text() for each in window.findChildren(QLabel)]
    found += [each.text() for each in window.findChildren(QAbstractButton)]
    found += [each.accessibleName() + each.toolTip() for each in window.sides.canvases]
    return " ".join([*found, window.windowTitle(), window.progress.text()])


def test_trials_are_decided_by_keys_and_named_at_the_end_only(qtbot, begin, workbench):
    window = begin()
    press(window, KEYS["left"])  # not before it was seen
    assert window._session.decided == 0
    for number, decision in enumerate(("left", "tie", "right"), 1):
        assert window.progress.text() == f"Trial {number} of 3"
        see(qtbot, window)
        assert not {"one", "two", "Source"} & set(words(window).split())
        press(window, KEYS[decision])
    qtbot.waitUntil(lambda: window.outcome.outcome is not None, timeout=PATIENCE)
    assert window.outcome.scale.rowCount() == 3
    assert "one" in words(window)
    [ballot] = workbench.store.project.ballots
    assert [vote.choice for vote in ballot.votes] == ["left", "tie", "right"]
    assert ballot.voter == "me"
    assert all(vote.seconds > 0 for vote in ballot.votes)
    assert workbench.store.undo_stack.undoText() == "Votes of a blind comparison"
    workbench.store.undo()
    assert workbench.store.project.ballots == ()


def test_a_trial_can_be_played_again_and_the_last_decision_taken_back(qtbot, begin):
    window = begin()
    see(qtbot, window)
    press(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not window.player.is_playing, timeout=PATIENCE)
    press(window, KEYS["left"])
    assert window.progress.text() == "Trial 2 of 3"
    first = window._session._votes[0]
    assert (first.choice, first.replays) == ("left", 1)
    press(window, Qt.Key.Key_Backspace)
    assert window.progress.text() == "Trial 1 of 3"
    assert not window.back_button.isEnabled()


def test_one_after_the_other_only_one_side_is_seen_at_a_time(qtbot, begin):
    window = begin("in turn")
    seen = []
    window.player.shown.connect(
        lambda _shown: seen.append(tuple(c.isVisible() for c in window.sides.canvases))
    )
    see(qtbot, window)
    assert set(seen) == {(True, False), (False, True)}
    assert window.buttons["left"].text() == "First better (1)"


def test_leaving_asks_what_becomes_of_the_votes(qtbot, begin, workbench):
    window = begin()
    see(qtbot, window)
    press(window, KEYS["right"])
    window.reject()
    window.leaving.buttons["on"].click()
    assert window.isVisible()
    window.reject()
    window.leaving.buttons["keep"].click()
    assert len(workbench.store.project.ballots[0].votes) == 1
    window.reject()
    assert not window.isVisible()
    other = begin()
    other.reject()  # nothing was decided: nothing is asked
    assert not other.isVisible()


def test_a_zoom_of_one_side_is_the_other_s_too(qtbot, begin):
    window = begin()
    left, right = window.sides.canvases
    right.zoom_to(3.0)
    assert left.placing == right.placing
    left.fit()
    assert right.placing.zoom is None


def test_faces_fill_both_sides_at_first_and_the_choice_is_kept(qtbot, begin):
    window = begin()
    assert window.face_box.isChecked()
    picture = np.zeros((72, 128, 3), np.uint8)
    window.sides.show_pictures(picture, picture, (0.4, 0.2, 0.6, 0.6))
    left, right = window.sides.canvases
    assert left.placing == right.placing
    assert left.placing.zoom > 1
    window.face_box.click()
    assert left.placing.zoom is right.placing.zoom is None
    assert not begin().face_box.isChecked()


def test_the_dialog_offers_what_is_drawn_and_says_how_many_trials_that_makes(
    qtbot, desk, workbench
):
    begun = []
    setup = BlindSetup(workbench, desk, begun.append)
    setup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(setup)
    qtbot.waitUntil(lambda: setup.systems.count() == 4, timeout=PATIENCE)
    labels = [setup.systems.item(n).text() for n in range(4)]
    assert labels == [
        "Own settings: not synthesized",
        "one: not synthesized",
        "two: not synthesized",
        "Source",
    ]
    assert not setup.begin_button.isEnabled()
    assert "786" in setup.note.text()
    setup.reject()
    assert begun == []
