"""Progress on stderr: a bar on a terminal, JSON lines for programs, sparse lines in a log file."""

from __future__ import annotations

import sys
import time
from collections import deque
from contextlib import contextmanager
from threading import Event, Lock
from typing import TYPE_CHECKING, Protocol

import msgspec

from latentsync_studio.cli.output import write_aside
from latentsync_studio.core.job_frames import ENGINE, PLAN
from latentsync_studio.core.json_text import json_text
from latentsync_studio.core.progress import CallbackProgress, ProgressReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

TITLES = {
    "analyse": "Finding faces",
    "networks": "Judging",
    "speech": "Listening",
    "synthesize": "Drawing",
    "render": "Drawing",
    "measure": "Measuring",
    "mux": "Writing",
    "read": "Reading",
    "fetch": "Fetching",
    "verify": "Verifying",
    "convert": "Converting",
    "search": "Searching",
    "import": "Looking at media",
    "preflight": "Looking",
    "compare": "Comparing",
    PLAN: "Getting ready",
}
IN_SECONDS = {"speech"}  # stages that count seconds of sound, not frames
IN_PIECES = {"search", "import", "preflight", "benchmark", "compare"}  # that count no frames
IN_MEGABYTES = {"read", "fetch", "verify", "convert"}
SPEED_SPAN_S = 4.0  # frames/s are averaged over the last seconds
JSON_EVERY_S = 0.2
LINE_EVERY_S = 5.0
MEMORY_S = 0.2


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One line of progress; None where it cannot be said yet."""

    stage: str
    done: int
    total: int
    frames_per_second: float | None
    seconds_left: float | None
    memory_mib: float
    note: str


class Speed:
    """Frames per second of the running stage, over a sliding span."""

    def __init__(self) -> None:
        self._stage = ""
        self._seen: deque[tuple[float, int]] = deque()

    def take(self, report: ProgressReport, now: float) -> tuple[float | None, float | None]:
        """Note a report made at `now` (seconds); return frames/s and seconds left."""
        if report.stage != self._stage:
            self._stage = report.stage
            self._seen.clear()
        self._seen.append((now, report.done))
        while len(self._seen) > 2 and now - self._seen[0][0] > SPEED_SPAN_S:
            self._seen.popleft()
        (start, first), passed = self._seen[0], now - self._seen[0][0]
        if passed <= 0 or report.done <= first:
            return None, None
        rate = (report.done - first) / (now - start)
        left = (report.total - report.done) / rate if report.total else None
        return round(rate, 1), None if left is None else round(left, 1)


class Display(Protocol):
    """One way of showing moments."""

    def show(self, moment: Moment) -> None:
        """Show the newest moment."""

    def close(self) -> None:
        """Leave the terminal as it should be."""


class JsonLines:
    """Every stage's first and last moment, and between them a few a second."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock = stream, clock
        self._stage, self._due = "", 0.0

    def show(self, moment: Moment) -> None:
        now = self._clock()
        if moment.stage == self._stage and now < self._due and moment.done != moment.total:
            return
        self._stage, self._due = moment.stage, now + JSON_EVERY_S
        write_aside(json_text(moment) + "\n", self._stream)

    def close(self) -> None:
        """Nothing to clean up."""


class PlainLines:
    """A line at the start and end of a stage and every few seconds."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock = stream, clock
        self._stage, self._due, self._finished = "", 0.0, False

    def show(self, moment: Moment) -> None:
        now, ended = self._clock(), 0 < moment.total <= moment.done
        if moment.stage == self._stage and (self._finished or (now < self._due and not ended)):
            return
        self._stage, self._due, self._finished = moment.stage, now + LINE_EVERY_S, ended
        parts = [f"{title(moment.stage)}: {counted(moment)}", *figures(moment)]
        write_aside(", ".join(parts) + "\n", self._stream)

    def close(self) -> None:
        """Nothing to clean up."""


class Bar:
    """A bar a stage; the running one is redrawn in place."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._bars: RichProgress = Progress(
            TextColumn("{task.description:<14}"),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[told]}", markup=False),
            console=Console(stderr=True),
        )
        self._tasks: dict[str, TaskID] = {}
        self._bars.start()

    def show(self, moment: Moment) -> None:
        told = ", ".join([counted(moment), *figures(moment)])
        task = self._tasks.get(moment.stage)
        if task is None:
            task = self._bars.add_task(title(moment.stage), total=None, told=told)
            self._tasks[moment.stage] = task
        total = moment.total if moment.total > 0 else None
        self._bars.update(task, completed=moment.done, total=total, told=told)

    def close(self) -> None:
        self._bars.stop()


def title(stage: str) -> str:
    """Name a stage for people."""
    return TITLES.get(stage, stage.replace("-", " ").capitalize())


def counted(moment: Moment) -> str:
    """Say how far a stage is; of the engine, what it runs on."""
    if moment.stage == ENGINE:
        return moment.note
    unit = " s" if moment.stage in IN_SECONDS else " MB" if moment.stage in IN_MEGABYTES else ""
    return f"{moment.done}/{moment.total}{unit}" if moment.total else str(moment.done)


def figures(moment: Moment) -> Iterator[str]:
    """Say speed, time left, memory and note, as far as they are known."""
    counts = "MB" if moment.stage in IN_MEGABYTES else "frames"
    is_shown = moment.stage not in IN_SECONDS | IN_PIECES and moment.total > 1
    if moment.frames_per_second is not None and is_shown:
        yield f"{moment.frames_per_second:.1f} {counts}/s"
    if moment.seconds_left is not None and moment.done < moment.total:
        yield f"{_clock_time(moment.seconds_left)} left"
    yield f"{moment.memory_mib:.0f} MiB"
    if moment.note and moment.stage != ENGINE:
        yield moment.note


def _clock_time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return (
        f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
    )


@contextmanager
def shown_progress(stop: Event, *, as_json: bool) -> Iterator[CallbackProgress]:
    """Yield a Progress that shows on stderr what it is told and stops when `stop` is set."""
    display = _choose(as_json=as_json)
    speed, lock, memory = Speed(), Lock(), _memory()

    def notify(report: ProgressReport) -> None:
        with lock:
            rate, left = speed.take(report, time.monotonic())
            moment = Moment(
                stage=report.stage,
                done=report.done,
                total=report.total,
                frames_per_second=rate,
                seconds_left=left,
                memory_mib=memory(),
                note=report.note,
            )
            display.show(moment)

    try:
        yield CallbackProgress(notify, stop)
    finally:
        display.close()


def _choose(*, as_json: bool) -> Display:
    if as_json:
        return JsonLines(sys.stderr)
    return Bar() if sys.stderr.isatty() else PlainLines(sys.stderr)


def _memory() -> Callable[[], float]:
    """A function that gives the memory of this process in MiB, looked up now and then."""
    import psutil

    process, known, until = psutil.Process(), 0.0, 0.0

    def used() -> float:
        nonlocal known, until
        now = time.monotonic()
        if now >= until:
            known, until = round(process.memory_info().rss / 2**20, 1), now + MEMORY_S
        return known

    return used
