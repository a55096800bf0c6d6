"""What was used last, within a number of bytes."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class ByteCache(Generic[K, V]):
    """A least-recently-used cache bounded by bytes; for one thread at a time."""

    def __init__(self, most_bytes: int) -> None:
        self._most, self.bytes = most_bytes, 0
        self._held: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def __contains__(self, key: K) -> bool:
        return key in self._held

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: K) -> V | None:
        """The value, which counts as used now; None where it is not held."""
        found = self._held.get(key)
        if found is None:
            return None
        self._held.move_to_end(key)
        return found[0]

    def put(self, key: K, value: V, size: int) -> None:
        """Hold a value of `size` bytes; what was used longest ago goes. One is always held."""
        before = self._held.pop(key, None)
        self.bytes += size - (0 if before is None else before[1])
        self._held[key] = value, size
        while self.bytes > self._most and len(self._held) > 1:
            _, (_, gone) = self._held.popitem(last=False)
            self.bytes -= gone

    def clear(self) -> None:
        """Let go of everything."""
        self._held.clear()
        self.bytes = 0
