"""What is asked before the window closes, and what is done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from latentsync_studio.ui.project import questions

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow

    from latentsync_studio.ui.project.controller import ProjectController
    from latentsync_studio.ui.workbench import Workbench


class Closing(QObject):
    """Asks everything first, then acts, then closes the window again.

    A cancelled question, or a save that fails, leaves the window open and the jobs running.
    """

    def __init__(self, project: ProjectController, workbench: Workbench) -> None:
        super().__init__(project)
        self._project, self._workbench = project, workbench
        self._window: QMainWindow | None = None
        self._is_settled = False
        self._save = self._discard = False
        self._jobs = ""  # KEEP, STOP or "" where none is left

    @property
    def is_discarding(self) -> bool:
        """Whether the user gave up the unsaved changes."""
        return self._discard

    def may_close(self, window: QMainWindow) -> bool:
        """Whether nothing is left to ask; else it asks, and closes the window when answered."""
        if self._is_settled:
            return True
        if self._project.asker.show_again() or self._window is not None:
            return False
        if self._workbench.store.has_coming:  # closes itself again, not from within that edit
            self._workbench.store.after_coming(lambda: QTimer.singleShot(0, window, window.close))
            return False
        self._save = self._discard = False
        self._jobs = ""
        self._window = window
        if self._project.is_saving:
            self._project.after_saving(self._on_saved)
        else:
            self._ask_unsaved()
        return self._is_settled

    def cancel(self) -> None:
        """Stay; the next attempt asks again."""
        self._window = None

    def _ask_unsaved(self) -> None:
        if not self._project.is_modified:
            self._ask_jobs()
            return

        def answered(key: str) -> None:
            self._save, self._discard = key == questions.SAVE, key == questions.DISCARD
            if self._save or self._discard:
                self._ask_jobs()
            else:
                self.cancel()

        name = self._project.name
        self._project.asker.ask(lambda parent: questions.unsaved(name, parent), answered)

    def _ask_jobs(self) -> None:
        titles = self._workbench.jobs.unfinished()
        if not titles:
            self._act()
            return

        def answered(key: str) -> None:
            if key in {questions.KEEP, questions.STOP}:
                self._jobs = key
                self._act()
            else:
                self.cancel()

        self._project.asker.ask(lambda parent: questions.jobs_running(titles, parent), answered)

    def _act(self) -> None:
        if self._save:
            self._project.save(self._on_saved)
        else:
            self._leave_jobs()

    def _on_saved(self, is_saved: bool) -> None:
        if self._window is None:
            return
        if not is_saved:
            self.cancel()
        elif self._save:
            self._leave_jobs()
        else:  # a save that was under way already
            self._ask_unsaved()
            self._close_if_settled()

    def _leave_jobs(self) -> None:
        if self._jobs:
            self._workbench.tell(self.tr("Stopping the jobs..."))
            self._workbench.jobs.leave(keep=self._jobs == questions.KEEP, then=self._settle)
        else:
            self._is_settled = True
            if self._save or self._discard:
                self._close_if_settled()

    def _settle(self) -> None:
        self._is_settled = True
        self._close_if_settled()

    def _close_if_settled(self) -> None:
        if self._is_settled and self._window is not None:
            self._window.close()
