"""Opened takes that the threads of one controller or panel share; made on the first of them."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from latentsync_studio.services.timeline.takes import TakeCache
    from latentsync_studio.services.wiring import Services


class OpenTakes:
    """Holds a `TakeCache`, whose library is not imported before it is needed."""

    def __init__(self, services: Services) -> None:
        self._services, self._lock = services, Lock()
        self._cache: TakeCache | None = None

    def opened(self) -> TakeCache:
        """The cache, told that others may have drawn meanwhile; on a worker's thread."""
        from latentsync_studio.services.timeline.takes import TakeCache

        with self._lock:
            if self._cache is None:
                self._cache = TakeCache(self._services)
        self._cache.refresh()
        return self._cache

    def clear(self) -> None:
        """Let go of everything, once no thread runs any more."""
        if self._cache is not None:
            self._cache.clear()
            self._cache = None
