"""A medium as the timeline uses it: its frames on the sequence's grid, its digest, its readers."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, cast

import numpy as np

from latentsync_studio.core.arrays import frozen
from latentsync_studio.core.errors import MissingFileError
from latentsync_studio.core.timeline.rate import shown_frames

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt

    from latentsync_studio.core.arrays import F64, I32
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import MediaItem
    from latentsync_studio.core.timeline.rate import FrameRate
    from latentsync_studio.media.facts import MediaFacts, VideoFacts
    from latentsync_studio.media.index import FrameIndex
    from latentsync_studio.media.opening_reader import Reader
    from latentsync_studio.services.wiring import Services

STILL_SPAN = 1 << 16  # frames of a still that share one axis; it has no end of its own
_KEPT = 64


@dataclass(frozen=True, slots=True)
class Medium:
    """A picture medium that is there and readable; also what `analyse_faces` reads frames from.

    Attributes:
        item: the medium in the document.
        path: where it lies.
        digest: of its content as it is now.
        facts: as probed now.
        index: its frames.
        pts: (n,) i64 `index.pts`.
    """

    item: MediaItem
    path: Path
    digest: str
    facts: MediaFacts
    index: FrameIndex
    pts: npt.NDArray[np.int64]

    @property
    def video(self) -> VideoFacts:
        """Facts of the picture."""
        return cast("VideoFacts", self.facts.video)

    @property
    def is_still(self) -> bool:
        """One picture, shown for any time."""
        return self.item.is_still

    @property
    def pixel_aspect(self) -> float:
        """Width : height of a pixel as shown."""
        across, down = self.video.sample_aspect
        if not across or not down:
            return 1.0
        return down / across if self.video.rotation in {90, 270} else across / down

    def open(self) -> Reader:
        """Open a reader of one's own; for one thread at a time."""
        from latentsync_studio.media.opening_reader import open_reader

        return open_reader(self.path, self.item)

    def shown(self, grid_frames: Iterable[int], grid: FrameRate) -> I32:
        """(n,) its frames that are shown at `grid_frames` of its time."""
        if self.is_still:
            return _i32(np.zeros(len(list(grid_frames))))
        index = self.index
        return shown_frames(grid_frames, grid, self.pts, index.end_pts, index.time_base)

    def frames(self, start: int, stop: int) -> Iterator[Picture]:
        """Frames start .. stop - 1, from a reader that is closed at the end."""
        with self.open() as reader:
            yield from reader.frames(start, stop)


@dataclass(frozen=True, slots=True)
class Axis:
    """The frames of a take: those of the medium itself, whatever clips show of it.

    Frame t of a take shows source frame `source[t]`; for all but stills that is t itself. A still
    has a frame of its take for every frame of the sequence's grid, counted from `base`.

    Attributes:
        medium: whose frames.
        grid: rate of the sequence.
        base: grid frame of the medium's time at which the axis begins; 0 but for stills.
        source: (T,) i32 source frame of each frame.
        seconds: (T,) f64 time of each frame's middle, from the axis's beginning.
    """

    medium: Medium
    grid: FrameRate
    base: int
    source: I32
    seconds: F64

    @classmethod
    def of(cls, medium: Medium, grid: FrameRate, first: int, stop: int) -> Axis:
        """The axis of a medium; a still's reaches over grid frames first .. stop - 1 at least."""
        if medium.is_still:
            base = first // STILL_SPAN * STILL_SPAN
            count = stop - base
            seconds = (np.arange(count) + 0.5) * float(1 / grid.fraction)
            return cls(medium, grid, base, _i32(np.zeros(count)), _f64(seconds))
        index, pts = medium.index, medium.pts
        middles = pts + np.append(pts[1:], index.end_pts) - 2 * pts[0]
        seconds = middles * (float(index.time_base) / 2.0)
        return cls(medium, grid, 0, _i32(np.arange(index.n_frames)), _f64(seconds))

    @property
    def rate(self) -> float:
        """Mean frames a second."""
        if self.medium.is_still:
            return float(self.grid.fraction)
        index = self.medium.index
        return index.n_frames / float((index.end_pts - index.pts[0]) * index.time_base)

    def frames_at(self, grid_frames: Iterable[int]) -> I32:
        """(n,) frames of the axis that are shown at grid frames of the medium's time."""
        if self.medium.is_still:
            return _i32(np.array(list(grid_frames)) - self.base)
        return self.medium.shown(grid_frames, self.grid)


class MediaBook:
    """Media by item, opened once and looked at again only when the file changes; thread-safe."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: OrderedDict[tuple[object, ...], Medium] = OrderedDict()
        self._digests: dict[tuple[object, ...], str] = {}
        self._lock = Lock()

    def medium(self, item: MediaItem, progress: Progress | None = None) -> Medium:
        """The picture medium of `item`.

        Raises:
            InputError: the file is missing, unreadable, or has no picture.
        """
        path = Path(item.path)
        mark = _mark(path, item)
        with self._lock:
            found = self._known.get(mark)
            if found is not None:
                self._known.move_to_end(mark)
                return found
        made = self._look(item, path, progress)
        with self._lock:
            self._known[mark] = made
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return made

    def require(self, item: MediaItem) -> None:
        """Raise InputError unless the medium's file is there."""
        _mark(Path(item.path), item)

    def digest(self, item: MediaItem) -> str:
        """Content digest of a medium, picture or sound; quick while its first file is unchanged."""
        mark = _mark(Path(item.path), item)
        with self._lock:
            found = self._digests.get(mark)
        if found is None:
            found = content_digest(item, self._services)
            with self._lock:
                self._digests[mark] = found
        return found

    def _look(self, item: MediaItem, path: Path, progress: Progress | None) -> Medium:
        from latentsync_studio.media.opening_reader import open_reader

        digest = content_digest(item, self._services, progress)
        with open_reader(path, item) as reader:
            pts = np.asarray(reader.index.pts, np.int64)
            return Medium(item, path, digest, reader.facts, reader.index, pts)


def content_digest(item: MediaItem, services: Services, progress: Progress | None = None) -> str:
    """Digest of what a medium holds now; quick while its files are unchanged.

    Raises:
        InputError: a file is missing or unreadable.
    """
    from latentsync_studio.services.media_bin import content

    return content.content_digest(Path(item.path), item.images, services, progress)


def _mark(path: Path, item: MediaItem) -> tuple[object, ...]:
    try:
        status = path.stat()
    except OSError as error:
        raise MissingFileError(
            f"{item.name} is offline: {path} is not there.", remedy="Relink it in the media bin."
        ) from error
    return (str(path), status.st_size, status.st_mtime_ns, status.st_ino, item)


def _i32(values: object) -> I32:
    return cast("I32", frozen(np.asarray(values, np.int32)))


def _f64(values: object) -> F64:
    return cast("F64", frozen(np.asarray(values, np.float64)))
