"""Saving: in the background, under the same or another name, told when it is on the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from latentsync_studio.services.project_backups import is_backup
from latentsync_studio.ui.widgets.choice_dialog import window_of
from latentsync_studio.ui.widgets.file_dialogs import (
    FileQuestion,
    ask_for_file,
    last_folder,
    remember_folder,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QFileDialog

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import Project
    from latentsync_studio.services.open_project import OpenProject
    from latentsync_studio.ui.workbench import Workbench
    from latentsync_studio.ui.workers.background import Background

    Then = Callable[[bool], object] | None

_PURPOSE = "projects"


class Saving(QObject):
    """One save at a time.

    The project counts as unmodified from the moment it is handed over; edits made meanwhile
    modify it again, and a failure takes it back where it was modified before.

    Signals:
        saved(): it is on the disk.
        changed(): a save began or ended.
    """

    saved = Signal()
    changed = Signal()

    def __init__(self, workbench: Workbench, files: Background, parent: QObject) -> None:
        super().__init__(parent)
        self._workbench, self._files = workbench, files
        self._after: list[Callable[[bool], object]] = []
        self.is_busy = self._was_clean = False
        self.dialog: QFileDialog | None = None  # that asks for a name

    def after(self, then: Callable[[bool], object]) -> None:
        """Call `then(is_saved)` when the save that is under way has ended."""
        self._after.append(then)

    def save(self, opened: OpenProject, then: Then) -> None:
        """Save where the project lies; `then(is_saved)` is called at the end."""
        project = self._workbench.store.project

        def work(_progress: Progress) -> None:
            opened.save(project)

        self._begin(opened, project, work, then)

    def ask_save_as(self, opened: OpenProject, then: Then) -> None:
        """Ask for a name, save there and go on there; cancelling is no saving."""

        def chosen(path: Path) -> None:
            self.dialog = None
            project = self._workbench.store.project

            def work(_progress: Progress) -> None:
                opened.save_as(path, project)

            self._begin(opened, project, work, then)

        def cancelled() -> None:
            self.dialog = None
            if then is not None:
                then(False)

        self._ask(self.tr("Save project as"), opened, chosen, cancelled)

    def ask_save_copy(self, opened: OpenProject) -> None:
        """Ask for a name and write a copy there."""

        def chosen(path: Path) -> None:
            self.dialog = None
            project = self._workbench.store.project

            def work(_progress: Progress) -> Path:
                return opened.save_copy(path, project)

            self._files.submit(work, self._on_copied, self._workbench.tell_error)

        self._ask(self.tr("Save a copy of the project"), opened, chosen, self._forget_dialog)

    def close(self) -> None:
        """Ask nothing more."""
        self._after.clear()
        if self.dialog is not None:
            self.dialog.blockSignals(True)
            self.dialog.close()
            self.dialog = None

    def _ask(
        self,
        title: str,
        opened: OpenProject,
        chosen: Callable[[Path], None],
        cancelled: Callable[[], None],
    ) -> None:
        if self.dialog is not None:
            self.dialog.activateWindow()
            return
        question = FileQuestion(
            title=title,
            filters=self.tr("LatentSync Studio projects (*.lsp)"),
            is_saving=True,
            suffix="lsp",
            suggestion=self._suggestion(opened),
        )
        self.dialog = ask_for_file(window_of(self._workbench), question, chosen, cancelled)

    def _suggestion(self, opened: OpenProject) -> Path:
        folder = last_folder(self._workbench.preferences, _PURPOSE)
        if opened.path is not None and is_backup(opened.path, self._workbench.home):
            return folder / self.tr("{0} (backup).lsp").format(opened.path.name.partition(".")[0])
        if opened.path is not None:
            return opened.path
        media = self._workbench.store.project.media
        name = media[0].name.rpartition(".")[0] if media else ""
        return folder / f"{name or self.tr('Untitled')}.lsp"

    def _forget_dialog(self) -> None:
        self.dialog = None

    def _begin(
        self,
        opened: OpenProject,
        project: Project,
        work: Callable[[Progress], None],
        then: Then,
    ) -> None:
        if then is not None:
            self._after.append(then)
        self.is_busy = True
        self._was_clean = self._workbench.store.undo_stack.isClean()
        if not self._was_clean:
            opened.note(project)  # until it is saved it is only safe in the journal
        self._workbench.store.undo_stack.setClean()
        self.changed.emit()
        self._files.submit(work, lambda _nothing: self._on_saved(opened), self._on_failed)

    def _on_saved(self, opened: OpenProject) -> None:
        path = opened.path
        if path is not None:
            remember_folder(self._workbench.preferences, _PURPOSE, path.parent)
            self._workbench.tell(self.tr("Saved {0}.").format(path.name))
        self._end(is_saved=True)
        self.saved.emit()

    def _on_failed(self, error: StudioError) -> None:
        if not self._was_clean:
            self._workbench.store.undo_stack.resetClean()
        button = (self.tr("Save as..."), self._workbench.project.save_as)
        self._workbench.tell_error(error, (button,))
        self._end(is_saved=False)

    def _end(self, *, is_saved: bool) -> None:
        self.is_busy = False
        waiting, self._after = self._after, []
        self.changed.emit()
        for then in waiting:
            then(is_saved)

    def _on_copied(self, path: Path) -> None:
        self._workbench.tell(self.tr("A copy is in {0}.").format(path))
