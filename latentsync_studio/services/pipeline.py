"""From source frames to encoded segments, streaming, on both cores, in bounded memory.

    decode (thread) -> window: patches + compose + measure (two threads) -> encode (thread) -> mux

Only a few windows are in flight at a time, whatever the length of the clip. A segment whose entry
in the store verifies is not decoded, drawn or encoded again.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TYPE_CHECKING, Generic, TypeVar

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.media.reader import FrameReader
from latentsync_studio.services.segments import Piece, SegmentMaker, SegmentResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from latentsync_studio.core.arrays import I32
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.render.plan import Segment

T = TypeVar("T")

WORKERS = 2
IN_FLIGHT_BYTES = 160 * 1024**2
POLL_S = 0.1


class Pipe(Generic[T]):
    """A bounded queue between two threads that neither end can hang on once it is closed."""

    def __init__(self, size: int) -> None:
        self._queue: Queue[T] = Queue(size)
        self.closed = Event()

    def put(self, item: T) -> bool:
        """Wait for room; False when the pipe was closed instead."""
        while not self.closed.is_set():
            try:
                self._queue.put(item, timeout=POLL_S)
            except Full:
                continue
            return True
        return False

    def get(self) -> T | None:
        """Wait for an item; None when the pipe was closed instead."""
        while not self.closed.is_set():
            try:
                return self._queue.get(timeout=POLL_S)
            except Empty:
                continue
        return None


@dataclass(frozen=True, slots=True)
class _End:
    """Last thing in a pipe: the other thread is done, or failed."""

    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class _Work:
    """A piece of a segment on its way through the worker threads."""

    segment: Segment
    is_last: bool
    composed: Future[Piece]


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
        self._path = Path(reader.facts.path)
        self._segments, self._progress = tuple(segments), progress
        self._done_frames = 0
        self._total = sum(len(segment.frames) for segment in segments)
        video = reader.video
        frame_bytes = video.width * video.height * (2 if video.format.bits == 8 else 4)
        depth = IN_FLIGHT_BYTES // (frame_bytes * 16)
        self._work: Pipe[_Work | _End] = Pipe(int(min(max(depth, 1), 3)))
        self._made: Pipe[SegmentResult | _End] = Pipe(2)

    def run(self) -> Iterator[SegmentResult]:
        """Yield every segment in order, from the store or newly made."""
        stored = {
            segment: self._maker.is_stored(segment) for segment in self._segments
        }  # decided once: the decoder has to know which frames will be wanted
        missing = [segment for segment in self._segments if not stored[segment]]
        threads = (
            Thread(target=self._produce, args=(missing,), name="decode", daemon=True),
            Thread(target=self._encode, name="encode", daemon=True),
        )
        for thread in threads:
            thread.start()
        try:
            for segment in self._segments:
                result = self._maker.stored(segment) if stored[segment] else None
                if result is None:
                    result = self._next_made() if not stored[segment] else self._remade(segment)
                self._done_frames += len(segment.frames) if stored[segment] else 0
                yield result
        finally:
            self._work.closed.set()
            self._made.closed.set()
            for thread in threads:
                thread.join()

    def _next_made(self) -> SegmentResult:
        while True:
            self._progress.check()
            made = self._made.get()
            if isinstance(made, SegmentResult):
                return made
            if isinstance(made, _End) and made.error is not None:
                raise made.error

    def _remade(self, segment: Segment) -> SegmentResult:
        """A stored segment turned out damaged or evicted: make it here and now."""
        with FrameReader(self._path) as reader:
            nested = Pipeline(reader, self._maker, self._source, [segment], self._progress)
            (result,) = nested.run()
        return result

    def _produce(self, missing: Sequence[Segment]) -> None:
        """Decode in order and hand pieces to the workers."""
        end = _End()
        try:
            pieces = [(segment, part) for segment in missing for part in parts(segment)]
            order = [int(self._source[frame]) for _, (span, _) in pieces for frame in span]
            pictures = self._reader.walk(order)
            with ThreadPoolExecutor(WORKERS, thread_name_prefix="window") as pool:
                for at, (segment, (span, window)) in enumerate(pieces):
                    self._progress.check()
                    batch = [next(pictures) for _ in span]
                    last = at + 1 == len(pieces) or pieces[at + 1][0] is not segment
                    future = pool.submit(
                        self._maker.compose, segment, span, window, batch, self._progress
                    )
                    if not self._work.put(_Work(segment, last, future)):
                        break
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            end = _End(error)
        self._work.put(end)

    def _encode(self) -> None:
        """Encode composed pieces in order, segment by segment."""
        end = _End()
        writer = self._maker.writer()
        try:
            while (work := self._work.get()) is not None:
                if isinstance(work, _End):
                    end = work
                    break
                piece = work.composed.result()
                writer.write(piece)
                self._done_frames += len(piece.pictures)
                self._progress.report("render", min(self._done_frames, self._total), self._total)
                if work.is_last and not self._made.put(writer.finish(work.segment)):
                    break
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            end = _End(error)
            self._work.closed.set()
        self._made.put(end)


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
