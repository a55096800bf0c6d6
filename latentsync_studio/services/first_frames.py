"""The first frames of a render, decoded while faces, speech and engine are made ready for it."""

from __future__ import annotations

from contextlib import suppress
from threading import Event, Thread
from typing import TYPE_CHECKING

from latentsync_studio.core.errors import StudioError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from latentsync_studio.media.reader import FrameReader


class FirstFrames:
    """Lets a reader decode ahead, in a thread of its own, until somebody wants the reader.

    A context manager: on leaving it, however that happens, the thread has ended.
    """

    def __init__(self, reader: FrameReader, numbers: range) -> None:
        """Decode nothing yet.

        Args:
            reader: keeps the frames for a `walk`; nobody else uses it until `reader` is called.
            numbers: consecutive frames, as many as it may keep.
        """
        self._reader, self._numbers = reader, numbers
        self._stopped = Event()
        self._thread = Thread(target=self._work, name="first-frames", daemon=True)

    def __enter__(self) -> Self:
        if self._numbers:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.reader()

    def reader(self) -> FrameReader:
        """The reader, for the thread that asks: from now on nothing is decoded ahead."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        return self._reader

    def _work(self) -> None:
        with suppress(StudioError):  # whoever wants that very frame is told then
            for _ in self._reader.frames(self._numbers.start, self._numbers.stop):
                if self._stopped.is_set():
                    return
