"""The one thread that jobs run in: a QThread, one job at a time.

    engine = EngineThread()
    engine.ended.connect(controller.on_ended)      in the GUI thread, like every other signal
    engine.start("job id", run)                    run(progress, finished) in the thread
    engine.stop()                                  run raises Cancelled at its next look

What goes to and fro is frozen and holds no QObject.
"""

from __future__ import annotations

import time
from threading import Event
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QThread, Signal, Slot

from latentsync_studio.core.errors import to_studio_error
from latentsync_studio.core.progress import CallbackProgress

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.progress import Progress, ProgressReport

    Run = Callable[[Progress, Callable[[object], None]], object]

REPORT_EVERY_S: Final = 0.05  # a view cannot show more, and the queue of events stays short
_STACK_BYTES: Final = 16 * 1024 * 1024  # networks recurse; some systems give threads 512 KiB


class EngineOrder:
    """A job that was handed to the thread.

    Attributes:
        id: of the job.
        run: what does it.
        stop: set to stop it.
    """

    def __init__(self, job_id: str, run: Run) -> None:
        self.id, self.run, self.stop = job_id, run, Event()


class EngineWorker(QObject):
    """Lives in the thread; heard only by the `EngineThread` that owns it.

    Signals:
        reported(order, ProgressReport), frame_finished(order, frame): on the way.
        ended(order, report, error): at the end; exactly one of report and error is None, unless
            `run` returns None.
    """

    reported = Signal(object, object)
    frame_finished = Signal(object, object)
    ended = Signal(object, object, object)

    @Slot(object)
    def run(self, order: EngineOrder) -> None:
        """Do a job from beginning to end."""
        relay = _Relay(lambda report: self.reported.emit(order, report))
        result, error = None, None
        try:
            result = order.run(
                CallbackProgress(relay, order.stop),
                lambda frame: self.frame_finished.emit(order, frame),
            )
        except Exception as raised:  # noqa: BLE001 - a thread boundary must not lose one
            error = to_studio_error(raised)
        self.ended.emit(order, result, error)


class _Relay:
    """Passes on the first and last report of a stage and, between them, a few a second."""

    def __init__(self, tell: Callable[[ProgressReport], None]) -> None:
        self._tell = tell
        self._stage, self._told = "", 0.0

    def __call__(self, report: ProgressReport) -> None:
        now = time.monotonic()
        is_last = report.total > 0 and report.done >= report.total
        if report.stage != self._stage or is_last or now - self._told >= REPORT_EVERY_S:
            self._stage, self._told = report.stage, now
            self._tell(report)


class EngineThread(QObject):
    """Owner of the thread; all methods are called, and all signals sent, in the GUI thread.

    Signals:
        reported(job id, ProgressReport): how far the running job is.
        frame_finished(job id, frame): a frame is ready to be looked at.
        ended(job id, report or None, StudioError or None): the job is over, also when stopped.
    """

    reported = Signal(str, object)
    frame_finished = Signal(str, object)
    ended = Signal(str, object, object)
    _wanted = Signal(object)  # order: to the worker

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = QThread(self)
        self._thread.setObjectName("engine")
        self._thread.setStackSize(_STACK_BYTES)
        self._worker = EngineWorker()
        self._worker.moveToThread(self._thread)
        self._wanted.connect(self._worker.run)
        self._worker.reported.connect(self._on_reported)
        self._worker.frame_finished.connect(self._on_frame)
        self._worker.ended.connect(self._on_ended)
        self._order: EngineOrder | None = None

    @property
    def running(self) -> str | None:
        """Id of the job that runs, also while it is being stopped."""
        return None if self._order is None else self._order.id

    @property
    def is_stopping(self) -> bool:
        """Whether the running job was told to stop."""
        return self._order is not None and self._order.stop.is_set()

    def start(self, job_id: str, run: Run) -> None:
        """Begin a job; raise RuntimeError while another one runs."""
        if self._order is not None:
            raise RuntimeError(f"The job {self._order.id} still runs.")
        if not self._thread.isRunning():
            self._thread.start()
        self._order = EngineOrder(job_id, run)
        self._wanted.emit(self._order)

    def stop(self) -> None:
        """Tell the running job to stop; `ended` follows with Cancelled."""
        if self._order is not None:
            self._order.stop.set()

    def close(self) -> None:
        """Stop the job and wait for the thread; nothing is told any more."""
        self.stop()
        self._order = None
        if self._thread.isRunning():
            self._thread.quit()
            self._thread.wait()

    def _on_reported(self, order: EngineOrder, report: ProgressReport) -> None:
        if order is self._order:
            self.reported.emit(order.id, report)

    def _on_frame(self, order: EngineOrder, frame: object) -> None:
        if order is self._order:
            self.frame_finished.emit(order.id, frame)

    def _on_ended(self, order: EngineOrder, result: object, error: object) -> None:
        if order is self._order:
            self._order = None
            self.ended.emit(order.id, result, error)
