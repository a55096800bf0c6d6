"""The most memory that this process took while something ran."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING, Final, Self

from latentsync_studio.services.memory_watch import cuda_in_use

if TYPE_CHECKING:
    from types import TracebackType

_EVERY_S: Final = 0.03
_MIB: Final = 1024**2


class PeakWatch:
    """Looks at the memory of the process on a thread of its own until it is left.

    Attributes:
        rss_mib: the most resident memory seen, MiB.
        gpu_mib: the most that was reserved on the GPU, MiB; 0 where none is in use.
    """

    def __init__(self) -> None:
        self.rss_mib = self.gpu_mib = 0.0
        self._stop = Event()
        self._thread = Thread(target=self._watch, name="peak-watch", daemon=True)

    def __enter__(self) -> Self:
        cuda = cuda_in_use()
        if cuda is not None:
            cuda.reset_peak_memory_stats()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        cuda = cuda_in_use()
        if cuda is not None:
            self.gpu_mib = round(cuda.max_memory_reserved() / _MIB, 1)

    def _watch(self) -> None:
        import psutil

        process = psutil.Process()
        while True:
            self.rss_mib = max(self.rss_mib, round(process.memory_info().rss / _MIB, 1))
            if self._stop.wait(_EVERY_S):
                return
