"""The pictures of a cut: every frame of a sequence, composed, in the movie's format and size.

    frame -> layers (clip, share) -> picture + patches -> conformed -> mixed where two are seen

A picture that has the movie's format and size already goes through in its own planes.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Self

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.core.timeline.showing import layers_at
from latentsync_studio.imaging.fit import black_picture, conformed, mixed_pictures
from latentsync_studio.services.compose import compose_frame
from latentsync_studio.services.look import LookPlan
from latentsync_studio.services.pipeline import PIECE_FRAMES
from latentsync_studio.services.reading import numbers_of
from latentsync_studio.services.segments import SEGMENT, SEGMENT_VERSION, Piece
from latentsync_studio.services.timeline.reader_pool import ReaderPool
from latentsync_studio.services.windows import DECODED_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from latentsync_studio.core.arrays import I32
    from latentsync_studio.core.engine import Patch
    from latentsync_studio.core.picture import Picture, PixelFormat
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.render.plan import Segment
    from latentsync_studio.core.timeline.model import Clip, ClipId, Project, Sequence
    from latentsync_studio.media.encode import VideoTarget
    from latentsync_studio.services.timeline.face_take import FaceTake
    from latentsync_studio.services.timeline.medium import Medium
    from latentsync_studio.services.timeline.reader_pool import Held
    from latentsync_studio.services.timeline.synthesize import Told
    from latentsync_studio.services.timeline.takes import ClipTake, TakeCache

CUT_VERSION = "1"  # raise whenever the same cut gives other pictures


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive frames that show the same clips, with their shares."""

    frames: FrameRange
    clips: tuple[Clip, ...]
    shares: tuple[tuple[float, ...], ...]  # of every frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A cut that becomes a movie.

    Attributes:
        project: the document.
        sequence: in it.
        frames: that are delivered.
        target: how they are encoded; without rotation.
        fmt: format of the composed pictures.
        takes: opened clips.
    """

    project: Project
    sequence: Sequence
    frames: FrameRange
    target: VideoTarget
    fmt: PixelFormat
    takes: TakeCache

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, px."""
        return self.sequence.width, self.sequence.height

    def take(self, clip: ClipId, progress: Progress) -> ClipTake:
        """The take of a clip, analysed."""
        return self.takes.get(self.project, self.sequence.id, clip, progress)


@dataclass(slots=True)
class CutCounts:
    """What was done; filled from several threads under the lock."""

    lock: Lock = field(default_factory=Lock)
    drawn: list[tuple[FaceTake, FrameRange]] = field(default_factory=list)
    engine_calls: int = 0
    windows: set[str] = field(default_factory=set)
    seen: list[tuple[ClipId, FrameRange]] = field(default_factory=list)
    patched: int = 0


@dataclass(frozen=True, slots=True)
class _Layer:
    """One clip in a piece, with everything that its frames need."""

    take: ClipTake
    at: I32  # frames of the take
    first: int  # frame of the medium's grid
    shares: tuple[float, ...]
    pictures: dict[int, Picture]
    look: LookPlan


def runs_of(sequence: Sequence, frames: FrameRange) -> Iterator[Run]:
    """Cut frames where other clips are seen."""
    start, shares = frames.start, list[tuple[float, ...]]()
    clips: tuple[Clip, ...] = ()
    names: tuple[ClipId, ...] | None = None
    for frame in frames:
        layers = layers_at(sequence, frame)
        here = tuple(layer.clip.id for layer in layers)
        if names is not None and here != names:
            yield Run(FrameRange(start, frame), clips, tuple(shares))
            start, shares = frame, []
        names, clips = here, tuple(layer.clip for layer in layers)
        shares.append(tuple(layer.share for layer in layers))
    yield Run(FrameRange(start, frames.stop), clips, tuple(shares))


