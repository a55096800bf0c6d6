"""Small pictures of media at given frames: at once from memory, else made and kept in the store."""

from __future__ import annotations

import struct
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final

import numpy as np

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.core.timeline.rate import shown_frame, shown_frames
from latentsync_studio.services.media_bin.content import facts_of, path_of
from latentsync_studio.services.media_bin.proxies import proxy_for

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from latentsync_studio.core.arrays import Rgb8
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import MediaItem
    from latentsync_studio.core.timeline.rate import FrameRate
    from latentsync_studio.media.index import FrameIndex
    from latentsync_studio.media.opening_reader import Reader
    from latentsync_studio.services.wiring import Services

THUMBNAIL: Final = "thumbnail"  # kind of entries, and the stage that progress is told of
THUMBNAIL_VERSION: Final = "2"  # raise when the same frame gives another picture
MEMORY_BYTES: Final = 64 * 2**20
MOST_DECODED: Final = 24  # frames from one keyframe to the next; of longer ones keyframes are shown
MOST_HEIGHT: Final = 2160
_SIZE: Final = struct.Struct(">HH")

_Name = tuple[str, int, int]  # medium, frame of the medium, height


class Thumbnails:
    """Small pictures of all media; `get` from any thread, `make` from one thread at a time."""

    def __init__(self, services: Services, memory_bytes: int = MEMORY_BYTES) -> None:
        self._services, self._memory_bytes = services, memory_bytes
        self._held: OrderedDict[_Name, tuple[Rgb8, bool]] = OrderedDict()  # picture, is exact
        self._bytes = 0
        self._indexes: dict[str, FrameIndex] = {}  # of media with a variable rate
        self._lock = Lock()

    def get(self, item: MediaItem, frame: int, grid: FrameRate, height: int) -> Rgb8 | None:
        """The picture at `frame` of the medium's own time on `grid`, if it is in memory.

        Returns:
            u8 (height, width, 3), read-only, in square pixels, or None: ask `make`.
        """
        number = self._number(item, frame, grid)
        if number is None:
            return None
        name = _mark(item), number, height
        with self._lock:
            found = self._held.get(name)
            if found is None:
                return None
            self._held.move_to_end(name)
            return found[0]

    def make(
        self,
        item: MediaItem,
        frames: Iterable[int],
        grid: FrameRate,
        height: int,
        progress: Progress,
        project_folder: Path | None = None,
    ) -> dict[int, Rgb8]:
        """Pictures at `frames`, from memory, the store, the proxy or the medium itself.

        Of a medium with far keyframes and without a proxy, the nearest keyframe is shown; once
        there is a proxy, `make` makes the right one.

        Args:
            item: with a picture.
            frames: of the medium's own time on `grid`; outside of it the nearest one counts.
            grid: rate of the sequence.
            height: px; the width follows from the picture's shape.
            progress: told of stage "thumbnail", in frames.
            project_folder: where the project lies.

        Raises:
            InputError: the medium is not there, has no picture or cannot be decoded.
            Cancelled: the user stopped it; what is made is kept.
        """
        video = item.video
        if video is None:
            raise InputError(f"{item.name} has no picture.", remedy="Choose another medium.")
        wanted = tuple(dict.fromkeys(frames))
        height = min(max(height, 1), MOST_HEIGHT)
        size = max(1, round(height * video.width / video.height)), height
        work = _Work(self, item, path_of(item, project_folder), size, self._services)
        made: dict[int, Rgb8] = {}
        try:
            for done, frame in enumerate(wanted):
                progress.report(THUMBNAIL, done, len(wanted))
                number = self._number(item, frame, grid)
                if number is None:  # only the file's index tells which frame that is
                    self._indexes[_mark(item)] = work.reader().index
                    number = self._number(item, frame, grid) or 0
                made[frame] = work.picture(number)
        finally:
            work.close()
        return made

    def forget(self, item: MediaItem) -> None:
        """Drop a medium's pictures from memory."""
        with self._lock:
            for name in [name for name in self._held if name[0] == _mark(item)]:
                self._bytes -= self._held.pop(name)[0].nbytes

    def held(self, name: _Name, *, exact: bool) -> Rgb8 | None:
        """A picture in memory; with `exact`, only one of that very frame."""
        with self._lock:
            found = self._held.get(name)
            return None if found is None or (exact and not found[1]) else found[0]

    def hold(self, name: _Name, picture: Rgb8, *, exact: bool) -> None:
        """Keep a picture in memory, and let go of those not asked for longest."""
        with self._lock:
            old = self._held.pop(name, None)
            self._bytes += picture.nbytes - (old[0].nbytes if old is not None else 0)
            self._held[name] = picture, exact
            while self._bytes > self._memory_bytes and len(self._held) > 1:
                _, (dropped, _) = self._held.popitem(last=False)
                self._bytes -= dropped.nbytes

    def _number(self, item: MediaItem, frame: int, grid: FrameRate) -> int | None:
        """The frame of the medium; None where its index must be known and is not."""
        video = item.video
        if video is None or item.is_still:
            return 0
        index = self._indexes.get(_mark(item)) if video.is_variable else None
        if index is not None:
            pts = np.array(index.pts, np.int64)
            return int(shown_frames((frame,), grid, pts, index.end_pts, index.time_base)[0])
        if video.is_variable:
            return None
        return min(max(shown_frame(frame, grid, video.rate), 0), video.n_frames - 1)


