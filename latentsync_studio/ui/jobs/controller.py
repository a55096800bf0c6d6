"""The queue for the window: enqueue, run one after the other, pause, resume, retry, leave.

The queue lies on the disk and is asked on a thread of its own, in order. A job runs in the engine
thread. What this window enqueued or resumed is run by it, and nothing else: jobs of another window
are shown, and those of a dead one are asked about at the start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace
from PySide6.QtCore import QObject, QTimer, Signal

from latentsync_studio.core.errors import Cancelled
from latentsync_studio.core.job_frames import JobFrames
from latentsync_studio.services.preferences import within_limits
from latentsync_studio.ui.export.forecast import remember_speed, writing_kind
from latentsync_studio.ui.jobs.commands import JobCommands
from latentsync_studio.ui.jobs.leaving import ask_left_over, put_away
from latentsync_studio.ui.jobs.live import Live
from latentsync_studio.ui.jobs.words import title_of
from latentsync_studio.ui.workers.background import Background
from latentsync_studio.ui.workers.engine import EngineThread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.progress import Progress, ProgressReport
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.model import ClipId
    from latentsync_studio.services.job_requests import Request
    from latentsync_studio.services.memory_watch import MemoryNow
    from latentsync_studio.services.queue import Job, JobQueue
    from latentsync_studio.ui.workbench import Workbench

T = TypeVar("T")
LOOK_AGAIN_MS = 2000  # at jobs that another process runs


class JobsController(QObject):
    """All that is known of jobs, and all that can be done with them.

    Signals:
        jobs_changed(): `jobs()` is another list.
        job_added(job id): this window put it into the queue.
        progressed(job id): `live(job id)` has news.
        frame_finished(FrameDone): a frame of the running job can be looked at.
        job_done(job id): its output is complete.
        job_reported(job id, report): what a job that is done did, as its service told.
        job_failed(job id, error): it ended otherwise, and not because somebody stopped it.
    """

    jobs_changed = Signal()
    job_added = Signal(str)
    progressed = Signal(str)
    frame_finished = Signal(object)
    job_done = Signal(str)
    job_reported = Signal(str, object)
    job_failed = Signal(str, object)

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._workbench = workbench
        self._asking = Background(1, self)
        self._asking.failed.connect(workbench.tell_error)
        self._engine = EngineThread(self)
        self._engine.reported.connect(self._on_reported)
        self._engine.frame_finished.connect(self._on_frame)
        self._engine.ended.connect(self._on_ended)
        self._jobs: tuple[Job, ...] = ()
        self._ours: set[str] = set()  # that this window will run
        self._is_pausing = False  # the running job was stopped in order to rest
        self._live: Live | None = None
        self._put_away: Callable[[], object] | None = None  # set once the window is to close
        self._look_again = QTimer(self)
        self._look_again.setInterval(LOOK_AGAIN_MS)
        self._look_again.timeout.connect(self.refresh)
        self.commands = JobCommands(self, workbench)

    # --- what is known

    def jobs(self) -> tuple[Job, ...]:
        """All jobs in their order."""
        running = self._engine.running
        return tuple(
            replace(job, state="running", code="", message="", remedy="")
            if job.id == running and job.state != "running"
            else job
            for job in self._jobs
        )

    def job(self, job_id: str) -> Job | None:
        """The job with this id, if it is still there."""
        return next((job for job in self.jobs() if job.id == job_id), None)

    def live(self, job_id: str) -> Live | None:
        """Numbers of the job while this window runs it."""
        return self._live if job_id == self._engine.running else None

    @property
    def running(self) -> str | None:
        """Id of the job that this window runs."""
        return self._engine.running

    @property
    def is_stopping(self) -> bool:
        """Whether the running job was told to stop and has not yet."""
        return self._engine.is_stopping

    def unfinished(self) -> tuple[str, ...]:
        """Titles of jobs that this window runs or will run."""
        ours = self._ours | ({self._engine.running} if self._engine.running else set())
        return tuple(
            title_of(job)
            for job in self.jobs()
            if job.id in ours and job.state in {"running", "queued"}
        )

    # --- what can be done

    def begin(self) -> None:
        """At the start: look at the queue, and ask about jobs that nobody looks after."""
        ask_left_over(self, self._workbench)

    def refresh(self) -> None:
        """Look at the queue again."""
        self.ask_queue(lambda _queue: None)

    def synthesize(self, clips: Sequence[ClipId] = (), frames: FrameRange | None = None) -> None:
        """Draw what is missing of clips, or of the whole shown sequence."""
        sequence, project = self._workbench.session.sequence, self._workbench.store.project
        if sequence is None:
            return
        wanted, title = tuple(clips), self.commands.synthesis_title(clips)

        def make() -> Request:
            from latentsync_studio.services.timeline.synthesize import SynthesisRequest

            return SynthesisRequest(
                project=project, sequence=sequence.id, clips=wanted, frames=frames
            )

        self.enqueue(make, title)

    def export(self, output: Path, frames: FrameRange | None = None) -> None:
        """Write the shown sequence to a movie, with the project's own settings."""
        sequence, project = self._workbench.session.sequence, self._workbench.store.project
        if sequence is None:
            return

        def make() -> Request:
            from latentsync_studio.services.timeline.movie import MovieRequest

            return MovieRequest(project=project, sequence=sequence.id, output=output, frames=frames)

        self.enqueue(make, self.tr("Export {0}").format(output.name))

    def enqueue(self, make: Callable[[], Request], title: str) -> None:
        """Put a request at the end of the queue; `make` runs on a worker thread."""

        def enqueued(job: Job) -> None:
            self._take(job)
            self._workbench.tell(self.tr("{0} is in the queue.").format(title_of(job)))
            self.jobs_changed.emit()
            self.job_added.emit(job.id)

        self.ask_queue(lambda queue: queue.enqueue(make(), title), enqueued)

    def pause(self, job_id: str) -> None:
        """Let a job rest: a waiting one at once, the running one at its next step."""
        if job_id == self._engine.running:
            self._stop_running(is_pause=True)
        else:
            self._with(job_id, lambda queue, job: queue.pause(job))

    def resume(self, job_id: str) -> None:
        """Go on with a job that rests or was interrupted, when its turn comes."""
        job = self.job(job_id)
        if job is not None and job.state == "paused":
            self._with(job_id, lambda queue, job: queue.unpause(job), self._take)
        else:
            self.retry(job_id)

    def cancel(self, job_id: str) -> None:
        """Stop a job; it stays in the list."""
        self._ours.discard(job_id)
        if job_id == self._engine.running:
            self._stop_running(is_pause=False)
        else:
            self._with(job_id, lambda queue, job: queue.cancel(job))

    def retry(self, job_id: str) -> None:
        """Let a job that failed, was stopped or is done wait for its turn again."""
        job = self.job(job_id)
        if job is None or not self.commands.remedies.do_anew(job):
            self._with(job_id, lambda queue, job: queue.retry(job), self._take)

    def take_over(self, job_id: str) -> None:
        """Run a job of a process that is gone."""
        job = self.job(job_id)
        if job is not None and job.state == "queued":
            self._ours.add(job_id)
            self._start_next()
        else:
            self.retry(job_id)

    def remove(self, job_id: str) -> None:
        """Take a job off the list; its output stays."""
        self._ours.discard(job_id)
        self._with(job_id, lambda queue, job: queue.remove(job))

    def remove_done(self) -> None:
        """Take all jobs that are done off the list; their outputs stay."""
        self.ask_queue(lambda queue: queue.remove_done())

    def move(self, job_id: str, place: int) -> None:
        """Put a job at a place of the order, from 0."""
        self._with(job_id, lambda queue, job: queue.move(job, place))

    def renew(self, job_id: str, change: Callable[[Any], Any]) -> None:
        """Put `change(request)` in the place of a job; both run on a worker thread."""
        place = next((n for n, job in enumerate(self._jobs) if job.id == job_id), 0)

        def work(queue: JobQueue, job: Job) -> Job:
            new = queue.enqueue(change(queue.request(job)), job.title, instead_of=job)
            if new.id != job.id:
                queue.remove(job)
                queue.move(new, place)
            return new

        self._with(job_id, work, self._take)

    # --- at the end

    def leave(self, *, keep: bool, then: Callable[[], object]) -> None:
        """Stop what runs, let the jobs wait for the next start, and call `then`.

        With `keep` the next start offers to go on; else they rest until resumed by hand.
        """
        stopped = self._engine.running
        ours = frozenset(self._ours)
        self._put_away = lambda: put_away(self, stopped, None if keep else ours, then)
        if stopped is None:
            self._put_away()
        else:
            self._engine.stop()

    def close(self) -> None:
        """Stop the running job, which stays interrupted, and end the threads."""
        self._look_again.stop()
        self._engine.close()
        self._asking.close(finish=True)

    # --- the queue's thread

    def ask_queue(
        self, work: Callable[[JobQueue], T], done: Callable[[T], object] | None = None
    ) -> None:
        """Do something with the queue on its thread, then show what became of it.

        `done(result)` is called in the GUI thread; what fails is told.
        """
        services = self._workbench.services

        def ask(_progress: Progress) -> tuple[T, tuple[Job, ...]]:
            from latentsync_studio.services.queue import JobQueue

            queue = JobQueue(services)
            result = work(queue)
            return result, queue.jobs()

        def answered(answer: tuple[T, tuple[Job, ...]]) -> None:
            result, self._jobs = answer
            if done is not None:
                done(result)
            self.jobs_changed.emit()
            self._start_next()

        self._asking.submit(ask, answered, self._on_refused)

    def _with(
        self,
        job_id: str,
        work: Callable[[JobQueue, Job], T],
        done: Callable[[T], object] | None = None,
    ) -> None:
        """Do something with one job, as it is shown now."""
        job = next((job for job in self._jobs if job.id == job_id), None)
        if job is not None:
            self.ask_queue(lambda queue: work(queue, job), done)

    def _stop_running(self, *, is_pause: bool) -> None:
        """The flag that the job looks at; the queue's own wish needs it to be claimed already."""
        self._is_pausing = is_pause
        self._engine.stop()
        self.jobs_changed.emit()

    def _on_refused(self, error: StudioError) -> None:
        self._workbench.tell_error(error)
        self.refresh()

    def _take(self, job: Job) -> None:
        """Run a job here when its turn comes."""
        if job.state == "queued":
            self._ours.add(job.id)

    # --- the engine's thread

    def _start_next(self) -> None:
        self._watch_others()
        if self._engine.running is not None or self._put_away is not None:
            return
        job = next((j for j in self._jobs if j.state == "queued" and j.id in self._ours), None)
        if job is None:
            return
        self._ours.discard(job.id)  # a list from before it ran must not start it twice
        limits = self._workbench.preferences.current
        services, wanted = within_limits(self._workbench.services, limits), job
        self._live = Live(_memory_now, frames=JobFrames(job.done, job.total))

        def run(progress: Progress, finished: Callable[[object], None]) -> object:
            from latentsync_studio.services.queue import run_job

            return run_job(wanted, services, progress, finished)

        self._engine.start(job.id, run)
        self.jobs_changed.emit()

    def _watch_others(self) -> None:
        """Look again now and then as long as another process runs a job."""
        ours = self._engine.running
        is_needed = any(job.state == "running" and job.id != ours for job in self._jobs)
        if is_needed and not self._look_again.isActive():
            self._look_again.start()
        elif not is_needed:
            self._look_again.stop()

    def _on_reported(self, job_id: str, report: ProgressReport) -> None:
        if self._live is not None:
            self._live.feed(report)
            self.progressed.emit(job_id)

    def _on_frame(self, _job_id: str, frame: object) -> None:
        self.frame_finished.emit(frame)

    def _on_ended(self, job_id: str, report: object, error: StudioError | None) -> None:
        job = next((job for job in self._jobs if job.id == job_id), None)
        self._live = None
        is_pausing, self._is_pausing = self._is_pausing, False
        if self._put_away is not None:
            self._put_away()
            return

        def told(_nothing: None) -> None:
            if error is None:
                self._remember_speed(job, report)
                self.commands.tell_done(job, report)
                self.job_reported.emit(job_id, report)
                self.job_done.emit(job_id)
            elif not isinstance(error, Cancelled):
                self.commands.tell_failed(job, error)
                self.job_failed.emit(job_id, error)

        def note(queue: JobQueue) -> None:
            if is_pausing:
                _let_rest(queue, job_id)

        self.ask_queue(note, told)

    def _remember_speed(self, job: Job | None, report: object) -> None:
        frames, seconds = getattr(report, "frames", 0), getattr(report, "seconds", 0.0)
        reused = getattr(report, "windows_reused", 0) or getattr(report, "segments_reused", 0)
        if job is None or not frames or not seconds or reused:  # it says little
            return
        preferences = self._workbench.preferences
        remember_speed(preferences, job.kind, frames / seconds)
        encoder = getattr(report, "encoder", "")
        if encoder and not getattr(report, "engine_calls", 0):  # nothing was drawn on the way
            pixels = frames * getattr(report, "width", 0) * getattr(report, "height", 0)
            remember_speed(preferences, writing_kind(encoder), pixels / seconds)


def _let_rest(queue: JobQueue, job_id: str) -> None:
    """Let a job that was stopped rest; one that came to its end meanwhile is left as it is."""
    for job in queue.jobs():
        if job.id == job_id and job.state == "interrupted":
            queue.pause(queue.retry(job))


def _memory_now() -> MemoryNow:
    from latentsync_studio.services.memory_watch import memory_now

    return memory_now()
