"""From source frames to encoded segments, streaming, on both cores, in bounded memory.

    decode (thread) -> window: patches + compose + measure (two threads) -> encode (thread) -> mux

Only a few windows are in flight at a time, whatever the length of the clip. A segment whose entry
in the store verifies is not decoded, drawn or encoded again.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.media.reader import FrameReader
from latentsync_studio.services.read_ahead import ReadAhead

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from latentsync_studio.core.arrays import I32
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.render.plan import Segment
    from latentsync_studio.services.segments import Piece, SegmentMaker, SegmentResult

WORKERS = 2
IN_FLIGHT_BYTES = 160 * 1024**2
MOST_WINDOWS_AHEAD = 3
SEGMENTS_AHEAD = 2


@dataclass(frozen=True, slots=True)
class _Work:
    """A piece of a segment on its way through the worker threads; None: the store has it all."""

    segment: Segment
    is_last: bool
    composed: Future[Piece] | None


class Pipeline:
    """Makes the segments of a plan in order. Use once; iterate `run` to the end or close it."""

    def __init__(
        self,
        reader: FrameReader,
        maker: SegmentMaker,
        source: I32,
        segments: Sequence[Segment],
        progress: Progress,
    ) -> None:
        self._reader, self._maker, self._source = reader, maker, source
        self._segments, self._progress = tuple(segments), progress
        self._stopped = Event()
        self._done, self._total = 0, sum(len(segment.frames) for segment in segments)
        video = reader.video
        window_bytes = 16 * video.width * video.height * (2 if video.format.bits == 8 else 4)
        self._ahead = min(max(IN_FLIGHT_BYTES // window_bytes, 1), MOST_WINDOWS_AHEAD)

    def run(self) -> Iterator[SegmentResult]:
        """Yield every segment in order, from the store or newly made."""
        with (
            ThreadPoolExecutor(WORKERS, thread_name_prefix="window") as pool,
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
            if self._maker.is_stored(segment):
                yield _Work(segment, is_last=True, composed=None)
                continue
            pieces = parts(segment)
            order = [int(self._source[frame]) for span, _ in pieces for frame in span]
            pictures = self._reader.walk(order)
            for at, (span, window) in enumerate(pieces):
                self._progress.check()
                if self._stopped.is_set():
                    return
                batch = [next(pictures) for _ in span]
                future = pool.submit(
                    self._maker.compose, segment, span, window, batch, self._progress
                )
                yield _Work(segment, is_last=at + 1 == len(pieces), composed=future)

    def _encoded(self, works: Iterator[_Work]) -> Iterator[SegmentResult]:
        """Encode composed pieces in order, segment by segment."""
        writer = self._maker.writer()
        for work in works:
            if self._stopped.is_set():
                return
            if work.composed is None:
                result = self._maker.stored(work.segment) or self._remade(work.segment)
                self._tell(len(work.segment.frames))
                yield result
                continue
            piece = work.composed.result()
            writer.write(piece)
            self._tell(len(piece.pictures))
            if work.is_last:
                yield writer.finish(work.segment)

    def _tell(self, frames: int) -> None:
        self._done += frames
        self._progress.report("render", self._done, self._total)

    def _remade(self, segment: Segment) -> SegmentResult:
        """A stored segment turned out damaged or evicted: make it here and now."""
        with FrameReader(Path(self._reader.facts.path)) as reader:
            nested = Pipeline(reader, self._maker, self._source, [segment], _Quiet(self._progress))
            (result,) = nested.run()
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
    return [FrameRange(at, min(at + 16, stop)) for at in range(start, stop, 16)]
