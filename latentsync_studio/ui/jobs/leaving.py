"""What becomes of the jobs when the window closes, and what the next start asks about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.ui.jobs.interrupted import REMOVE, RESUME, InterruptedDialog

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from PySide6.QtWidgets import QWidget

    from latentsync_studio.services.queue import Job, JobQueue
    from latentsync_studio.ui.jobs.controller import JobsController
    from latentsync_studio.ui.workbench import Workbench


def put_away(
    jobs: JobsController,
    stopped: str | None,
    resting: Collection[str] | None,
    then: Callable[[], object],
) -> None:
    """Write down what becomes of the jobs of a window that closes, and call `then`.

    Args:
        jobs: of the window; none of them runs any more.
        stopped: the job that ran, if any did.
        resting: waiting jobs that rest from now on, until they are resumed by hand, as the stopped
            one does; None: all, and the stopped one, wait for their turn.
        then: called in the GUI thread.
    """

    def work(queue: JobQueue) -> None:
        for job in queue.jobs():
            if resting is None:
                if job.id == stopped and job.state == "interrupted":
                    queue.retry(job)
            elif job.id in resting and job.state == "queued":
                queue.pause(job)

    jobs.ask_queue(work, lambda _nothing: then())


def ask_left_over(jobs: JobsController, workbench: Workbench) -> None:
    """Ask about jobs that nobody looks after: resume, remove, or later."""
    services = workbench.services

    def look(_queue: JobQueue) -> tuple[Job, ...]:
        from latentsync_studio.services.left_over import left_over

        return left_over(services.jobs)

    def ask(found: tuple[Job, ...]) -> None:
        dialogs: list[InterruptedDialog] = []

        def make(parent: QWidget | None) -> InterruptedDialog:
            dialogs.append(InterruptedDialog(found, parent))
            return dialogs[0]

        def answered(key: str) -> None:
            actions = {RESUME: jobs.take_over, REMOVE: jobs.remove}
            if key in actions:
                for job_id in dialogs[0].picked:
                    actions[key](job_id)

        if found:
            workbench.project.asker.ask(make, answered)

    jobs.ask_queue(look, ask)
