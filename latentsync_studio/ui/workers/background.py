"""Short work off the GUI thread: probing, thumbnails, peaks, saving.

    ticket = background.submit(work, done, failed)      work(progress) runs on a pool thread
                                                         done(result) or failed(error) in the GUI's

A key names what the work is for: submitting it again cancels the older one and drops its answer.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Any, TypeVar, cast

from PySide6.QtCore import QObject, Signal

from latentsync_studio.core.errors import Cancelled, StudioError, to_studio_error
from latentsync_studio.core.progress import CallbackProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from latentsync_studio.core.progress import Progress, ProgressReport

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(eq=False)
class Ticket:
    """A piece of work that was handed in.

    Attributes:
        key: what it is for, or None.
        stop: set to cancel it; its answer is then dropped.
    """

    key: Hashable
    stop: Event

    def cancel(self) -> None:
        """Stop the work as soon as it looks; neither `done` nor `failed` will be called."""
        self.stop.set()


@dataclass(frozen=True, eq=False)
class _Order:
    ticket: Ticket
    work: Callable[[Progress], Any]
    done: Callable[[Any], None]
    failed: Callable[[StudioError], None] | None
    told: Callable[[ProgressReport], None] | None


class Background(QObject):
    """A small pool of threads; all methods are called, and all answers arrive, in the GUI thread.

    Signals:
        failed(error): work failed that has no `failed` of its own.
        idle_changed(n): how many pieces of work are waiting or running.
    """

    failed = Signal(object)
    idle_changed = Signal(int)
    _arrived = Signal(object, object, object)  # order, result, error: from the pool's threads
    _reported = Signal(object, object)  # order, ProgressReport: from the pool's threads

    def __init__(self, threads: int = 2, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="background")
        self._open: dict[Ticket, _Order] = {}
        self._keyed: dict[Hashable, Ticket] = {}
        self._closed = False
        self._held: list[_Order] | None = None  # what waits for `release`
        self._arrived.connect(self._on_arrived)
        self._reported.connect(self._on_reported)

    @property
    def pending(self) -> int:
        """Pieces of work that are waiting or running."""
        return len(self._open)

    def submit(
        self,
        work: Callable[[Progress], T],
        done: Callable[[T], None],
        failed: Callable[[StudioError], None] | None = None,
        *,
        key: Hashable = None,
        told: Callable[[ProgressReport], None] | None = None,
    ) -> Ticket:
        """Run `work` on the pool; answers come to `done`, `failed` and `told` in the GUI thread.

        After `close` the work is not run and nobody is told.
        """
        ticket = Ticket(key, Event())
        if self._closed:
            ticket.cancel()
            return ticket
        if key is not None:
            older = self._keyed.get(key)
            if older is not None:
                older.cancel()
            self._keyed[key] = ticket
        order = _Order(ticket, work, cast("Callable[[Any], None]", done), failed, told)
        self._open[ticket] = order
        self.idle_changed.emit(len(self._open))
        if self._held is None:
            self._pool.submit(self._run, order)
        else:
            self._held.append(order)
        return ticket

    def hold(self) -> None:
        """Begin nothing until `release`: a window that is being made has the processor alone."""
        if self._held is None:
            self._held = []

    def release(self) -> None:
        """Begin what was handed in meanwhile; does nothing where nothing is held."""
        held, self._held = self._held or [], None
        for order in held:
            self._pool.submit(self._run, order)

    def cancel(self, key: Hashable) -> None:
        """Cancel what was handed in last under `key`."""
        ticket = self._keyed.pop(key, None)
        if ticket is not None:
            ticket.cancel()

    def close(self, *, finish: bool = False) -> None:
        """Cancel everything and wait for the threads; called once, at the end of the window.

        With `finish` all that was handed in is done first; nobody is told either way.
        """
        self._closed = True
        if finish:
            self.release()
        for ticket in () if finish else self._open:
            ticket.cancel()
        self._pool.shutdown(wait=True, cancel_futures=not finish)
        self._open.clear()
        self._keyed.clear()

    def _run(self, order: _Order) -> None:
        """On a pool thread."""
        stop = order.ticket.stop
        notify = None
        if order.told is not None:
            notify = lambda report: self._reported.emit(order, report)  # noqa: E731 - runs right here
        result, error = None, None
        try:
            if not stop.is_set():
                result = order.work(CallbackProgress(notify, stop))
        except Exception as raised:  # noqa: BLE001 - a thread boundary must not lose one
            error = to_studio_error(raised)
        if not self._closed:
            self._arrived.emit(order, result, error)
        elif error is not None and not isinstance(error, Cancelled):
            log.warning("%s: %s", error.code, error, exc_info=error.__cause__)

    def _on_reported(self, order: _Order, report: ProgressReport) -> None:
        if order.told is not None and not order.ticket.stop.is_set():
            order.told(report)

    def _on_arrived(self, order: _Order, result: object, error: StudioError | None) -> None:
        ticket = order.ticket
        self._open.pop(ticket, None)
        if ticket.key is not None and self._keyed.get(ticket.key) is ticket:
            del self._keyed[ticket.key]
        self.idle_changed.emit(len(self._open))
        if ticket.stop.is_set() or self._closed or isinstance(error, Cancelled):
            return
        if error is None:
            order.done(result)
        elif order.failed is not None:
            order.failed(error)
        else:
            log.warning("%s: %s", error.code, error, exc_info=error.__cause__)
            self.failed.emit(error)
