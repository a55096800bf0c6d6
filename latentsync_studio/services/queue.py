"""The job queue: what waits, runs, rests or failed, shared by all windows and the command line.

A job is a frozen request in the job table. It survives the window, a crash and kill -9; the store
holds what was done of it, so that only the window of frames in flight is made again. Whatever
happens, one job is run by one process at a time.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeAlias

from latentsync_studio.core.errors import Cancelled, StorageError, StudioError, to_studio_error
from latentsync_studio.core.job_frames import ENGINE, PLAN, JobFrames
from latentsync_studio.core.remedies import code_of
from latentsync_studio.services.job_requests import enter, request_of
from latentsync_studio.services.mask_tiles import tiles_of
from latentsync_studio.services.memory_watch import memory_now
from latentsync_studio.storage.jobs import Job, JobBusyError, State, UnknownJobError
from latentsync_studio.storage.owners import this_process

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.delivery.requests import (
        ClipMovieReport,
        ClipMovieRequest,
        PackageReport,
        PackageRequest,
    )
    from latentsync_studio.services.job_requests import OfProject, Request
    from latentsync_studio.services.request import RenderReport
    from latentsync_studio.services.timeline.movie import MovieReport
    from latentsync_studio.services.timeline.synthesize import FrameDone, SynthesisReport
    from latentsync_studio.services.wiring import Services
    from latentsync_studio.storage.jobs import JobTable, Wish

    Report: TypeAlias = (
        SynthesisReport | MovieReport | ClipMovieReport | PackageReport | RenderReport
    )

__all__ = ["Job", "JobBusyError", "JobQueue", "State", "run_job"]

_HINT_S: Final = 1.0
_STOPPED: Final = "Stopped by you."


class JobQueue:
    """The queue of a data home. Every method may wait for the disk: not for a GUI thread.

    All raise StorageError or DiskFullError where the job table cannot be used, and UnknownJobError
    for a job that was removed meanwhile. Threads may share it.
    """

    def __init__(self, services: Services) -> None:
        self._services, self._jobs = services, services.jobs

    def enqueue(self, request: Request, title: str, instead_of: Job | None = None) -> Job:
        """Put a request at the end. The same request is the same job, queued again where it ended.

        A title that another job has gets a number, unless this one comes `instead_of` that.
        Raises JobBusyError while a process works on it.
        """
        before = instead_of.id if instead_of is not None else ""
        return enter(request, title, self._jobs, self._services.paintings, before)

    def jobs(self) -> tuple[Job, ...]:
        """All jobs in their order."""
        return self._jobs.queue()

    def request(self, job: Job) -> Request:
        """What a job is to do. Raises InputError or StorageError where that is lost."""
        return request_of(job)

    def move(self, job: Job, place: int) -> None:
        """Put a job at a place of the order, from 0."""
        self._jobs.move(job.id, place)

    def pause(self, job: Job) -> Job:
        """Let a waiting job rest; a running one of this process rests at its next step.

        Raises JobBusyError for one that another process runs.
        """
        return self._asked(job, "pause") or self._jobs.change(job.id, ("queued",), "paused")

    def unpause(self, job: Job) -> Job:
        """Let a resting job wait for its turn again, at its place."""
        return self._jobs.change(job.id, ("paused",), "queued")

    def cancel(self, job: Job) -> Job:
        """Stop a job, running in this process or not; it stays in the list and can be retried.

        Raises JobBusyError for one that another process runs.
        """
        froms: tuple[State, ...] = ("queued", "paused", "interrupted")
        stopped = self._asked(job, "stop")
        return stopped or self._jobs.change(job.id, froms, "interrupted", _STOPPED)

    def retry(self, job: Job) -> Job:
        """Let a failed, stopped or interrupted job, or one to be done anew, wait for its turn.

        It keeps its place, and whatever it had done.
        """
        froms: tuple[State, ...] = ("failed", "interrupted", "paused", "done")
        return self._jobs.change(job.id, froms, "queued")

    def remove(self, job: Job) -> None:
        """Forget a job; what it stored may then be evicted, its output stays.

        Raises JobBusyError while it runs.
        """
        removed = self._jobs.remove(job.id)
        with suppress(StorageError):  # pins end by themselves, later
            self._services.store.unpin(removed.id)

    def remove_done(self) -> int:
        """Forget all jobs that are done, and return how many; their outputs stay."""
        done = [job for job in self.jobs() if job.state == "done"]
        for job in done:
            with suppress(JobBusyError, UnknownJobError):  # somebody else was faster
                self.remove(job)
        return len(done)

    def next_job(self) -> Job | None:
        """The first job that waits. Another process may claim it first: then take the next."""
        return next((job for job in self.jobs() if job.state == "queued"), None)

    def interrupted(self) -> tuple[Job, ...]:
        """Jobs whose process died while it worked on them, until retried, cancelled or removed."""
        return tuple(job for job in self.jobs() if job.is_lost)

    def _asked(self, job: Job, wish: Wish) -> Job | None:
        """Tell the wish to whoever runs the job here; None where nobody runs it."""
        now = self._jobs.get(job.id)
        if now.state != "running":
            return None
        if now.owner != this_process():
            raise JobBusyError(
                f"Process {now.owner.pid} works on this (job {now.id[:8]}).",
                remedy="Stop it in the window or terminal where it runs.",
            )
        self._jobs.wish(job.id, wish)
        return now


def run_job(
    job: Job,
    services: Services,
    progress: Progress,
    finished: Callable[[FrameDone], None] | None = None,
) -> Report:
    """Do a job here and now, and note how it ended.

    Args:
        job: in any state but running; done ones are queued again first.
        services: shared parts.
        progress: told first of the stage `core.job_frames.PLAN` with the frames that the job is
            asked for where they are known, then of every stage; its stop leaves the job
            interrupted, or paused where `JobQueue.pause` was called.
        finished: told of frames as they become ready to be seen; called on worker threads.

    Raises JobBusyError when another process was faster, Cancelled when stopped, other StudioErrors
    as they are noted with the job; a bug comes as InternalError.
    """
    claimed = services.jobs.claim(job.id)
    watched = _Watched(progress, services.jobs, claimed)
    try:
        try:
            report = _done(claimed, services, watched, finished)
        finally:
            watched.flush()
    except Cancelled:
        with suppress(StudioError):
            if watched.obeyed == "pause":
                services.jobs.pause(claimed.id)
            else:
                services.jobs.interrupt(claimed.id, _STOPPED)
        raise
    except Exception as error:  # the boundary: every failure is noted before it goes on
        known = to_studio_error(error)
        with suppress(StudioError):  # the job table may lie on the disk that is full
            services.jobs.fail(claimed.id, str(known), code=code_of(known), remedy=known.remedy)
        if known is error:
            raise
        raise known from error
    except BaseException:
        with suppress(StudioError):
            services.jobs.interrupt(claimed.id)
        raise
    with suppress(StudioError):  # the work is complete, noted or not
        services.jobs.finish(claimed.id)
        services.store.unpin(claimed.id)
    return report


def _done(
    job: Job,
    services: Services,
    progress: Progress,
    finished: Callable[[FrameDone], None] | None,
) -> Report:
    from latentsync_studio.services.request import RenderRequest

    request = request_of(job)
    if isinstance(request, RenderRequest):
        from latentsync_studio.services.render import render

        return render(request, services, progress)
    mine = replace(services, store=services.store.owned_by(job.id))
    with tiles_of(services.jobs.snapshot(job.id), services.paintings):
        return _of_project(request, mine, progress, finished, job.id)


def _of_project(
    request: OfProject,
    services: Services,
    progress: Progress,
    finished: Callable[[FrameDone], None] | None,
    owner: str,
) -> Report:
    from latentsync_studio.services.timeline.synthesize import (
        SynthesisRequest,
        frames_asked_for,
        synthesize,
    )

    if isinstance(request, SynthesisRequest):
        progress.report(PLAN, 0, frames_asked_for(request))
        return synthesize(request, services, progress, finished)
    from latentsync_studio.services.timeline.movie import (
        MovieRequest,
        delivered_frames,
        export_movie,
    )

    if not isinstance(request, MovieRequest):
        return _delivered(request, services, progress, finished, owner)
    progress.report(PLAN, 0, len(delivered_frames(request)))
    return export_movie(request, services, progress, finished, owner=owner)


def _delivered(
    request: ClipMovieRequest | PackageRequest,
    services: Services,
    progress: Progress,
    finished: Callable[[FrameDone], None] | None,
    owner: str,
) -> Report:
    from latentsync_studio.services.delivery.clip_movie import export_clip, planned_frames
    from latentsync_studio.services.delivery.package import export_package
    from latentsync_studio.services.delivery.requests import ClipMovieRequest

    if isinstance(request, ClipMovieRequest):
        progress.report(PLAN, 0, planned_frames(request))
        return export_clip(request, services, progress, finished=finished, owner=owner)
    return export_package(request, services, progress, finished, owner=owner)


class _Hints:
    """Writes how far a job is, at most once a second and never with an error.

    How many frames there are is written at once: a job killed in its first second has told it.
    """

    def __init__(self, jobs: JobTable) -> None:
        self._jobs, self._lock, self._not_before, self._told_total = jobs, Lock(), 0.0, 0
        self._untold: tuple[str, str, int, int] | None = None

    def note(self, job_id: str, stage: str, done: int, total: int) -> None:
        with self._lock:
            now = time.monotonic()
            if now < self._not_before and total == self._told_total:
                self._untold = (job_id, stage, done, total)
                return
            self._not_before, self._told_total, self._untold = now + _HINT_S, total, None
        self._write(job_id, stage, done, total)

    def flush(self) -> None:
        """Write the last hint, if it came too soon after the one before."""
        with self._lock:
            untold, self._untold = self._untold, None
        if untold is not None:
            self._write(*untold)

    def _write(self, job_id: str, stage: str, done: int, total: int) -> None:
        with suppress(StudioError):  # it is a hint
            self._jobs.hint(job_id, stage, done, total, memory_now().rss_mib)


class _Watched:
    """Progress that also hears wishes from the queue and keeps hints. Threads may share it.

    Hints are of the job: its frames, and beside them the stage that it is in.
    """

    def __init__(self, inner: Progress, jobs: JobTable, job: Job) -> None:
        self._inner, self._jobs, self._job_id = inner, jobs, job.id
        self._hints = _Hints(jobs)
        self._frames, self._lock = JobFrames(job.done, job.total), Lock()
        self.obeyed: Wish | None = None

    def report(self, stage: str, done: int, total: int, note: str = "") -> None:
        self._obey()
        if stage != ENGINE:
            with self._lock:
                self._frames.take(stage, done, total)
                frames = self._frames.done, self._frames.total
            self._hints.note(self._job_id, stage, *frames)
        self._inner.report(stage, done, total, note)

    def check(self) -> None:
        self._obey()
        self._inner.check()

    def flush(self) -> None:
        """Write the last hint: the work is over."""
        self._hints.flush()

    def _obey(self) -> None:
        wish = self._jobs.wished(self._job_id) or self.obeyed
        if wish is not None:
            self.obeyed = wish
            text = "Paused." if wish == "pause" else "Stopped."
            raise Cancelled(text, remedy="Let the job go on; what is done is kept.")
