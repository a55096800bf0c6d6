"""Opening a project: read on the files' thread, asked about, then handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from latentsync_studio.ui.project import questions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import Project
    from latentsync_studio.services.open_project import OpenProject
    from latentsync_studio.ui.widgets.choice_dialog import Asker
    from latentsync_studio.ui.workers.background import Background

T = TypeVar("T")


class Opening(QObject):
    """One project on its way in. Ends with exactly one of its signals.

    Signals:
        opened(OpenProject, Project, is_recovered): what to show.
        given_up(): the user cancelled.
        failed(error): it cannot be opened.
        told(text): a sentence for the user, before `opened`.
    """

    opened = Signal(object, object, bool)
    given_up = Signal()
    failed = Signal(object)
    told = Signal(str)

    def __init__(self, files: Background, asker: Asker, path: Path, home: Path | None) -> None:
        super().__init__(asker)
        self._files, self._asker = files, asker
        self.path, self._home = path, home
        self._is_untitled = False

    def begin(self, *, is_untitled: bool = False) -> None:
        """Read the file; one without a name (`is_untitled`) is recovered without a question."""
        self._is_untitled = is_untitled
        path, home = self.path, self._home

        def work(_progress: Progress) -> OpenProject:
            from latentsync_studio.services.project_files import open_project

            return open_project(path, home)

        self._files.submit(work, self._on_read, self.failed.emit)

    def _on_read(self, found: OpenProject) -> None:
        holder = found.locked_by
        if holder is None:
            self._ask_recovery(found)
            return

        def answered(key: str) -> None:
            if key == questions.READ_ONLY:
                self._ask_recovery(found)
            else:
                self._give_up(found)

        self._asker.ask(lambda parent: questions.locked(self.path.name, holder, parent), answered)

    def _ask_recovery(self, found: OpenProject) -> None:
        lost = found.recovery
        if lost is None:
            self.opened.emit(found, found.project, False)
            return
        if self._is_untitled:
            self._recover(found)
            return
        answers = {
            questions.RECOVER: self._recover,
            questions.LAST_SAVED: self._take_last_saved,
            questions.KEEP_COPY: self._keep_copy,
        }
        self._asker.ask(
            lambda parent: questions.recovery(self.path.name, lost, parent),
            lambda key: answers.get(key, self._give_up)(found),
        )

    def _recover(self, found: OpenProject) -> None:
        def work(_progress: Progress) -> Project:
            return found.recover()

        def done(project: Project) -> None:
            self.opened.emit(found, project, True)

        self._submit(found, work, done)

    def _take_last_saved(self, found: OpenProject) -> None:
        def work(_progress: Progress) -> None:
            found.discard_journal()

        def done(_nothing: None) -> None:
            self.opened.emit(found, found.project, False)

        self._submit(found, work, done)

    def _keep_copy(self, found: OpenProject) -> None:
        def work(_progress: Progress) -> Path:
            return found.keep_copy()

        def done(copy: Path) -> None:
            self.told.emit(self.tr("The unsaved edits are kept in {0}.").format(copy))
            self.opened.emit(found, found.project, False)

        self._submit(found, work, done)

    def _submit(
        self, found: OpenProject, work: Callable[[Progress], T], done: Callable[[T], None]
    ) -> None:
        """Do what was chosen; where it fails nothing is opened and the recovery stays."""

        def failed(error: StudioError) -> None:
            self._close(found)
            self.failed.emit(error)

        self._files.submit(work, done, failed)

    def _give_up(self, found: OpenProject) -> None:
        """Close it again; what can be recovered stays."""
        self._close(found)
        self.given_up.emit()

    def _close(self, found: OpenProject) -> None:
        def work(_progress: Progress) -> None:
            found.close()

        self._files.submit(work, _nothing_more)


def _nothing_more(_result: None) -> None:
    """Nobody waits for it."""
