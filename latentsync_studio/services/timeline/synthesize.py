"""Draw what is missing of a sequence: patches of the driven clips, into the store.

    clip -> take -> windows that it shows -> those without patches: decode -> engine -> store

Nothing that verifies in the store is drawn again; stopped at any moment, the same request goes on.
"""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from latentsync_studio.core.errors import NothingToDoError, StudioError
from latentsync_studio.core.timeline.check import find_sequence
from latentsync_studio.core.timeline.showing import drivers_of, reach_of
from latentsync_studio.services.read_ahead import ReadAhead
from latentsync_studio.services.timeline.passing import passed_frames
from latentsync_studio.services.timeline.requests import (
    FrameDone,
    SynthesisReport,
    SynthesisRequest,
)
from latentsync_studio.services.timeline.takes import TakeCache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.render.budget import WorkBudget
    from latentsync_studio.core.timeline.model import ClipId, Project, SequenceId
    from latentsync_studio.services.request import PassedThrough
    from latentsync_studio.services.timeline.face_take import FaceTake
    from latentsync_studio.services.timeline.takes import ClipTake
    from latentsync_studio.services.wiring import Services

__all__ = [
    "FrameDone",
    "SynthesisReport",
    "SynthesisRequest",
    "Told",
    "driven_clips",
    "synthesize",
]

SYNTHESIZE = "synthesize"
NOTE_EVERY = 8  # windows between two receipts


@dataclass(slots=True)
class _Sum:
    """What came together up to now."""

    frames: int = 0
    drawn: int = 0
    engine_calls: int = 0
    total: int = 0
    passed: list[PassedThrough] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    engine: str = ""
    device: str = ""


def synthesize(
    request: SynthesisRequest,
    services: Services,
    progress: Progress,
    finished: Callable[[FrameDone], None] | None = None,
    takes: TakeCache | None = None,
) -> SynthesisReport:
    """Draw everything that is asked for and not in the store.

    Args:
        request: what.
        services: store and digests.
        progress: told of the stages "analyse", "speech" and "synthesize" (frames of media).
        finished: told of every newly drawn frame, in order, in the calling thread.
        takes: share opened engines with others.

    Raises:
        InputError: nothing is driven by speech, or a medium is offline or unreadable.
        Cancelled: stopped; what is drawn is kept.
        DiskFullError, StorageError: the store cannot be written.
    """
    started = time.monotonic()
    takes = takes if takes is not None else TakeCache(services)
    told = None if finished is None else Told(request.sequence, finished)
    clips = _wanted(request)
    total = _Sum()
    for clip in clips:
        take = takes.get(request.project, request.sequence, clip, progress)
        frames = take.shown if request.frames is None else take.shown.intersection(request.frames)
        if frames is not None:
            _ClipRun(take, frames, progress, told).run(total, services.budget)
    return SynthesisReport(
        frames=total.frames,
        drawn=total.drawn,
        engine_calls=total.engine_calls,
        windows_total=total.total,
        windows_reused=total.total - total.engine_calls,
        passed_through=tuple(total.passed),
        engine=total.engine,
        device=total.device,
        seconds=round(time.monotonic() - started, 3),
        notes=tuple(dict.fromkeys(total.notes)),
    )


def driven_clips(project: Project, sequence_id: SequenceId) -> tuple[ClipId, ...]:
    """Clips of a sequence whose mouths follow a lane, from the lowest track, by start."""
    sequence = find_sequence(project, sequence_id)
    return tuple(
        clip.id
        for track in sequence.tracks
        if track.kind == "video"
        for clip in track.clips
        if drivers_of(project, sequence, track, clip)
    )


def _wanted(request: SynthesisRequest) -> tuple[ClipId, ...]:
    sequence = find_sequence(request.project, request.sequence)
    driven = driven_clips(request.project, request.sequence)
    clips = tuple(clip for clip in driven if not request.clips or clip in request.clips)
    if request.frames is not None:
        clips = tuple(
            clip.id
            for track in sequence.tracks
            for clip in track.clips
            if clip.id in clips and reach_of(track, clip).intersection(request.frames)
        )
    if not clips:
        raise NothingToDoError(
            "There is nothing to synthesize: no speech lane plays under these clips.",
            remedy="Mark an audio track as driving the lips, and lay its speech under a clip.",
        )
    return clips


