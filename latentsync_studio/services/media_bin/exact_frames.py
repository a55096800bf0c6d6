"""Lossless copies of the frames that clips show, where the clip itself gives them too slowly.

A medium with few keyframes needs up to seconds for an exact frame. What a sequence shows of it is
kept in pieces of `PIECE` frames, nearest to the playhead first, within the shelf's budget and a
quarter of the free disk. A copy has the very samples that decoding gives; that is proved while it
is written. They serve looking only: analyses, mouths and exports read the medium itself.
"""

from __future__ import annotations

import logging
import shutil
from collections import OrderedDict
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING, Final

import numpy as np

from latentsync_studio.core.errors import DamagedEntryError, InputError
from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.core.timeline.check import find_media, find_sequence
from latentsync_studio.core.timeline.showing import active_tracks
from latentsync_studio.services.media_bin.seek_cost import seek_ms
from latentsync_studio.services.timeline.medium import MediaBook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import Project, Sequence, SequenceId
    from latentsync_studio.media.frame_file import FrameFile
    from latentsync_studio.media.opening_reader import Reader
    from latentsync_studio.services.timeline.medium import Medium
    from latentsync_studio.services.wiring import Services

log = logging.getLogger(__name__)

EXACT: Final = "exact"  # the stage that progress is told of, in frames
EXACT_VERSION: Final = "1"  # raise when the same frames give other files
PIECE: Final = 64  # frames
GOAL_MS: Final = 20.0  # mean of a jump; the farthest frames of a group take twice as long
_SHARE: Final = 0.8  # of the budget is planned: the rest is what was planned a moment ago
_FREE_SHARE: Final = 0.25  # of the free disk
_PACKED: Final = 0.4  # bytes of a copy in bytes of its planes, until one is made
_MOST_OPEN: Final = 4
_BEHIND: Final = 4  # a frame behind the playhead counts as so many before it


