"""Progress for work that reports much more often than anybody can read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from latentsync_studio.core.progress import Progress

REPORT_SECONDS = 0.1  # a search looks at thousands of folders a second


class PacedProgress:
    """Tells of progress a few times a second, and can be stopped at any time."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._next = 0.0

    def report(self, stage: str, done: int, total: int, note: str = "") -> None:
        """Pass it on where the last one is long enough ago; raise Cancelled as it does."""
        now = time.monotonic()
        if now < self._next:
            self._progress.check()
            return
        self._next = now + REPORT_SECONDS
        self._progress.report(stage, done, total, note)

    def check(self) -> None:
        """Raise Cancelled when the user asked to stop."""
        self._progress.check()
