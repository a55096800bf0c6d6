"""Work that runs a few items ahead of whoever uses them, in a thread of its own."""

from __future__ import annotations

from queue import Empty, Full, Queue
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")

DEPTH = 6
POLL_S = 0.1


class _End:
    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class ReadAhead(Generic[T]):
    """Iterates over `items` in a thread of its own, a few items ahead; errors come out in order.

    A context manager: on leaving it, however that happens, the thread has ended.
    """

    def __init__(self, items: Iterable[T], depth: int = DEPTH) -> None:
        self._items = items
        self._queue: Queue[T | _End] = Queue(depth)
        self._stop = Event()
        self._thread = Thread(target=self._work, name="read-ahead", daemon=True)

    def __enter__(self) -> Iterator[T]:
        self._thread.start()
        return self._taken()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._items:
                if not self._offered(item):
                    return
        except BaseException as raised:  # noqa: BLE001 - handed to the thread that waits for it
            error = raised
        self._offered(_End(error))

    def _offered(self, item: T | _End) -> bool:
        while not self._stop.is_set():
            try:
                self._queue.put(item, timeout=POLL_S)
            except Full:
                continue
            return True
        return False

    def _taken(self) -> Iterator[T]:
        while not self._stop.is_set():
            try:
                item = self._queue.get(timeout=POLL_S)
            except Empty:
                continue
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item


class Peekable(Generic[T]):
    """An iterator whose next item can be looked at from another thread before it is taken."""

    def __init__(self, items: Iterator[T]) -> None:
        self._items = items
        self._lock = Lock()
        self._next: list[T] = []  # at most one
        self._end: BaseException | None = None

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        """Take the next item; raise what `items` raised in its place."""
        with self._lock:
            self._look()
            if self._end is not None:
                raise self._end
            return self._next.pop()

    def peek(self) -> T | None:
        """The next item, which stays; None where there is none."""
        with self._lock:
            self._look()
            return self._next[0] if self._next else None

    def _look(self) -> None:
        if self._next or self._end is not None:
            return
        try:
            self._next.append(next(self._items))
        except BaseException as error:  # noqa: BLE001 - raised by whoever takes the next item
            self._end = error
