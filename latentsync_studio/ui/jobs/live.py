"""How far the running job is, how fast it goes and what it takes; no Qt in here."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

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
        done: units of the stage that are finished.
        total: units of the stage, 0 when unknown.
        note: a sentence of the job, mostly empty.
        rss_mib: resident memory now; peak_mib: the most that was seen.
        gpu_mib: GPU memory now, None where none is used; gpu_peak_mib: the most.
    """

    def __init__(
        self,
        memory: Callable[[], MemoryNow],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._memory, self._clock = memory, clock
        self._meter = RateMeter()
        self._look_at = 0.0
        self.stage, self.note = "", ""
        self.done = self.total = 0
        self.rss_mib = self.peak_mib = 0.0
        self.gpu_mib: float | None = None
        self.gpu_peak_mib: float | None = None

    def feed(self, report: ProgressReport) -> None:
        """Take in a report."""
        now = self._clock()
        if report.stage != self.stage:
            self._meter = RateMeter()
        self.stage, self.done, self.total = report.stage, report.done, report.total
        self.note = report.note
        self._meter.add(report.done, now)
        if now >= self._look_at:
            self._look_at = now + _LOOK_EVERY_S
            self._look()

    @property
    def rate(self) -> float | None:
        """Units a second just now, None while that cannot be said."""
        return self._meter.rate(self._clock())

    @property
    def left(self) -> TimeLeft | None:
        """Seconds until this stage is done, None while that cannot be said."""
        return self._meter.left(self.total, self._clock()) if self.total else None

    @property
    def unit(self) -> str:
        """What the stage counts: "frames", or "s" of sound."""
        return "s" if self.stage in IN_SECONDS else "frames"

    def _look(self) -> None:
        seen = self._memory()
        self.rss_mib = seen.rss_mib
        self.peak_mib = max(self.peak_mib, seen.rss_mib)
        self.gpu_mib = seen.gpu_mib
        if seen.gpu_mib is not None:
            self.gpu_peak_mib = max(self.gpu_peak_mib or 0.0, seen.gpu_mib)
