"""How far the running job is, how fast it goes and what it takes; no Qt in here."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from latentsync_studio.core.job_frames import ENGINE, FRAME_STAGES, PLAN, JobFrames
from latentsync_studio.core.progress_rate import RateMeter

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.progress import ProgressReport
    from latentsync_studio.core.progress_rate import TimeLeft
    from latentsync_studio.services.memory_watch import MemoryNow

IN_SECONDS: Final = frozenset({"speech", "waveform"})  # stages that count seconds of sound
_LOOK_EVERY_S: Final = 0.5


class Live:
    """Numbers of one run of a job, fed with its reports.

    Attributes:
        stage: what is being done, "" before the first report.
        stage_done: units of a stage that prepares frames, 0 of one that finishes them.
        stage_total: units of such a stage, 0 when unknown.
        note: what the engine runs on, as far as it has said.
        rss_mib: resident memory now; peak_mib: the most that was seen.
        gpu_mib: GPU memory now, None where none is used; gpu_peak_mib: the most.
    """

    def __init__(
        self,
        memory: Callable[[], MemoryNow],
        clock: Callable[[], float] = time.monotonic,
        frames: JobFrames | None = None,
    ) -> None:
        """Begin a run.

        Args:
            memory: tells what is taken now.
            clock: seconds, steady.
            frames: how far earlier runs came.
        """
        self._memory, self._clock = memory, clock
        self._frames = frames if frames is not None else JobFrames()
        self._pace = _Pace()
        self._stage_meter = RateMeter()
        self._look_at = 0.0
        self.stage, self.note = "", ""
        self.stage_done = self.stage_total = 0
        self.rss_mib = self.peak_mib = 0.0
        self.gpu_mib: float | None = None
        self.gpu_peak_mib: float | None = None

    @property
    def done(self) -> int:
        """Frames of the job that are finished."""
        return self._frames.done

    @property
    def total(self) -> int:
        """Frames that the job is asked for, 0 while that is unknown."""
        return self._frames.total

    def feed(self, report: ProgressReport) -> None:
        """Take in a report."""
        now = self._clock()
        if report.stage == ENGINE:
            self.note = report.note
            return
        if report.stage != self.stage:
            self._stage_meter = RateMeter()
        self.stage = report.stage
        if self._frames.take(report.stage, report.done, report.total):
            self.stage_done = self.stage_total = 0
            self._pace.finished(report.done, now)
        elif report.stage != PLAN:
            self.stage_done, self.stage_total = report.done, report.total
            self._stage_meter.add(report.done, now)
            self._pace.prepares(now)
        if now >= self._look_at:
            self._look_at = now + _LOOK_EVERY_S
            self._look()

    @property
    def rate(self) -> float | None:
        """Units of the stage a second just now, None while that cannot be said."""
        now = self._clock()
        return self._pace.rate(now) if self._finishes else self._stage_meter.rate(now)

    @property
    def left(self) -> TimeLeft | None:
        """Seconds until the job is done, as fast as its frames went; None while unknown."""
        return self._pace.left(self.total, self._clock()) if self.total else None

    @property
    def unit(self) -> str:
        """What the stage counts: "frames", or "s" of sound."""
        return "s" if self.stage in IN_SECONDS else "frames"

    @property
    def _finishes(self) -> bool:
        return self.stage in FRAME_STAGES

    def _look(self) -> None:
        seen = self._memory()
        self.rss_mib = seen.rss_mib
        self.peak_mib = max(self.peak_mib, seen.rss_mib)
        self.gpu_mib = seen.gpu_mib
        if seen.gpu_mib is not None:
            self.gpu_peak_mib = max(self.gpu_peak_mib or 0.0, seen.gpu_mib)


class _Pace:
    """How fast frames are finished; while no frame can come, the clock of it rests."""

    def __init__(self) -> None:
        self._meter = RateMeter()
        self._done = -1
        self._rested, self._rests_since = 0.0, -1.0

    def prepares(self, now: float) -> None:
        """What frames need is being made."""
        if self._rests_since < 0:
            self._rests_since = now

    def finished(self, done: int, now: float) -> None:
        """So many frames of the job are finished."""
        if self._rests_since >= 0 and done == self._done:
            self._rested += now - self._rests_since
        self._rests_since = -1.0  # frames that came meanwhile did not have to wait for it
        self._done = done
        self._meter.add(done, now - self._rested)

    def rate(self, now: float) -> float | None:
        return self._meter.rate(self._working(now))

    def left(self, total: int, now: float) -> TimeLeft | None:
        return self._meter.left(total, self._working(now))

    def _working(self, now: float) -> float:
        since = self._rests_since
        return (now if since < 0 else since) - self._rested
