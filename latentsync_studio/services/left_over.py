"""Jobs that no living process looks after: what the next start of the window asks about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.storage.owners import is_alive, this_process

if TYPE_CHECKING:
    from latentsync_studio.storage.jobs import Job, JobTable


def left_over(jobs: JobTable) -> tuple[Job, ...]:
    """Jobs whose process died while it ran them, and those that wait for one that is gone.

    In the order of the queue; raises StorageError where the table cannot be read.
    """
    return tuple(job for job in jobs.queue() if job.is_lost or _waits_for_nobody(job))


def _waits_for_nobody(job: Job) -> bool:
    return job.state == "queued" and job.owner != this_process() and not is_alive(job.owner)
