"""Looks up what is known of the quality of jobs that are done, for those that are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from latentsync_studio.ui.workers.background import Background
from latentsync_studio.ui.workers.open_takes import OpenTakes

if TYPE_CHECKING:
    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.quality.of_job import JobQuality
    from latentsync_studio.services.queue import Job
    from latentsync_studio.ui.workbench import Workbench


class JobQualities(QObject):
    """What is kept of the quality of jobs; asked for job by job, answered later.

    Signals:
        found(job id): `of` knows more of it.
    """

    found = Signal(str)

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._workbench = workbench
        self._own = Background(1, self)
        self._takes = OpenTakes(workbench.services)
        self._known: dict[tuple[str, float], JobQuality | None] = {}
        self._asked: set[tuple[str, float]] = set()
        workbench.quality.measured.connect(self.look_again)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is looked up."""
        return not self._own.pending

    def of(self, job: Job) -> JobQuality | None:
        """What is known; None where nothing is, or it is being looked up for the first time."""
        if job.state != "done":
            return None
        which = job.id, job.updated
        if which not in self._asked:
            self._ask(job, which)
        return self._known.get(which)

    def look_again(self, *_: object) -> None:
        """More was measured: what was not known of all clips is looked up again, when asked for."""
        for job_id, updated in self._asked.copy():
            found = self._known.get((job_id, updated))
            if found is None or found.unmeasured:
                self._asked.discard((job_id, updated))
                self.found.emit(job_id)

    def close(self) -> None:
        """Stop looking."""
        self._own.close()
        self._takes.clear()

    def _ask(self, job: Job, which: tuple[str, float]) -> None:
        self._asked.add(which)
        services, box = self._workbench.services, self._takes

        def work(progress: Progress) -> JobQuality | None:
            from latentsync_studio.services.quality.of_job import quality_of_job

            try:
                return quality_of_job(job, services, box.opened(), progress)
            finally:
                box.clear()  # media of other projects are not held open

        def done(found: JobQuality | None) -> None:
            self._known[which] = found
            self.found.emit(job.id)

        self._own.submit(work, done, self._on_failed)

    def _on_failed(self, _error: StudioError) -> None:
        """It was logged, and nobody asked for it: the job has no line."""
