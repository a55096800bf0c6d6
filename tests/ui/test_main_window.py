"""The window itself: its size, where keys go, and that a running job is always to be seen."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.timeline.edits.media import add_media
from latentsync_studio.ui.app import make_window
from latentsync_studio.ui.status_bar import StatusBar
from latentsync_studio.ui.widgets.choice_dialog import Choice, ChoiceDialog
from tests.ui.timeline.scenes import MEDIA


@pytest.fixture
def window(qtbot, qapp, services, own_data_home):
    made = make_window(qapp, services, own_data_home)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.shut()
    made.close()
    made.deleteLater()


def test_at_first_the_window_fits_on_the_screen_with_its_frame(window):
    room = window.screen().availableGeometry().size()
    assert window.width() < room.width()
    assert window.height() < room.height()


def test_keys_go_to_the_first_action_and_then_to_the_timeline(window):
    window.begin(())
    assert window.focusWidget() is window.welcome.cards[0]
    window.workbench.store.edit("Import", lambda project: add_media(project, MEDIA[0]))
    assert window.focusWidget() is window.panels["timeline"].canvas


def test_after_a_question_over_the_first_project_keys_go_to_the_timeline(window, qtbot):
    window.activateWindow()
    window.begin(())
    asker = window.workbench.project.asker
    asker.ask(lambda parent: ChoiceDialog("A", "B?", [Choice("y", "Yes")], parent=parent), str)
    qtbot.waitUntil(lambda: QApplication.activeWindow() is asker.dialog)
    window.workbench.store.edit("Import", lambda project: add_media(project, MEDIA[0]))
    assert window.focusWidget() is not window.panels["timeline"].canvas
    asker.dialog.choose("y")
    qtbot.waitUntil(lambda: window.focusWidget() is window.panels["timeline"].canvas)


def test_a_panel_asked_for_comes_to_the_front(window, qtbot):
    assert window.panels["jobs"].visibleRegion().isEmpty()
    window.statusBar().jobs_asked.emit()
    qtbot.waitUntil(lambda: not window.panels["jobs"].visibleRegion().isEmpty())


def holds_focus(panel):
    """Whether keys go to a panel; to the panel itself where nothing in it takes any."""
    focus = panel.window().focusWidget()
    return focus is panel or panel.isAncestorOf(focus)


def test_keys_lead_into_every_panel(window, qtbot):
    window.begin(())
    window.activateWindow()
    actions = window.workbench.actions
    for name, panel in window.panels.items():
        actions.trigger(f"window.{name}")
        wanted = window.welcome if name == "viewer" else panel
        qtbot.waitUntil(lambda wanted=wanted: holds_focus(wanted))
        qtbot.waitUntil(lambda: not window.focusWidget().visibleRegion().isEmpty())
    actions.trigger("window.timeline")
    window.workbench.store.edit("Import", lambda project: add_media(project, MEDIA[0]))
    actions.trigger("window.viewer")
    assert window.focusWidget() is window.panels["viewer"].canvas


def test_the_table_of_clips_comes_to_the_front(window, qtbot):
    window.show_panel("curves")
    table = window.panels["timeline"].table
    window.workbench.actions.trigger("view.clips_table")
    qtbot.waitUntil(lambda: not table.visibleRegion().isEmpty())
    assert window.focusWidget() is table
    window.show_panel("curves")
    window.show_panel("timeline")
    assert window.focusWidget() is table


def test_what_lies_behind_a_tab_does_not_go_along_with_the_playhead(window, qtbot):
    curves, masks = window.panels["curves"], window.workbench.masks
    qtbot.waitUntil(lambda: not masks.is_panel_shown)
    assert curves.graph is None
    window.show_panel("curves")
    qtbot.waitUntil(lambda: curves.graph is not None)
    window.show_panel("masks")
    qtbot.waitUntil(lambda: masks.is_panel_shown)
    window.show_panel("timeline")
    window.show_panel("inspector")
    qtbot.waitUntil(lambda: not masks.is_panel_shown)
    moves = []
    curves.graph.show_playhead = lambda: moves.append(window.workbench.session.playhead)
    window.workbench.session.seek(3)
    assert moves == []
    window.show_panel("curves")
    qtbot.waitUntil(lambda: moves == [3])


class Jobs(QObject):
    """Jobs of which one runs, or none."""

    jobs_changed = Signal()
    progressed = Signal(str)
    running: str | None = None

    def job(self, job_id):
        return SimpleNamespace(id=job_id, title="Synthesize talk", state="running")

    def live(self, _job_id):
        return SimpleNamespace(stage="synthesize", stage_total=0, done=16, total=125)


def test_the_running_job_is_told_whatever_panel_is_in_front(workbench, qtbot):
    workbench.jobs = Jobs(workbench)
    bar = StatusBar(workbench)
    qtbot.addWidget(bar)
    assert bar.job.isHidden()
    workbench.jobs.running = "1"
    workbench.jobs.progressed.emit("1")
    assert not bar.job.isHidden()
    assert "Synthesize talk: 16 of 125 frames \N{MIDDLE DOT} Drawing mouths" in bar.job.text()
    with qtbot.waitSignal(bar.jobs_asked):
        bar.job.click()
    workbench.jobs.running = None
    workbench.jobs.jobs_changed.emit()
    assert bar.job.isHidden()


def test_an_edit_that_is_refused_is_told_until_the_next_one(window):
    store = window.workbench.store
    store.edit("Import", lambda project: add_media(project, MEDIA[0]))

    def refuse(_project):
        raise InvalidEditError("It is locked.", remedy="Unlock the track.")

    store.edit("Cut", refuse)
    assert window.message_bar.text == "It is locked. Unlock the track."
    assert window.message_bar.level == "warning"
    assert window.message_bar.isVisible()
    store.edit("Import", lambda project: add_media(project, MEDIA[1]))
    assert not window.message_bar.isVisible()


def test_a_panel_behind_a_tab_has_its_name_once(window, qtbot):
    docks = window.docks
    qtbot.waitUntil(lambda: docks["media_bin"].titleBarWidget() is not None)
    assert docks["jobs"].titleBarWidget() is not None
    assert docks["timeline"].titleBarWidget() is not None
    for other in window.tabifiedDockWidgets(docks["timeline"]):
        other.toggleViewAction().trigger()
    qtbot.waitUntil(lambda: docks["timeline"].titleBarWidget() is None)
    for other in window.tabifiedDockWidgets(docks["media_bin"]):
        other.toggleViewAction().trigger()
    qtbot.waitUntil(lambda: docks["media_bin"].titleBarWidget() is None)
    window.reset_layout()
    qtbot.waitUntil(lambda: docks["media_bin"].titleBarWidget() is not None)


def test_recent_projects_in_the_menu_tell_of_unsaved_work_and_where_they_lie(window, tmp_path):
    project = window.workbench.project
    project._recent = (tmp_path / "A & B.lsp", tmp_path / "C.lsp")
    project._unsaved = frozenset({tmp_path / "C.lsp"})
    window._fill_recent()
    first, second = window._recent.actions()
    assert first.text() == f"A && B  -  {tmp_path}"
    assert "unsaved work" in second.text()
    assert "recover" in second.toolTip()