class _Work:
    """Making pictures of one medium: the reader is opened when the first one is missing."""

    def __init__(
        self,
        thumbnails: Thumbnails,
        item: MediaItem,
        path: Path,
        size: tuple[int, int],
        services: Services,
    ) -> None:
        self._thumbnails, self._item, self._path = thumbnails, item, path
        self._size, self._services = size, services
        self._proxy = proxy_for(item, services)
        self._reader: Reader | None = None
        self._exact: bool | None = None

    def close(self) -> None:
        """Close the reader."""
        if self._reader is not None:
            self._reader.close()

    def picture(self, number: int) -> Rgb8:
        """The picture of a frame, or where that takes too long of the keyframe nearest to it."""
        exact = self._is_exact()
        name = _mark(self._item), number, self._size[1]
        found = self._thumbnails.held(name, exact=exact)
        if found is None:
            found = self._stored(number)
            exact = exact or found is not None
        if found is None:
            shown = number if exact else self._near(number)
            found = self._stored(shown) if shown != number else None
            if found is None:
                found = self._decoded(shown)
        self._thumbnails.hold(name, found, exact=exact)
        return found

    def reader(self) -> Reader:
        """The proxy, or the medium itself."""
        if self._reader is None:
            from latentsync_studio.media.opening_reader import open_reader

            if self._proxy is not None:
                self._reader = open_reader(self._proxy, threads=1, kept_frames=1)
            else:
                self._reader = open_reader(self._path, self._item)
        return self._reader

    def _is_exact(self) -> bool:
        """Whether any frame can be decoded soon."""
        if self._exact is None:
            self._exact = self._proxy is not None or self._item.images is not None
            if not self._exact and self._item.digest:
                video = facts_of(self._item, self._path, self._services).video
                group = 0.0 if video is None else video.frames / max(video.keyframes, 1)
                self._exact = video is not None and not video.counted and group <= MOST_DECODED
        return self._exact

    def _near(self, number: int) -> int:
        from latentsync_studio.media.thumbnails import nearest_key

        return nearest_key(self.reader().index, number)

    def _decoded(self, number: int) -> Rgb8:
        from latentsync_studio.media.thumbnails import thumbnail

        picture = thumbnail(self.reader(), number, self._size)
        if self._item.digest:
            data = _SIZE.pack(*picture.shape[:2]) + picture.tobytes()
            self._services.store.put(self._key(number), THUMBNAIL, data)
        return picture

    def _stored(self, number: int) -> Rgb8 | None:
        data = self._services.store.get(self._key(number)) if self._item.digest else None
        if data is None:
            return None
        height, width = _SIZE.unpack_from(data)
        return np.frombuffer(data, np.uint8, offset=_SIZE.size).reshape(height, width, 3)

    def _key(self, number: int) -> str:
        return cache_key(
            THUMBNAIL,
            of=self._item.digest,
            frame=number,
            size=self._size,
            version=THUMBNAIL_VERSION,
        )


def _mark(item: MediaItem) -> str:
    """What names the content of a medium wherever it lies."""
    return item.digest or f"{item.path} {item.size}"
