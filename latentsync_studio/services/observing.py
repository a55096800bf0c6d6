"""Show frames to collectors in a thread of their own, while the networks look at the next ones."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.engine import Collector, SeenFace
    from latentsync_studio.core.picture import Picture

FRAMES_BEHIND = 6


class Observing:
    """Hands frames on in order; on leaving the context every collector has seen all of them."""

    def __init__(self, collectors: Sequence[Collector]) -> None:
        self._collectors = collectors
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="collect")
        self._pending: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._pool.shutdown(cancel_futures=kind is not None)
        if kind is None:
            for shown in self._pending:
                shown.result()

    def show(self, picture: Picture, faces: Sequence[SeenFace]) -> None:
        """Hand a frame on; wait when the collectors are far behind, raise what they raised."""
        if not self._collectors:
            return
        self._pending.append(self._pool.submit(self._observe, picture, faces))
        if len(self._pending) > FRAMES_BEHIND:
            self._pending.popleft().result()

    def _observe(self, picture: Picture, faces: Sequence[SeenFace]) -> None:
        for collector in self._collectors:
            collector.observe(picture, faces)
