"""What the dashboard shows of each look at the machine and at the running job; no Qt."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.arrays import F32, F64
    from latentsync_studio.services.machine import GpuNow, MachineNow

KEPT: Final = 300  # looks, one a second


class Work(NamedTuple):
    """What the program itself does at a moment.

    Attributes:
        queued: jobs that wait.
        rate: frames a second of the running job, None where none is finished.
        stage: of the running job, "" where none runs.
    """

    queued: int = 0
    rate: float | None = None
    stage: str = ""


class Row(NamedTuple):
    """A number of the dashboard.

    Attributes:
        id: stable name, also a column of the export.
        value: reads it; None is unknown.
        top: greatest value that is drawn, None: the greatest that was seen.
    """

    id: str
    value: Callable[[MachineNow, Work], float | None]
    top: float | None = None


ROWS: Final = (
    Row("cpu_percent", lambda now, _: _percent(now.cpu), 100.0),
    Row("ram_mib", lambda now, _: now.ram_mib),
    Row("gpu_percent", lambda now, _: _percent(_gpu(now, "used")), 100.0),
    Row("gpu_memory_mib", lambda now, _: _gpu(now, "memory_mib")),
    Row("gpu_power_w", lambda now, _: _gpu(now, "power_w")),
    Row("temperature_c", lambda now, _: _heat(now)),
    Row("disk_mib_s", lambda now, _: _disk(now)),
    Row("frames_per_second", lambda _, work: work.rate),
    Row("queued_jobs", lambda _, work: float(work.queued)),
)


class History:
    """The newest looks, and for how long each stage of the running job has gone on."""

    def __init__(self) -> None:
        self._looks: deque[tuple[MachineNow, Work]] = deque(maxlen=KEPT)
        self.stages: dict[str, float] = {}  # stage -> seconds, in the order of their beginning
        self._job = ""
        self._at: tuple[str, float] | None = None  # stage, since

    def __len__(self) -> int:
        return len(self._looks)

    @property
    def now(self) -> tuple[MachineNow, Work] | None:
        """The newest look."""
        return self._looks[-1] if self._looks else None

    def add(self, now: MachineNow, work: Work) -> None:
        """Keep a look; the oldest of more than `KEPT` goes."""
        self._looks.append((now, work))

    def stage(self, job: str, stage: str, at_s: float) -> None:
        """Note what a job does from now on; another job begins anew, "" is the end of it."""
        if job and job != self._job:
            self.stages, self._job, self._at = {}, job, None
        if self._at is not None:
            name, since = self._at
            self.stages[name] = self.stages.get(name, 0.0) + max(0.0, at_s - since)
        self._at = (stage, at_s) if job and stage else None
        if self._at is not None:
            self.stages.setdefault(stage, 0.0)

    def seconds(self) -> F64:
        """(T,) seconds of the looks before the newest one, <= 0."""
        if not self._looks:
            return np.zeros(0)
        newest = self._looks[-1][0].at_s
        return np.array([now.at_s - newest for now, _ in self._looks])

    def values(self, row: Row) -> F32:
        """(T,) values of a row; NaN is unknown."""
        found = [row.value(now, work) for now, work in self._looks]
        return np.array([np.nan if value is None else value for value in found], np.float32)


def _percent(share: float | None) -> float | None:
    return None if share is None else share * 100.0


def first_gpu(now: MachineNow) -> GpuNow | None:
    """The GPU that is shown: the one with the most memory in use."""
    return max(now.gpus, key=lambda each: each.memory_mib or 0.0, default=None)


def _gpu(now: MachineNow, field: str) -> float | None:
    gpu = first_gpu(now)
    value = None if gpu is None else getattr(gpu, field)
    return None if value is None else float(value)


def _heat(now: MachineNow) -> float | None:
    gpu = _gpu(now, "temperature_c")
    return now.cpu_temperature_c if gpu is None else gpu


def _disk(now: MachineNow) -> float | None:
    parts = [rate for rate in (now.read_mib_s, now.write_mib_s) if rate is not None]
    return sum(parts) if parts else None
