"""One segment: its frames are encoded by themselves and stored by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.render.plan import SEGMENT_FRAMES
from latentsync_studio.media.encode import EncodedSegment, SegmentEncoder
from latentsync_studio.services.quality.table import FrameTable, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.render.plan import Segment
    from latentsync_studio.media.encode import VideoTarget
    from latentsync_studio.media.frame_pool import FramePool
    from latentsync_studio.storage.store import Store

SEGMENT = "segment"
LEAST_FRAMES = 16  # a window of the engine
_MOST_BYTES = 64 * 1024**2  # of a segment, where its frames are large; it is held in memory
SEGMENT_VERSION = "5"  # raise whenever compositor, encoder settings or meter give another result


def segment_frames(target: VideoTarget) -> int:
    """Frames of a segment: fewer where they are large, always a power of two."""
    from latentsync_studio.core.delivery.codecs import CODECS

    a_pixel = CODECS[target.codec].bytes_per_pixel * (1 if target.samples.bits == 8 else 1.5)
    size = target.width * target.height * a_pixel
    count = SEGMENT_FRAMES
    while count > LEAST_FRAMES and count * size > _MOST_BYTES:
        count //= 2
    return count


@dataclass(frozen=True, slots=True)
class Piece:
    """Composed pictures of consecutive output frames with what was measured on them.

    Attributes:
        frames: output frames.
        pictures: one for each.
        table: what was measured on them, None where nothing was.
        tell: called when the piece is encoded, in the encoder's thread.
    """

    frames: tuple[int, ...]
    pictures: tuple[Picture, ...]
    table: FrameTable | None = None
    tell: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class SegmentResult:
    """An encoded segment, and what was measured on its frames where anything was."""

    segment: Segment
    encoded: EncodedSegment
    table: FrameTable | None
    reused: bool


class _Stored(msgspec.Struct, frozen=True):
    encoded: bytes
    table: bytes | None


class SegmentStore:
    """Stored segments of one movie; safe from several threads."""

    def __init__(
        self,
        store: Store,
        target: VideoTarget,
        key: Callable[[Segment], str],
        time_of: Callable[[int], int],
        pool: FramePool | None = None,
    ) -> None:
        """Describe the movie.

        Args:
            store: keeps segments.
            target: how pictures are encoded.
            key: digest of everything that shapes an encoded segment.
            time_of: presentation time of an output frame in the movie.
            pool: of frames that pictures may be composed in.
        """
        self._store, self._key = store, key
        self.target, self.time_of, self.pool = target, time_of, pool

    def is_stored(self, segment: Segment) -> bool:
        """Whether an entry of it exists (it is verified when it is read)."""
        return self._store.has(self._key(segment))

    def stored(self, segment: Segment) -> SegmentResult | None:
        """The stored segment, or None when it is absent or damaged."""
        data = self._store.get(self._key(segment))
        if data is None:
            return None
        try:
            kept = msgspec.msgpack.decode(data, type=decodable(_Stored))
            encoded = EncodedSegment.from_bytes(kept.encoded)
            table = None if kept.table is None else FrameTable.from_bytes(kept.table)
        except (msgspec.MsgspecError, ValueError):
            return None
        return SegmentResult(segment, encoded, table, reused=True)

    def forget(self, segments: Iterable[Segment]) -> None:
        """Remove what is stored of `segments`."""
        self._store.remove(self._key(segment) for segment in segments)

    def keep(self, segment: Segment, encoded: EncodedSegment, table: FrameTable | None) -> None:
        """Store an encoded segment and what was measured on it."""
        blob = _Stored(encoded.to_bytes(), None if table is None else table.to_bytes())
        self._store.put(self._key(segment), SEGMENT, msgspec.msgpack.encode(blob))

    def writer(self) -> SegmentWriter:
        """Make what turns composed pieces into stored segments, for one thread."""
        return SegmentWriter(self)


class SegmentWriter:
    """Encodes the pieces of one segment after the other."""

    def __init__(self, kept: SegmentStore) -> None:
        self._kept = kept
        self._encoder = SegmentEncoder(kept.target, kept.pool)
        self._tables: list[FrameTable] = []

    def write(self, piece: Piece) -> None:
        """Append composed pictures to the segment that is being encoded."""
        for frame, picture in zip(piece.frames, piece.pictures, strict=True):
            self._encoder.write(picture, self._kept.time_of(frame))
        if piece.table is not None:
            self._tables.append(piece.table)
        if piece.tell is not None:
            piece.tell()

    def finish(self, segment: Segment) -> SegmentResult:
        """Close the segment, store it and be ready for the next one."""
        encoded = self._encoder.finish()
        table = joined(self._tables) if self._tables else None
        self._encoder = SegmentEncoder(self._kept.target, self._kept.pool)
        self._tables = []
        self._kept.keep(segment, encoded, table)
        return SegmentResult(segment, encoded, table, reused=False)