class _ClipRun:
    """Draws the missing windows of one clip."""

    def __init__(
        self,
        take: ClipTake,
        frames: FrameRange,
        progress: Progress,
        told: Told | None,
    ) -> None:
        self._take, self._frames, self._progress, self._told = take, frames, progress, told
        self._shown = take.frames_at(frames)

    def run(self, total: _Sum, budget: WorkBudget) -> None:
        """Draw; add to `total` what was done."""
        take = self._take
        total.frames += len(self._frames)
        total.notes += [take.note] if take.note else []
        total.passed += passed_frames(take, self._frames)
        drawn: set[int] = set()
        for face in take.faces:
            windows = face.windows_of(self._shown.tolist())
            total.total += len(windows)
            total.engine, total.device = face.parts.engine.spec.id, face.parts.engine.spec.device
            before = face.counts.engine_calls
            try:
                self._draw(face, windows, budget)
            finally:
                total.engine_calls += face.counts.engine_calls - before
            drawn |= {frame for window in windows for frame in window}
        total.drawn += sum(frame in drawn for frame in self._shown.tolist())

    def _draw(self, face: FaceTake, windows: tuple[FrameRange, ...], budget: WorkBudget) -> None:
        if not all(face.knows(window) for window in windows):
            face.open(self._progress)
        missing = [window for window in windows if not face.is_stored(window)]
        if missing:
            face.open(self._progress)
            face.note([])  # with their keys others find the patches as they are finished
        total = sum(map(len, windows))
        done = total - sum(map(len, missing))
        self._progress.report(SYNTHESIZE, done, total)
        made: list[FrameRange] = []
        try:
            for window in _drawn(face, missing, self._progress, budget):
                made.append(window)
                done += len(window)
                self._tell(window)
                if len(made) % NOTE_EVERY == 0:
                    face.note(made)
                self._progress.report(SYNTHESIZE, done, total)
        finally:
            with suppress(StudioError):  # a hint only; what stopped the work is told instead
                face.note(made)
        face.note(windows)

    def _tell(self, window: FrameRange) -> None:
        if self._told is None:
            return
        for at, frame in enumerate(self._shown.tolist()):
            if frame in window:
                self._told.tell(self._take, self._frames.start + at, frame)


@dataclass(frozen=True, slots=True)
class Told:
    """Whom to tell of finished frames of a sequence."""

    sequence: SequenceId
    finished: Callable[[FrameDone], None]

    def tell(self, take: ClipTake, frame: int, take_frame: int) -> None:
        """Frame `frame` of the sequence, `take_frame` of the take, has its patches."""
        self.finished(
            FrameDone(
                sequence=self.sequence,
                frame=frame,
                media=take.medium.item.id,
                media_frame=int(take.axis.source[take_frame]),
            )
        )


def _drawn(
    face: FaceTake, windows: list[FrameRange], progress: Progress, budget: WorkBudget
) -> Iterator[FrameRange]:
    """Draw windows in order: one thread decodes, others draw; each comes out when it is stored."""
    if not windows:
        return
    video = face.parts.axis.medium.video
    frame_bytes = video.width * video.height * (2 if video.format.bits == 8 else 4)
    ahead = budget.windows_ahead(max(map(len, windows)) * frame_bytes)
    waiting: deque[tuple[FrameRange, Future[object]]] = deque()
    with (
        ThreadPoolExecutor(budget.workers, thread_name_prefix="window") as pool,
        ReadAhead(_decoded(face, windows), ahead) as batches,
    ):
        try:
            for window, pictures in batches:
                progress.check()
                waiting.append((window, pool.submit(face.patches, window, pictures, progress)))
                if len(waiting) > budget.workers:
                    yield _ended(waiting)
            while waiting:
                yield _ended(waiting)
        finally:
            for _, future in waiting:
                future.cancel()


def _ended(waiting: deque[tuple[FrameRange, Future[object]]]) -> FrameRange:
    window, future = waiting.popleft()
    future.result()
    return window


def _decoded(
    face: FaceTake, windows: list[FrameRange]
) -> Iterator[tuple[FrameRange, list[Picture]]]:
    source = face.parts.axis.source
    with face.parts.axis.medium.open() as reader:
        pictures = reader.walk(int(source[frame]) for window in windows for frame in window)
        for window in windows:
            yield window, [next(pictures) for _ in window]
