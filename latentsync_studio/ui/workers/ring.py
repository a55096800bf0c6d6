"""A bounded ring of samples between the thread that mixes and the device that plays."""

from __future__ import annotations

from threading import Condition
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32


class SampleRing:
    """Samples of one writer for one reader.

    Every run has a number; what is written for another run is refused, so that nothing of the last
    run is heard in the next.
    """

    def __init__(self, capacity: int, channels: int) -> None:
        self._samples: F32 = np.zeros((capacity, channels), np.float32)
        self._changed = Condition()
        self._run = 0
        self._begin = self._filled = 0
        self._is_complete = True

    @property
    def filled(self) -> int:
        """Samples that wait to be read."""
        return self._filled

    @property
    def is_complete(self) -> bool:
        """Whether everything of the run was written."""
        return self._is_complete

    def restart(self, run: int) -> None:
        """Begin a run: empty, and open for its writer only. 0 is no run."""
        with self._changed:
            self._run = run
            self._begin = self._filled = 0
            self._is_complete = run == 0
            self._changed.notify_all()

    def complete(self, run: int) -> None:
        """Note that nothing more comes in this run."""
        with self._changed:
            if run == self._run:
                self._is_complete = True

    def write(self, block: F32, run: int, patience_s: float) -> bool | None:
        """Put (n, channels) samples in as room comes; waits.

        Returns:
            True when all are in, False when another run began, None when nothing was read for
            `patience_s` seconds.
        """
        done = 0
        with self._changed:
            while done < len(block):
                room = len(self._samples) - self._filled
                if run != self._run:
                    return False
                if not room:
                    if not self._changed.wait(patience_s):
                        return None
                    continue
                count = min(room, len(block) - done)
                self._put(block[done : done + count])
                done += count
        return run == self._run

    def read_into(self, out: F32) -> int:
        """Move waiting samples into (n, channels) `out`; never waits. Returns how many."""
        with self._changed:
            count = min(self._filled, len(out))
            size = len(self._samples)
            first = min(count, size - self._begin)
            out[:first] = self._samples[self._begin : self._begin + first]
            out[first:count] = self._samples[: count - first]
            self._begin = (self._begin + count) % size
            self._filled -= count
            if count:
                self._changed.notify_all()
        return count

    def _put(self, block: F32) -> None:
        size = len(self._samples)
        at = (self._begin + self._filled) % size
        first = min(len(block), size - at)
        self._samples[at : at + first] = block[:first]
        self._samples[: len(block) - first] = block[first:]
        self._filled += len(block)
