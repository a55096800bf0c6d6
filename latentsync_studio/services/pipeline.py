"""From source frames to encoded segments, streaming, on all cores allowed, in bounded memory.

    decode (thread) -> piece: patches + compose + measure (threads) -> encode (thread) -> mux

Only a few pieces are in flight at a time, whatever the length of the movie. A segment whose entry
in the store verifies is not decoded, drawn or encoded again. Where pieces come from (one clip, a
cut of many) is the business of `Pieces`.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Protocol

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.read_ahead import ReadAhead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from typing import Self

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.render.budget import WorkBudget
    from latentsync_studio.core.render.plan import Segment
    from latentsync_studio.services.segments import Piece, SegmentResult, SegmentStore

SEGMENTS_AHEAD = 2
PIECE_FRAMES = 16


class Pieces(Protocol):
    """Where the composed pictures of a movie come from."""

    @property
    def piece_bytes(self) -> int:
        """Memory of the largest piece on its way."""

    def of(self, segment: Segment, progress: Progress) -> Iterator[Callable[[], Piece]]:
        """Decode the pictures of a segment, piece by piece in order; what is yielded composes them.

        Called in one thread; what it yields is called in others, several at once.
        """

    def again(self) -> AbstractContextManager[Self]:
        """The same with readers of its own, for another thread."""


@dataclass(frozen=True, slots=True)
class _Work:
    """A piece of a segment on its way through the worker threads; None: nothing more of it.

    `is_stored`: the store has the whole segment.
    """

    segment: Segment
    composed: Future[Piece] | None
    is_stored: bool = False


class Pipeline:
    """Makes the segments of a plan in order. Use once; iterate `run` to the end or close it."""

    def __init__(
        self,
        pieces: Pieces,
        kept: SegmentStore,
        segments: Sequence[Segment],
        progress: Progress,
        budget: WorkBudget,
    ) -> None:
        self._pieces, self._kept, self._budget = pieces, kept, budget
        self._segments, self._progress = tuple(segments), progress
        self._stopped = Event()
        self._done, self._total = 0, sum(len(segment.frames) for segment in segments)
        self._ahead = budget.windows_ahead(pieces.piece_bytes)

    def run(self) -> Iterator[SegmentResult]:
        """Yield every segment in order, from the store or newly made."""
        self._tell(0)
        with (
            ThreadPoolExecutor(self._budget.workers, thread_name_prefix="window") as pool,
            ReadAhead(self._composed(pool), self._ahead) as works,
            ReadAhead(self._encoded(works), SEGMENTS_AHEAD) as results,
        ):
            try:
                yield from results
            finally:
                self._stopped.set()  # the threads must not finish a segment nobody waits for

    def _composed(self, pool: ThreadPoolExecutor) -> Iterator[_Work]:
        """Decode in order and hand pieces to the workers."""
        for segment in self._segments:
            self._progress.check()
            if self._kept.is_stored(segment):
                yield _Work(segment, None, is_stored=True)
                continue
            for compose in self._pieces.of(segment, self._progress):
                self._progress.check()
                if self._stopped.is_set():
                    return
                yield _Work(segment, pool.submit(compose))
            yield _Work(segment, None)

    def _encoded(self, works: Iterator[_Work]) -> Iterator[SegmentResult]:
        """Encode composed pieces in order, segment by segment."""
        writer = self._kept.writer()
        for work in works:
            if self._stopped.is_set():
                return
            if work.is_stored:
                result = self._kept.stored(work.segment) or self._remade(work.segment)
                self._tell(len(work.segment.frames))
                yield result
            elif work.composed is None:
                yield writer.finish(work.segment)
            else:
                piece = work.composed.result()
                writer.write(piece)
                self._tell(len(piece.pictures))

    def _tell(self, frames: int) -> None:
        self._done += frames
        self._progress.report("render", self._done, self._total)

    def _remade(self, segment: Segment) -> SegmentResult:
        """A stored segment turned out damaged or evicted: make it here and now."""
        with self._pieces.again() as pieces:
            quiet = _Quiet(self._progress)
            (result,) = Pipeline(pieces, self._kept, [segment], quiet, self._budget).run()
        return result


class _Quiet:
    """Progress that only listens: what is made anew was counted before."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def report(self, stage: str, done: int, total: int, note: str = "") -> None:  # noqa: ARG002
        self._progress.check()

    def check(self) -> None:
        self._progress.check()


def parts(segment: Segment) -> list[tuple[FrameRange, FrameRange | None]]:
    """Cut a segment into windows and runs of at most 16 untouched frames, in order."""
    found: list[tuple[FrameRange, FrameRange | None]] = []
    at = segment.frames.start
    for window in segment.windows:
        found += [(span, None) for span in _untouched(at, window.start)]
        found.append((window, window))
        at = window.stop
    found += [(span, None) for span in _untouched(at, segment.frames.stop)]
    return found


def _untouched(start: int, stop: int) -> list[FrameRange]:
    return [FrameRange(at, min(at + PIECE_FRAMES, stop)) for at in range(start, stop, PIECE_FRAMES)]
