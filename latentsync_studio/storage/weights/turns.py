"""One at a time: work on the same files waits for its turn, also across processes."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from latentsync_studio.core.progress import Progress

_PAUSE_S: Final = 0.1


@contextmanager
def taking_turns(target: Path, locks: Path, progress: Progress) -> Iterator[None]:
    """Wait until nobody else works on `target`, then work on it alone.

    The system gives the turn on when a process dies. Where `locks` cannot be written nobody waits.

    Args:
        target: what is worked on; need not exist.
        locks: folder of the (empty) files that stand for turns.
        progress: stops the waiting.

    Raises:
        Cancelled: the user stopped it.
    """
    from filelock import FileLock, Timeout

    name = blake2b(str(target.absolute()).encode("utf-8", "surrogateescape"), digest_size=12)
    lock = FileLock(locks / f"{name.hexdigest()}.lock")
    with suppress(OSError):
        locks.mkdir(parents=True, exist_ok=True)
        while not lock.is_locked:
            progress.check()
            with suppress(Timeout):
                lock.acquire(timeout=0)
                break
            time.sleep(_PAUSE_S)
    try:
        yield
    finally:
        lock.release()