class CutPieces:
    """Pieces of a cut, for the pipeline; see services.pipeline.Pieces.

    Attributes:
        shown: tells keys of the cut's pictures from those of what is made of them otherwise.
        counts: what was done.
        readers: of the media.
    """

    shown = "cut"

    def __init__(
        self, scene: Scene, progress: Progress, told: Told | None, counts: CutCounts
    ) -> None:
        self._scene, self._progress, self._told, self.counts = scene, progress, told, counts
        self.readers = ReaderPool()
        self._black: Picture | None = None
        self._keys: dict[FrameRange, str] = {}

    @property
    def piece_bytes(self) -> int:
        """Memory of the largest piece: two layers of a window each."""
        sizes = [self._scene.size]
        media = {media.id: media for media in self._scene.project.media}
        for track in self._scene.sequence.tracks:
            for clip in track.clips if track.kind == "video" else ():
                video = media[clip.media].video
                sizes += [(video.width, video.height)] if video else []
        pixels = max(width * height for width, height in sizes)
        return 2 * PIECE_FRAMES * pixels * (2 if self._scene.fmt.bits == 8 else 4)

    @contextmanager
    def again(self) -> Iterator[Self]:
        """The same with readers of its own."""
        other = type(self)(self._scene, self._progress, self._told, self.counts)
        try:
            yield other
        finally:
            other.readers.close()

    # ---- keys -----------------------------------------------------------------------

    def key(self, segment: Segment) -> str:
        """Digest of everything that shapes the encoded segment; opens engines as needed."""
        found = self._keys.get(segment.frames)
        if found is None:
            scene = self._scene
            found = self._keys[segment.frames] = cache_key(
                SEGMENT,
                version=(SEGMENT_VERSION, CUT_VERSION),
                decoded=DECODED_VERSION,
                start=segment.frames.start - scene.frames.start,
                shown=self.shown,
                runs=[self._told_of(run) for run in self._runs(segment.frames)],
                fmt=scene.fmt,
                target=scene.target,
            )
        return found

    def _told_of(self, run: Run) -> object:
        """Everything that shapes the pictures of a run."""
        scene, told = self._scene, []
        for clip in run.clips:
            take = scene.take(clip.id, self._progress)
            at = take.frames_at(run.frames)
            faces = []
            drawn: set[int] = set()
            for face in take.faces:
                windows = face.windows_of(at.tolist())
                face.open_for([w for w in windows if not face.knows(w)], self._progress)
                keys = [face.key(window) for window in windows]
                faces.append((face.parts.face_key, at if windows else None, keys))
                drawn |= {t for t in at.tolist() if face.window_of(t) is not None}
                with self.counts.lock:
                    self.counts.windows |= set(keys)
            look = self._look(clip).key([clip.source_at(f) for f in run.frames])
            medium, source = take.medium, take.axis.source[at]
            seen = (medium.digest, source, medium.pixel_aspect, faces)
            told.append((*seen, look if drawn else None))
            with self.counts.lock:
                self.counts.seen.append((clip.id, run.frames))
                self.counts.patched += sum(t in drawn for t in at.tolist()) if len(told) == 1 else 0
        return (len(run.frames), told, run.shares if len(run.clips) > 1 else None)

    # ---- pictures -------------------------------------------------------------------

    def of(self, segment: Segment, progress: Progress) -> Iterator[Callable[[], Piece]]:
        """See services.pipeline.Pieces."""
        for run in self._runs(segment.frames):
            takes = [self._scene.take(clip.id, progress) for clip in run.clips]
            for frames in _cut(run.frames, takes):
                first = frames.start - run.frames.start
                shares = run.shares[first : first + len(frames)]
                layers = self._layers(frames, run.clips, takes, shares)
                yield partial(self._composed, frames, layers, progress)

    def _layers(
        self,
        frames: FrameRange,
        clips: tuple[Clip, ...],
        takes: list[ClipTake],
        shares: tuple[tuple[float, ...], ...],
    ) -> list[_Layer]:
        """Decode what a piece needs: shown frames, and whole windows that have to be drawn."""
        layers, busy = [], list["Held"]()
        for number, (clip, take) in enumerate(zip(clips, takes, strict=True)):
            at = take.frames_at(frames)
            source = take.axis.source
            needed = set(source[at].tolist())
            for face in take.faces:
                for window in face.windows_of(at.tolist()):
                    if not face.is_stored(window):
                        needed |= set(numbers_of(face.reads(window), source))
            held = self.readers.get(take.medium, min(needed), busy)
            busy.append(held)
            share = tuple(each[number] for each in shares)
            first = clip.source_at(frames.start)
            layers.append(_Layer(take, at, first, share, held.pictures(needed), self._look(clip)))
        return layers

    def _composed(self, frames: FrameRange, layers: list[_Layer], progress: Progress) -> Piece:
        """Draw (or take from the store), compose, conform and mix; called in worker threads."""
        drawn: list[tuple[FaceTake, FrameRange]] = []
        patches = [self._patches(layer, drawn, progress) for layer in layers]
        pictures = []
        for number in range(len(frames)):
            shown: Picture | None = None
            for layer, found in zip(layers, patches, strict=True):
                picture = self._picture(layer, found, number)
                if shown is None:
                    shown = picture
                else:
                    shown = mixed_pictures(shown, picture, layer.shares[number])
            pictures.append(shown if shown is not None else self._black_picture())
        tell = partial(self._tell, frames, layers, drawn) if drawn else None
        return Piece(tuple(frames), tuple(pictures), tell=tell)

    def _patches(
        self, layer: _Layer, drawn: list[tuple[FaceTake, FrameRange]], progress: Progress
    ) -> list[dict[int, Patch]]:
        """Patches by frame of the take, of each face; windows that were drawn now go to `drawn`."""
        found = []
        for face in layer.take.faces:
            of_face: dict[int, Patch] = {}
            for window in face.windows_of(layer.at.tolist()):
                patches, is_new = _window(face, window, layer.pictures, progress)
                of_face |= {patch.frame: patch for patch in patches}
                if is_new:
                    drawn.append((face, window))
            found.append(of_face)
        return found

    def _picture(self, layer: _Layer, patches: list[dict[int, Patch]], number: int) -> Picture:
        at = int(layer.at[number])
        source = picture = layer.pictures[int(layer.take.axis.source[at])]
        for face, found in zip(layer.take.faces, patches, strict=True):
            patch = found.get(at)
            if patch is not None:
                look = layer.look.at(layer.first + number, face.face, source.index)
                picture = compose_frame(picture, patch, face.face, look)
        return self._finished(source, picture, layer.take.medium)

    def _finished(self, source: Picture, composed: Picture, medium: Medium) -> Picture:  # noqa: ARG002 - others show the change alone
        """What is encoded of a composed picture."""
        return conformed(composed, self._scene.fmt, self._scene.size, medium.pixel_aspect)

    def _look(self, clip: Clip) -> LookPlan:
        return LookPlan.of(self._scene.project, clip, self._scene.takes.paintings)

    def _runs(self, frames: FrameRange) -> Iterator[Run]:
        """Which clips are seen."""
        return runs_of(self._scene.sequence, frames)

    def _black_picture(self) -> Picture:
        if self._black is None:
            self._black = black_picture(self._scene.fmt, self._scene.size)
        return self._black

    def _tell(
        self,
        frames: FrameRange,
        layers: list[_Layer],
        drawn: list[tuple[FaceTake, FrameRange]],
    ) -> None:
        with self.counts.lock:
            self.counts.drawn += drawn
            self.counts.engine_calls += len(drawn)
        if self._told is None:
            return
        for layer in layers:
            windows = [window for face, window in drawn if face in layer.take.faces]
            for number, frame in enumerate(frames):
                at = int(layer.at[number])
                if any(at in window for window in windows):
                    self._told.tell(layer.take, frame, at)


def _cut(frames: FrameRange, takes: list[ClipTake]) -> Iterator[FrameRange]:
    """Pieces of at most 16 frames, each within one window of the first driven face if it can be."""
    face = next((face for take in takes for face in take.faces), None)
    if face is None:
        windows: list[object] = [None] * len(frames)
    else:
        take = next(take for take in takes if face in take.faces)
        windows = [face.window_of(int(at)) for at in take.frames_at(frames)]
    start = 0
    for number in range(1, len(frames) + 1):
        is_end = number == len(frames)
        if is_end or number - start == PIECE_FRAMES or windows[number] != windows[start]:
            yield FrameRange(frames.start + start, frames.start + number)
            start = number


def _window(
    face: FaceTake, window: FrameRange, pictures: dict[int, Picture], progress: Progress
) -> tuple[tuple[Patch, ...], bool]:
    """Patches of a window, and whether they were drawn now."""

    def see(frames: FrameRange) -> list[Picture]:
        numbers = numbers_of(frames, face.parts.axis.source)
        if all(number in pictures for number in numbers):
            return [pictures[number] for number in numbers]
        with face.parts.axis.medium.open() as reader:  # evicted or damaged since it was looked for
            return list(reader.walk(numbers))

    return face.made(window, see, progress)
