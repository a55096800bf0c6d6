"""Draw windows into the store: one thread decodes, others draw, each comes out in its turn."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Protocol

from latentsync_studio.core.read_ahead import ReadAhead
from latentsync_studio.services.reading import numbers_of, walked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from typing import TypeAlias

    from latentsync_studio.core.arrays import I32
    from latentsync_studio.core.engine import Patch
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.render.budget import WorkBudget
    from latentsync_studio.services.reading import Walker

    _See: TypeAlias = Callable[[FrameRange], Sequence[Picture]]


class Drawable(Protocol):
    """A face with its windows."""

    @property
    def source(self) -> I32:
        """(T,) source frame of every output frame."""

    @property
    def frame_bytes(self) -> int:
        """Memory of a decoded frame."""

    def reader(self) -> AbstractContextManager[Walker]:
        """Open the clip."""

    def reads(self, window: FrameRange) -> FrameRange:
        """Output frames whose pictures a window needs."""

    def patches(self, window: FrameRange, see: _See, progress: Progress) -> tuple[Patch, ...]:
        """The patches of a window, stored or drawn and stored; see WindowStore."""


def draw_windows(
    drawable: Drawable, windows: Sequence[FrameRange], progress: Progress, budget: WorkBudget
) -> Iterator[FrameRange]:
    """Draw windows and yield them in order, each when it is stored."""
    if not windows:
        return
    longest = max(len(drawable.reads(window)) for window in windows)
    ahead = budget.windows_ahead(longest * drawable.frame_bytes)
    waiting: deque[tuple[FrameRange, Future[object]]] = deque()
    with (
        ThreadPoolExecutor(budget.workers, thread_name_prefix="window") as pool,
        ReadAhead(_decoded(drawable, windows), ahead) as batches,
    ):
        try:
            for window, see in batches:
                progress.check()
                waiting.append((window, pool.submit(drawable.patches, window, see, progress)))
                if len(waiting) > budget.workers:
                    yield _ended(waiting)
            while waiting:
                yield _ended(waiting)
        finally:
            for _, future in waiting:
                future.cancel()


def _ended(waiting: deque[tuple[FrameRange, Future[object]]]) -> FrameRange:
    window, future = waiting.popleft()
    future.result()
    return window


def _decoded(
    drawable: Drawable, windows: Sequence[FrameRange]
) -> Iterator[tuple[FrameRange, _See]]:
    reads = [drawable.reads(window) for window in windows]
    wanted = [numbers_of(frames, drawable.source) for frames in reads]
    with drawable.reader() as reader:
        pieces = walked(reader, wanted)
        for window, read, numbers, held in zip(windows, reads, wanted, pieces, strict=True):
            yield window, partial(_seen, read, [held[number] for number in numbers])


def _seen(read: FrameRange, pictures: list[Picture], frames: FrameRange) -> list[Picture]:
    """What a window reads was decoded for it, maybe with what another one does."""
    return pictures[frames.start - read.start : frames.stop - read.start]
