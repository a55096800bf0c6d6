"""The jobs as a list for views: one row a job; everything is also said in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QByteArray, QMimeData, QModelIndex, Qt

from latentsync_studio.ui.jobs.quality_words import line_of
from latentsync_studio.ui.jobs.words import (
    live_progress_words,
    live_words,
    memory_words,
    progress_words,
    size,
    state_words,
    title_of,
)
from latentsync_studio.ui.remedy_words import remedy_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QObject, QPersistentModelIndex

    from latentsync_studio.services.queue import Job
    from latentsync_studio.ui.jobs.controller import JobsController
    from latentsync_studio.ui.jobs.qualities import JobQualities

    Index = QModelIndex | QPersistentModelIndex

ID = Qt.ItemDataRole.UserRole
STATE = Qt.ItemDataRole.UserRole + 1  # name of the state
FRACTION = Qt.ItemDataRole.UserRole + 2  # 0..1, or None where there is nothing to show
PROGRESS = Qt.ItemDataRole.UserRole + 3  # "120 of 500 frames, Drawing mouths"
NUMBERS = Qt.ItemDataRole.UserRole + 4  # "12.3 frames/s, 2:10 - 2:40 left", or why it ended
MEMORY = Qt.ItemDataRole.UserRole + 5  # "640 MiB now, 900 MiB at most"
QUALITY = Qt.ItemDataRole.UserRole + 6  # "sync 0.41, lag 0, no span needs you", once it is done
MIME = "application/x-latentsync-studio-job"


class JobsModel(QAbstractListModel):
    """Rows in the order of the queue; dragging a row moves the job."""

    def __init__(
        self, jobs: JobsController, qualities: JobQualities, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._controller, self._qualities = jobs, qualities
        self._jobs: tuple[Job, ...] = ()
        jobs.jobs_changed.connect(self.reload)
        jobs.progressed.connect(self._on_progressed)
        qualities.found.connect(self._on_progressed)
        self.reload()

    def reload(self) -> None:
        """Take over the list; rows that stay keep the selection."""
        new = self._controller.jobs()
        if [job.id for job in new] == [job.id for job in self._jobs]:
            self._jobs = new
            if new:
                self.dataChanged.emit(self.index(0), self.index(len(new) - 1))
            return
        self.beginResetModel()
        self._jobs = new
        self.endResetModel()

    def job_at(self, index: Index) -> Job | None:
        """The job of a row."""
        row = index.row()
        return self._jobs[row] if index.isValid() and row < len(self._jobs) else None

    def row_of(self, job_id: str) -> int:
        """The row of a job, -1 where it is not there."""
        return next((row for row, job in enumerate(self._jobs) if job.id == job_id), -1)

    def _on_progressed(self, job_id: str) -> None:
        row = self.row_of(job_id)
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt declares it
        return 0 if parent.isValid() else len(self._jobs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - as Qt declares it
        job = self.job_at(index)
        if job is None:
            return None
        makers = {
            Qt.ItemDataRole.DisplayRole: title_of,
            Qt.ItemDataRole.ToolTipRole: self._tip,
            Qt.ItemDataRole.AccessibleTextRole: self._sentence,
            ID: lambda job: job.id,
            STATE: self._state,
            FRACTION: self._fraction,
            PROGRESS: self._progress,
            NUMBERS: self._numbers,
            MEMORY: self._memory,
            QUALITY: self.quality_of,
        }
        maker = makers.get(role)
        return maker(job) if maker is not None else None

    def _state(self, job: Job) -> str:
        is_ours = job.id == self._controller.running
        return "stopping" if is_ours and self._controller.is_stopping else job.state

    def _fraction(self, job: Job) -> float | None:
        live = self._controller.live(job.id)
        done, total = (live.done, live.total) if live is not None else (job.done, job.total)
        if job.state == "done":
            return 1.0
        return min(1.0, done / total) if total > 0 else (0.0 if job.state == "running" else None)

    def _progress(self, job: Job) -> str:
        live = self._controller.live(job.id)
        if live is not None:
            return live_progress_words(live)
        is_anew = job.state == "queued" and job.done >= job.total  # it was done before
        return progress_words(job) if job.state != "done" and not is_anew else ""

    def _numbers(self, job: Job) -> str:
        live = self._controller.live(job.id)
        if live is not None:
            return live_words(live)
        return f"{job.message} {remedy_words(job.code, job.remedy)}".strip()

    def _memory(self, job: Job) -> str:
        live = self._controller.live(job.id)
        if live is not None:
            return memory_words(live)
        return self.tr("RAM peak {0}").format(size(job.peak_mib)) if job.peak_mib else ""

    def quality_of(self, job: Job) -> str:
        """Figures and findings of a job that is done, as far as they are known by now."""
        found = self._qualities.of(job)
        return "" if found is None else line_of(found)

    def _sentence(self, job: Job) -> str:
        words = state_words(self._state(job)).word
        known = self._progress(job), self._numbers(job), self.quality_of(job), self._memory(job)
        parts = (title_of(job), words, *known)
        return ", ".join(part for part in parts if part)

    def _tip(self, job: Job) -> str:
        known = self._numbers(job), self.quality_of(job), self._memory(job)
        parts = (title_of(job), job.wanted.output, *known)
        return "\n".join(part for part in parts if part)

    # --- drag and drop

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        usual = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        return usual | Qt.ItemFlag.ItemIsDragEnabled

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        job = self.job_at(indexes[0]) if indexes else None
        if job is not None:
            data.setData(MIME, QByteArray(job.id.encode("ascii")))
        return data

    def dropMimeData(
        self, data: QMimeData, _action: Qt.DropAction, row: int, _column: int, parent: Index
    ) -> bool:
        """Move the job; False, so that no view removes a row of its own accord."""
        job_id = bytes(data.data(MIME).data()).decode("ascii", "replace")
        before = self.row_of(job_id)
        if before < 0:
            return False
        place = row if row >= 0 else parent.row() if parent.isValid() else len(self._jobs)
        place -= place > before  # the row itself is taken out first
        if place != before:
            self._controller.move(job_id, place)
        return False
