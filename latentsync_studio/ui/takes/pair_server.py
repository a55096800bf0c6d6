"""Frames of two documents at once, for the thread of pictures: both sides of a blind trial.

One server draws both, so that a frame is decoded once and neither side is ever later than the
other. Both are always the very frames: a stand-in on one side would give it away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from latentsync_studio.core.errors import Cancelled, InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.model import Project, SequenceId
    from latentsync_studio.services.timeline.preview import Shown
    from latentsync_studio.ui.workbench import Workbench
    from latentsync_studio.ui.workers.frames import Server

_UNDRAWN: Final = frozenset({"missing", "stale", "failed"})
_MIB: Final = 2**20
_PROGRAM_MIB, _LEAST_MIB = 600, 128


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pair:
    """Two documents that show the same frames in two ways.

    Attributes:
        left, right: the documents.
        sequence: in both.
        frames: of it.
    """

    left: Project
    right: Project
    sequence: SequenceId
    frames: FrameRange


class PairServer:
    """Answers for the left document of the present pair with both sides.

    The answer is a `Shown` whose `source` is the left picture and whose `result` the right one.

    Attributes:
        now: tells the present pair; what is asked of another one is out of date.
    """

    def __init__(self, server: Server, now: Callable[[], Pair | None]) -> None:
        self._server, self.now = server, now

    def show(
        self,
        project: Project,
        sequence_id: SequenceId,
        frame: int,
        *,
        exact: bool,  # noqa: ARG002 - always
        max_size: tuple[int, int] | None = None,
        want_result: bool = True,  # noqa: ARG002 - always
    ) -> Shown:
        """Both sides of one frame.

        Raises:
            Cancelled: another pair is shown by now, or `interrupt` was called.
            InputError: a side is offline, or not synthesized at this frame.
        """
        pair = self.now()
        if pair is None or pair.left is not project:
            raise Cancelled("Another pair is shown by now.")
        left, right = (
            self._side(each, sequence_id, frame, max_size) for each in (pair.left, pair.right)
        )
        return replace(
            left,
            source=left.result,
            result=right.result,
            is_exact=left.is_exact and right.is_exact,
            is_right=left.is_right and right.is_right,
            state=None,
            note="",
            engine="",
            face=left.face or right.face,
            laid=(),
        )

    def play(
        self,
        project: Project,
        sequence_id: SequenceId,
        frame: int,
        *,
        max_size: tuple[int, int] | None = None,
        want_result: bool = True,
    ) -> Shown:
        """The same: both sides of the next frame of a course."""
        size, both = max_size, want_result
        return self.show(project, sequence_id, frame, exact=True, max_size=size, want_result=both)

    def _side(
        self,
        project: Project,
        sequence: SequenceId,
        frame: int,
        max_size: tuple[int, int] | None,
    ) -> Shown:
        shown = self._server.show(project, sequence, frame, exact=True, max_size=max_size)
        if shown.result is None:
            raise InputError(shown.note, remedy="Find the medium again.")
        if shown.state in _UNDRAWN:
            raise InputError(
                f"One side is not synthesized at frame {frame}.",
                remedy="Synthesize all takes before they are compared.",
            )
        return shown

    def interrupt(self) -> None:
        """Give up the frame in work."""
        self._server.interrupt()

    def invalidate(self) -> None:
        """Look again at what changed on the disk."""
        self._server.invalidate()

    def close(self) -> None:
        """Let go of files and memory."""
        self._server.close()


def pair_server_maker(
    workbench: Workbench, now: Callable[[], Pair | None]
) -> Callable[[], PairServer]:
    """A maker of the server, with a quarter of the memory that pictures may take.

    The viewer's own server keeps its half meanwhile.
    """
    services = workbench.services
    limit = workbench.preferences.current.performance.memory_limit
    cache_bytes = max((limit - _PROGRAM_MIB) // 4, _LEAST_MIB) * _MIB

    def make() -> PairServer:
        from latentsync_studio.services.timeline.preview import FrameServer

        return PairServer(FrameServer(services, cache_bytes), now)

    return make
