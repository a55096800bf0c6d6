"""Counts what playing shows and leaves out."""

from __future__ import annotations

from collections import deque

WINDOW_S = 1.0


class ShownRate:
    """Pictures shown in the last second, and how many were left out since the start."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()
        self._began: float | None = None
        self.dropped = 0

    def reset(self) -> None:
        """Begin to count anew."""
        self._times.clear()
        self._began = None
        self.dropped = 0

    def count(self, now: float, dropped: int) -> None:
        """A picture is shown at `now` (s) and `dropped` before it were not."""
        if self._began is None:
            self._began = now
        self._times.append(now)
        self.dropped += dropped

    def rate(self, now: float) -> float | None:
        """Pictures a second over the last second; None in the first half second."""
        while self._times and self._times[0] <= now - WINDOW_S:
            self._times.popleft()
        if self._began is None or now - self._began < WINDOW_S / 2:
            return None
        return len(self._times) / min(WINDOW_S, now - self._began)
