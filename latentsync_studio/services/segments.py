"""One segment: compose its frames, measure some of them, encode, store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.media.encode import EncodedSegment, SegmentEncoder
from latentsync_studio.services.compose import compose_frame
from latentsync_studio.services.windows import DECODED_VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.arrays import I32
    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.render.plan import Segment
    from latentsync_studio.core.settings.pages import ComposeSettings
    from latentsync_studio.media.encode import VideoTarget
    from latentsync_studio.services.score import ApertureMeter
    from latentsync_studio.services.windows import WindowStore
    from latentsync_studio.storage.store import Store

SEGMENT = "segment"
SEGMENT_VERSION = "2"  # raise whenever compositor, encoder settings or meter give another result


@dataclass(frozen=True, slots=True)
class Piece:
    """Composed pictures of consecutive output frames with what was measured on them."""

    frames: tuple[int, ...]
    pictures: tuple[Picture, ...]
    apertures: tuple[float, ...]  # NaN where not measured


@dataclass(frozen=True, slots=True)
class SegmentResult:
    """An encoded segment and the apertures of its frames (NaN where not measured)."""

    segment: Segment
    encoded: EncodedSegment
    apertures: tuple[float, ...]
    reused: bool


class _Stored(msgspec.Struct, frozen=True):
    encoded: bytes
    apertures: list[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentInputs:
    """What all segments of a render share.

    Attributes:
        pts: (T,) i64 presentation time of every output frame of the whole plan.
        origin: pts of the first delivered frame; delivered times start at 0.
        media_digest: names the decoded source frames.
        source: (T,) i32 source frame of every output frame.
        face: the redrawn person, None when there is nobody.
        face_key: names the measured face (landmarks and usability shape the composite).
    """

    pts: np.ndarray[tuple[int], np.dtype[np.int64]]
    origin: int
    media_digest: str
    source: I32
    face: FaceTrack | None
    face_key: str
    compose: ComposeSettings
    target: VideoTarget


class SegmentMaker:
    """Makes segments for the pipeline; `compose` may run in several threads at once."""

    def __init__(
        self,
        inputs: SegmentInputs,
        windows: WindowStore | None,
        meter: ApertureMeter | None,
        store: Store,
    ) -> None:
        self._inputs, self._windows, self._meter = inputs, windows, meter
        self._store = store

    def key(self, segment: Segment) -> str:
        """Digest of everything that shapes the encoded segment."""
        inputs, frames = self._inputs, segment.frames
        drawn = [] if self._windows is None else [self._windows.key(w) for w in segment.windows]
        shapes = (inputs.face_key, inputs.compose) if drawn else ()
        return cache_key(
            SEGMENT,
            version=SEGMENT_VERSION,
            decoded=DECODED_VERSION,
            media=inputs.media_digest,
            source=inputs.source[frames.start : frames.stop],
            start=frames.start,
            pts=[int(value) - inputs.origin for value in inputs.pts[frames.start : frames.stop]],
            windows=drawn,
            shapes=shapes,
            target=inputs.target,
            measured=0 if self._meter is None else self._meter.every,
        )

    def forget(self, segments: Sequence[Segment]) -> None:
        """Remove what is stored of `segments` and their windows."""
        for segment in segments:
            self._store.remove([self.key(segment)])
            if self._windows is not None:
                self._store.remove(self._windows.key(window) for window in segment.windows)

    def is_stored(self, segment: Segment) -> bool:
        """Whether an entry of it exists (it is verified when it is read)."""
        return self._store.has(self.key(segment))

    def stored(self, segment: Segment) -> SegmentResult | None:
        """The stored segment, or None when it is absent or damaged."""
        key = self.key(segment)
        data = self._store.get(key)
        if data is None:
            return None
        try:
            kept = msgspec.msgpack.decode(data, type=_Stored)
            encoded = EncodedSegment.from_bytes(kept.encoded)
        except (msgspec.MsgspecError, ValueError):
            return None
        apertures = tuple(float("nan") if value is None else value for value in kept.apertures)
        return SegmentResult(segment, encoded, apertures, reused=True)

    def compose(
        self,
        segment: Segment,
        span: FrameRange,
        window: FrameRange | None,
        pictures: Sequence[Picture],
        progress: Progress,
    ) -> Piece:
        """Draw (or take from the store), composite and measure the frames of `span`."""
        patches = {}
        if window is not None and self._windows is not None:
            drawn = self._windows.patches(window, pictures, progress)
            patches = {patch.frame: patch for patch in drawn}
        frames: list[int] = []
        composed: list[Picture] = []
        apertures: list[float] = []
        face = self._inputs.face
        for frame, picture in zip(span, pictures, strict=True):
            if frame not in segment.frames:
                continue
            result = picture
            if face is not None:
                result = compose_frame(picture, patches.get(frame), face, self._inputs.compose)
            frames.append(frame)
            composed.append(result)
            apertures.append(self._measured(frame, result))
        return Piece(tuple(frames), tuple(composed), tuple(apertures))

    def _measured(self, frame: int, picture: Picture) -> float:
        face = self._inputs.face
        if self._meter is None or face is None or frame % self._meter.every:
            return float("nan")
        if not face.present[picture.index]:
            return float("nan")
        return self._meter.measure(picture, face.landmarks[picture.index])

    def writer(self) -> SegmentWriter:
        """Make what turns composed pieces into stored segments, for one thread."""
        return SegmentWriter(self, self._inputs)

    def keep(self, segment: Segment, encoded: EncodedSegment, apertures: list[float]) -> None:
        """Store an encoded segment."""
        key = self.key(segment)
        blob = _Stored(encoded.to_bytes(), [None if np.isnan(a) else a for a in apertures])
        self._store.put(key, SEGMENT, msgspec.msgpack.encode(blob))


class SegmentWriter:
    """Encodes the pieces of one segment after the other."""

    def __init__(self, maker: SegmentMaker, inputs: SegmentInputs) -> None:
        self._maker, self._inputs = maker, inputs
        self._encoder = SegmentEncoder(inputs.target)
        self._apertures: list[float] = []

    def write(self, piece: Piece) -> None:
        """Append composed pictures to the segment that is being encoded."""
        for frame, picture in zip(piece.frames, piece.pictures, strict=True):
            self._encoder.write(picture, int(self._inputs.pts[frame]) - self._inputs.origin)
        self._apertures += piece.apertures

    def finish(self, segment: Segment) -> SegmentResult:
        """Close the segment, store it and be ready for the next one."""
        encoded, apertures = self._encoder.finish(), self._apertures
        self._encoder, self._apertures = SegmentEncoder(self._inputs.target), []
        self._maker.keep(segment, encoded, apertures)
        return SegmentResult(segment, encoded, tuple(apertures), reused=False)
