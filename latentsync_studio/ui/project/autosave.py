"""Edits go into the journal a moment after they are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import Project
    from latentsync_studio.services.open_project import OpenProject
    from latentsync_studio.ui.store import ProjectStore
    from latentsync_studio.ui.workers.background import Background

FLUSH_MS: Final = 100  # with the disk's own time a crash loses less than 250 ms


class Autosave(QObject):
    """Hands every finished state to the journal, and lets a thread write it; never waits.

    Signals:
        failed(error): it cannot be written; told once until it works again.
    """

    failed = Signal(object)

    def __init__(self, files: Background, store: ProjectStore, parent: QObject) -> None:
        super().__init__(parent)
        self._files = files
        self._open: OpenProject | None = None
        self._is_writing = False
        self._is_failing = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(FLUSH_MS)
        self._timer.timeout.connect(self._flush)
        store.committed.connect(self._on_committed)

    def use(self, opened: OpenProject) -> None:
        """Journal into another project from now on."""
        self._open = opened
        self._is_failing = False

    def close(self) -> None:
        """Write nothing more by itself."""
        self._timer.stop()
        self._open = None

    def _on_committed(self, project: Project) -> None:
        if self._open is not None:
            self._open.note(project)
            if not self._timer.isActive():
                self._timer.start()

    def _flush(self) -> None:
        opened = self._open
        if opened is None:
            return
        if self._is_writing:
            self._timer.start()
            return
        self._is_writing = True

        def work(_progress: Progress) -> bool:
            return opened.flush()

        self._files.submit(work, self._on_written, self._on_failed)

    def _on_written(self, _written: bool) -> None:
        self._is_writing = self._is_failing = False

    def _on_failed(self, error: StudioError) -> None:
        self._is_writing = False
        if not self._is_failing:
            self._is_failing = True
            self.failed.emit(error)
