"""The one way to open the picture of a medium, whatever it consists of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

from latentsync_studio.media.image_sequence import ImageReader
from latentsync_studio.media.reader import DECODE_THREADS, KEPT_BYTES, KEPT_FRAMES, FrameReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.timeline.model import MediaItem
    from latentsync_studio.media.facts import MediaFacts, VideoFacts
    from latentsync_studio.media.index import FrameIndex


class Reader(Protocol):
    """Frames as pictures in display orientation, by number; see `FrameReader`.

    Use it from one thread at a time, and close it.
    """

    @property
    def facts(self) -> MediaFacts:
        """Of the file, or of the first picture of a sequence with the sequence's length."""

    @property
    def video(self) -> VideoFacts:
        """Facts of the picture."""

    @property
    def index(self) -> FrameIndex:
        """Which frames there are, and when."""

    @property
    def damaged(self) -> set[int]:
        """Numbers of the frames read up to now that are damaged."""

    def read(self, number: int) -> Picture:
        """One frame."""

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Picture]:
        """Frames in order."""

    def walk(self, order: Iterable[int]) -> Iterator[Picture]:
        """Frames in any order."""

    def damage_notes(self) -> tuple[str, ...]:
        """Sentences on damage met up to now."""

    def close(self) -> None:
        """Close the file and let go of all frames."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def open_reader(
    path: Path,
    item: MediaItem | None = None,
    *,
    threads: int = DECODE_THREADS,
    kept_frames: int = KEPT_FRAMES,
    kept_bytes: int = KEPT_BYTES,
) -> Reader:
    """Open a video, a still, or where `item` says so the run of pictures that begins at `path`.

    Args:
        path: where the medium lies now, which may be elsewhere than `item.path`.
        item: the medium; None for a plain file.
        threads: of the decoder.
        kept_frames: the most frames that a video's reader holds.
        kept_bytes: the same in bytes.

    Raises:
        InputError: it is no readable local medium with a picture.
    """
    if item is not None and item.images is not None and item.video is not None:
        return ImageReader(path.parent, item.images, item.video.rate.fraction)
    return FrameReader(path, threads=threads, kept_frames=kept_frames, kept_bytes=kept_bytes)