@dataclass(frozen=True, slots=True)
class Wanted:
    """A piece that is not there yet."""

    medium: Medium
    piece: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be kept around a playhead.

    Attributes:
        missing: the pieces that are not there, the most wanted first.
        kept: how many of the wanted pieces are there.
        left_out: how many are not wanted, as there is no room.
        room: bytes for all of them.
    """

    missing: tuple[Wanted, ...]
    kept: int
    left_out: int
    room: int


@dataclass(frozen=True, slots=True)
class _Span:
    """Frames start .. stop - 1 of the sequence, which show frames of one piece."""

    medium: Medium
    piece: int
    start: int
    stop: int

    def distance(self, playhead: int) -> int:
        """How far from the playhead, in frames before it."""
        if playhead >= self.stop:
            return (playhead - self.stop + 1) * _BEHIND
        return max(self.start - playhead, 0)


def is_slow(medium: Medium) -> bool:
    """Whether an exact frame takes so long that a copy is worth its room."""
    return not medium.is_still and seek_ms(medium.video) > GOAL_MS


def piece_key(medium: Medium, piece: int) -> str:
    """Name of a piece on the shelf."""
    return cache_key(EXACT, of=medium.digest, piece=piece, frames=PIECE, version=EXACT_VERSION)


class ExactFrames:
    """Makes the copies, a piece at a time; `make` and `close` may come from several threads."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._book = MediaBook(services)
        self._spans: tuple[Sequence, tuple[object, ...], list[_Span]] | None = None
        self._packed: dict[str, float] = {}  # digest -> bytes of a copy in bytes of its planes
        self._refused: set[str] = set()  # digests of media that cannot be kept
        self._reader: tuple[str, Reader] | None = None
        self._lock = Lock()

    def plan(self, project: Project, sequence_id: SequenceId, playhead: int) -> Plan:
        """What to make next, the nearest to the playhead first. Raises InvalidEditError."""
        sequence = find_sequence(project, sequence_id)
        spans = self._spans_of(project, sequence)
        room = self._room()
        left, missing, seen, left_out, kept = room, [], set(), 0, 0
        for span in sorted(spans, key=lambda span: span.distance(playhead)):
            mark = span.medium.digest, span.piece
            if mark in seen or span.medium.digest in self._refused:
                continue
            seen.add(mark)
            left -= self._bytes_of(span.medium, span.piece)
            if left < 0:
                left_out += 1
            elif self._services.frames.find(piece_key(span.medium, span.piece)) is None:
                missing.append(Wanted(span.medium, span.piece))
            else:
                kept += 1
        return Plan(missing=tuple(missing), kept=kept, left_out=left_out, room=room)

    def make(self, wanted: Wanted, progress: Progress) -> None:
        """Make a piece; a medium whose frames no codec here keeps is not planned again.

        Raises:
            InputError: the medium cannot be decoded or kept.
            DiskFullError, StorageError: the piece cannot be written.
            InternalError: a copy was not exact; it is not kept.
            Cancelled: the user stopped it; nothing is left of it.
        """
        from latentsync_studio.media.frame_file import write_frames

        medium, first = wanted.medium, wanted.piece * PIECE
        stop = min(first + PIECE, medium.index.n_frames)
        key = piece_key(medium, wanted.piece)
        try:
            with self._lock, self._services.frames.writing(key) as file:
                write_frames(_told(self._opened(medium), first, stop, progress), file)
        except InputError:
            self._refused.add(medium.digest)
            raise
        made = self._services.frames.find(key)
        if made is not None:
            size = made.stat().st_size
            self._packed[medium.digest] = size / (_raw_bytes(medium) * (stop - first))

    def close(self) -> None:
        """Close the medium that was read last."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._reader is not None:
            self._reader[1].close()
            self._reader = None

    def _opened(self, medium: Medium) -> Reader:
        """A reader of a medium; the piece after the last one goes on where that ended."""
        from latentsync_studio.media.opening_reader import open_reader

        if self._reader is None or self._reader[0] != medium.digest:
            self._close()
            self._reader = medium.digest, open_reader(medium.path, medium.item, threads=1)
        return self._reader[1]

    def _spans_of(self, project: Project, sequence: Sequence) -> list[_Span]:
        """Which pieces a sequence shows; found anew when it or the media change."""
        held = self._spans
        if held is not None and held[0] is sequence and held[1] is project.media:
            return held[2]
        found: list[_Span] = []
        for track in active_tracks(sequence, "video"):
            for clip in track.clips:
                item = find_media(project, clip.media)
                if not clip.is_enabled or item.video is None or item.is_still:
                    continue
                try:
                    medium = self._book.medium(item)
                except InputError as error:  # the bin tells what is wrong with it
                    log.info("No exact frames of %s: %s", item.name, error)
                    continue
                if is_slow(medium):
                    source = range(clip.source.start, clip.source.stop)
                    pieces = medium.shown(source, sequence.rate) // PIECE
                    found += _runs(medium, pieces, clip.start)
        self._spans = sequence, project.media, found
        return found

    def _bytes_of(self, medium: Medium, piece: int) -> int:
        frames = min(PIECE, medium.index.n_frames - piece * PIECE)
        return int(frames * _raw_bytes(medium) * self._packed.get(medium.digest, _PACKED))

    def _room(self) -> int:
        shelf = self._services.frames
        folder = shelf.root
        while not folder.is_dir():
            folder = folder.parent
        free = shutil.disk_usage(folder).free
        return int(min(shelf.budget_bytes, shelf.info().bytes + free * _FREE_SHARE) * _SHARE)


class KeptFrames:
    """Reads the copies; for one thread at a time."""

    def __init__(self, services: Services) -> None:
        self._shelf = services.frames
        self._open: OrderedDict[str, FrameFile] = OrderedDict()

    def picture(self, medium: Medium, number: int) -> Picture | None:
        """The frame just as decoding gives it; None where no copy is there."""
        from latentsync_studio.core.picture import Picture

        key = piece_key(medium, number // PIECE)
        try:
            held = self._held(key)
            if held is None:
                return None
            video = medium.video
            planes = held.planes(number, video.width, video.height)
        except (DamagedEntryError, OSError, ValueError) as error:
            log.warning("A copy of frame %d of %s is given up: %s", number, medium.path, error)
            self._drop(key)
            self._shelf.discard(key)
            return None
        pts = medium.index.pts[number]
        return Picture(planes=planes, format=video.format, index=number, pts=pts)

    def close(self) -> None:
        """Close the files."""
        for key in tuple(self._open):
            self._drop(key)

    def _held(self, key: str) -> FrameFile | None:
        from latentsync_studio.media.frame_file import FrameFile

        held = self._open.get(key)
        if held is None:
            path = self._shelf.find(key)
            if path is None:
                return None
            while len(self._open) >= _MOST_OPEN:
                self._drop(next(iter(self._open)))
            held = self._open[key] = FrameFile(path)
        self._open.move_to_end(key)
        return held

    def _drop(self, key: str) -> None:
        held = self._open.pop(key, None)
        if held is not None:
            held.close()


def _runs(medium: Medium, pieces: np.ndarray, start: int) -> Iterator[_Span]:
    """Stretches of a clip that begins at `start` in which all frames lie in one piece."""
    edges = [0, *(np.flatnonzero(np.diff(pieces)) + 1).tolist(), len(pieces)]
    for first, stop in pairwise(edges):
        yield _Span(medium, int(pieces[first]), start + first, start + stop)


def _raw_bytes(medium: Medium) -> int:
    """Bytes of the planes of a frame."""
    video, fmt = medium.video, medium.video.format
    chroma = 0 if fmt.name.startswith("gray") else 2 / (1 << fmt.sub_x + fmt.sub_y)
    samples = video.width * video.height * (1 + chroma + video.has_alpha)
    return int(samples * (1 if fmt.bits == 8 else 2))


def _told(reader: Reader, first: int, stop: int, progress: Progress) -> Iterator[Picture]:
    for picture in reader.frames(first, stop):
        progress.report(EXACT, picture.index - first, stop - first)
        yield picture
