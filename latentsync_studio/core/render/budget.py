"""How much memory and how many threads work may take, from what the user allows the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from latentsync_studio.core.settings.preferences import PerformancePreferences

MIB: Final = 1024**2
PROGRAM_MIB: Final = 600  # the program and its models, measured on renders of the sample
_WORK_SHARE: Final = 9  # a ninth of the rest is in flight; decoders and encoders hold as much again
_LEAST_WORK: Final = 32 * MIB
_MOST_WORK: Final = 1024 * MIB
_LEAST_VIEWER: Final = 128 * MIB


class WorkBudget(msgspec.Struct, frozen=True, kw_only=True):
    """What a job, and the viewer beside it, may take.

    Attributes:
        in_flight_bytes: decoded frames on their way between threads of one job.
        viewer_bytes: pictures that the viewer keeps.
        seen_bytes: decoded frames that an analysis leaves for the render after it; where nobody
            looks at anything, what the viewer would keep is there for them too.
        workers: threads that draw.
    """

    in_flight_bytes: int = 160 * MIB
    viewer_bytes: int = 724 * MIB
    seen_bytes: int = 884 * MIB
    workers: int = 2

    def for_windows(self, at_once: int) -> WorkBudget:
        """The same with as many threads as an engine needs that draws so many windows at once.

        While those are drawn, as many more are made ready or finished.
        """
        workers = max(self.workers, 2 * at_once if at_once > 1 else 1)
        return msgspec.structs.replace(self, workers=workers)

    def windows_ahead(self, window_bytes: int) -> int:
        """Windows of frames that may wait for the drawing threads: 1 to one more than those."""
        return min(max(self.in_flight_bytes // max(window_bytes, 1), 1), self.workers + 1)


def budget_of(performance: PerformancePreferences) -> WorkBudget:
    """Share the memory limit out; small limits leave enough for work to go on slowly."""
    rest = max(performance.memory_limit - PROGRAM_MIB, 0) * MIB
    in_flight = min(max(rest // _WORK_SHARE, _LEAST_WORK), _MOST_WORK)
    return WorkBudget(
        in_flight_bytes=in_flight,
        viewer_bytes=max(rest // 2, _LEAST_VIEWER),
        seen_bytes=in_flight,
        workers=performance.worker_threads,
    )
