"""The pictures of one clip under one speech: composed, some of them measured."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.media.frame_pool import FramePool
from latentsync_studio.media.reader import FrameReader
from latentsync_studio.services.compose import compose_frame
from latentsync_studio.services.pipeline import PIECE_FRAMES, parts
from latentsync_studio.services.quality.meter import Seen, noting
from latentsync_studio.services.reading import numbers_of, walked
from latentsync_studio.services.segments import (
    SEGMENT,
    SEGMENT_VERSION,
    Piece,
    SegmentStore,
)
from latentsync_studio.services.windows import DECODED_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy as np

    from latentsync_studio.core.arrays import I32
    from latentsync_studio.core.engine import Patch
    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.render.plan import Segment
    from latentsync_studio.media.encode import VideoTarget
    from latentsync_studio.services.look import LookPlan
    from latentsync_studio.services.quality.meter import FrameMeter, Part
    from latentsync_studio.services.windows import WindowStore
    from latentsync_studio.storage.store import Store


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
        look: how patches are laid over the frames; its frames are those of the source.
    """

    pts: np.ndarray[tuple[int], np.dtype[np.int64]]
    origin: int
    media_digest: str
    source: I32
    face: FaceTrack | None
    face_key: str
    look: LookPlan
    target: VideoTarget


class ClipPieces:
    """Pieces of one clip under one speech, for the pipeline."""

    def __init__(
        self,
        reader: FrameReader,
        inputs: SegmentInputs,
        windows: WindowStore | None,
        meter: FrameMeter | None,
    ) -> None:
        """Describe the movie.

        Args:
            reader: of the clip, used by one thread at a time.
            inputs: what all segments share.
            windows: patches, None where nothing is redrawn.
            meter: measures what is composed, None to leave that out.
        """
        self._reader = reader
        self._inputs, self._windows, self._meter = inputs, windows, meter
        self._pool = FramePool(inputs.target)

    @property
    def piece_bytes(self) -> int:
        """Memory of the largest piece on its way."""
        video = self._reader.video
        return PIECE_FRAMES * video.width * video.height * (2 if video.format.bits == 8 else 4)

    def of(self, segment: Segment, progress: Progress) -> Iterator[Callable[[], Piece]]:
        """See Pieces: windows, and runs of untouched frames between them."""
        pieces = parts(segment)
        wanted = [
            numbers_of(self._seen(span, window), self._inputs.source) for span, window in pieces
        ]
        held = walked(self._reader, wanted)
        for (span, window), pictures in zip(pieces, held, strict=True):
            yield partial(self._compose, segment, span, window, pictures, progress)

    def _seen(self, span: FrameRange, window: FrameRange | None) -> FrameRange:
        """Frames that a piece needs: those that it shows, and those that a window has to see."""
        if window is None or self._windows is None or self._windows.is_stored(window):
            return span
        return self._windows.reads(window)

    @contextmanager
    def again(self) -> Iterator[Self]:
        """The same with a reader of its own."""
        with FrameReader(Path(self._reader.facts.path)) as reader:
            yield type(self)(reader, self._inputs, self._windows, self._meter)

    def store(self, store: Store) -> SegmentStore:
        """Where the segments are kept."""
        inputs = self._inputs
        return SegmentStore(
            store,
            inputs.target,
            self.key,
            lambda frame: int(inputs.pts[frame]) - inputs.origin,
            self._pool,
        )

    def key(self, segment: Segment) -> str:
        """Digest of everything that shapes the encoded segment."""
        inputs, frames = self._inputs, segment.frames
        drawn = [] if self._windows is None else [self._windows.key(w) for w in segment.windows]
        shapes = (inputs.face_key, inputs.look.key(self._shown(frames))) if drawn else ()
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
            measured=None if self._meter is None else (*self._meter.key(), inputs.face_key),
        )

    def forget(self, segments: Sequence[Segment], store: Store) -> None:
        """Remove what is stored of `segments` and their windows."""
        self.store(store).forget(segments)
        if self._windows is not None:
            keys = self._windows.key
            store.remove(keys(window) for segment in segments for window in segment.windows)

    def _compose(
        self,
        segment: Segment,
        span: FrameRange,
        window: FrameRange | None,
        pictures: Mapping[int, Picture],
        progress: Progress,
    ) -> Piece:
        """Draw (or take from the store), composite and measure the frames of `span`."""
        patches = {}
        if window is not None and self._windows is not None:
            drawn = self._windows.patches(window, partial(self._pictures, pictures), progress)
            patches = {patch.frame: patch for patch in drawn}
        frames: list[int] = []
        composed: list[Picture] = []
        measured = None if self._meter is None or self._inputs.face is None else self._meter.begin()
        for frame in span:
            if frame not in segment.frames:
                continue
            picture = pictures[int(self._inputs.source[frame])]
            result, parts = self._laid(picture, patches.get(frame))
            frames.append(frame)
            composed.append(result)
            if measured is not None:
                measured.add(self._seen_in(frame, picture, result, parts))
        table = measured.table() if measured is not None and frames else None
        return Piece(tuple(frames), tuple(composed), table)

    def _laid(self, picture: Picture, patch: Patch | None) -> tuple[Picture, tuple[Part, ...]]:
        """The composed picture, and where the patch shows in it if anybody measures that."""
        face = self._inputs.face
        if patch is None or face is None:
            return picture, ()
        look = self._inputs.look.at(picture.index, face, picture.index)
        parts: list[Part] = []
        if self._meter is not None:
            look = replace(look, watch=noting(parts, patch))
        result = compose_frame(picture, patch, face, replace(look, copies=self._pool))
        return result, tuple(parts)

    def _seen_in(
        self, frame: int, picture: Picture, result: Picture, parts: tuple[Part, ...]
    ) -> Seen:
        face = self._inputs.face
        is_there = face is not None and bool(face.present[picture.index])
        return Seen(
            frame=frame,
            result=result,
            source=picture,
            landmarks=face.landmarks[picture.index] if face is not None and is_there else None,
            shot=0 if face is None else int(face.shot[picture.index]),
            parts=parts,
        )

    def _shown(self, frames: FrameRange) -> list[int]:
        """Source frames of output frames."""
        return [int(number) for number in self._inputs.source[frames.start : frames.stop]]

    def _pictures(self, held: Mapping[int, Picture], frames: FrameRange) -> list[Picture]:
        """The pictures that a window reads, which was not in the store after all."""
        numbers = numbers_of(frames, self._inputs.source)
        if all(number in held for number in numbers):
            return [held[number] for number in numbers]
        with FrameReader(Path(self._reader.facts.path)) as reader:  # damaged or evicted meanwhile
            return list(reader.walk(numbers))
