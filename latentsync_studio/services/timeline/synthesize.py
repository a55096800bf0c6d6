"""Draw what is missing of a sequence: patches of the driven clips, into the store.

    clips -> one after the other: faces -> windows that it shows -> those without patches:
        decode -> engine -> store

Nothing that verifies in the store is drawn again; stopped at any moment, the same request goes on.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from latentsync_studio.core.errors import (
    Cancelled,
    InputError,
    NothingToDoError,
    StudioError,
    to_studio_error,
)
from latentsync_studio.core.timeline.check import find_sequence
from latentsync_studio.core.timeline.document import to_json
from latentsync_studio.core.timeline.showing import drivers_of, reach_of
from latentsync_studio.services.draw_windows import draw_windows
from latentsync_studio.services.ran_on import RanOn
from latentsync_studio.services.timeline.passing import passed_frames
from latentsync_studio.services.timeline.requests import (
    FrameDone,
    SynthesisReport,
    SynthesisRequest,
)
from latentsync_studio.services.timeline.takes import TakeCache, told_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from latentsync_studio.core.engine import Running
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
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
    "frames_asked_for",
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
    ran_on: RanOn = field(default_factory=RanOn)


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
        progress: told of the stages "analyse", "speech" and "synthesize" (frames of all clips, as
            `frames_asked_for` counts them). All media are opened before the first frame is drawn,
            but a medium is analysed only when its first clip is next.
        finished: told of every newly drawn frame, in order, in the calling thread.
        takes: share opened engines with others.

    Raises:
        InputError: nothing is driven by speech, or a medium is offline or unreadable.
        Cancelled: stopped; what is drawn is kept.
        DiskFullError, StorageError: the store cannot be written.
    """
    started = time.monotonic()
    engines = services.engines.chosen(request.weights, next(iter(request.devices), ""))
    if engines is not services.engines:
        services, takes = replace(services, engines=engines), None  # those of others are elsewhere
    takes = takes if takes is not None else TakeCache(services)
    told = None if finished is None else Told(request.sequence, finished)
    total = _Sum()
    shown = _shown(request)
    count = _Count(sum(map(len, shown.values())), progress)
    for clip, frames in shown.items():
        take = takes.get(request.project, request.sequence, clip, progress, analyse=False)
        if take.is_analysed:  # else nothing of it can be drawn yet
            at = take.frames_at(frames).tolist()
            missing = _missing(take.faces, at)
            count.parts[clip] = sum(frame not in missing for frame in at)
    for clip, frames in shown.items():
        take = takes.get(request.project, request.sequence, clip, progress)
        asked = _Asked(request, services, progress, told, count)
        _ClipRun(take, frames, asked).run(total)
    return SynthesisReport(
        frames=total.frames,
        drawn=total.drawn,
        engine_calls=total.engine_calls,
        windows_total=total.total,
        windows_reused=total.total - total.engine_calls,
        passed_through=tuple(total.passed),
        **total.ran_on.fields(),
        seconds=round(time.monotonic() - started, 3),
        notes=tuple(dict.fromkeys((*total.notes, *total.ran_on.notes))),
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


def frames_asked_for(request: SynthesisRequest) -> int:
    """How many frames are to show redrawn mouths; under a dissolve each clip has its own.

    Raises:
        InputError: as `synthesize`, where nothing is driven by speech.
    """
    return sum(map(len, _shown(request).values()))


def _shown(request: SynthesisRequest) -> dict[ClipId, FrameRange]:
    """The clips to draw, each with the frames of the sequence that may show it."""
    sequence = find_sequence(request.project, request.sequence)
    driven = driven_clips(request.project, request.sequence)
    reach = {clip.id: reach_of(track, clip) for track in sequence.tracks for clip in track.clips}
    unknown = [clip for clip in request.clips if clip not in reach]
    if unknown:
        raise InputError(
            f"There is no clip {unknown[0]!r} in the sequence {sequence.name!r}.",
            remedy=f"Driven by speech are: {', '.join(driven) or 'none'}.",
        )
    shown: dict[ClipId, FrameRange] = {}
    for clip in driven:
        if request.clips and clip not in request.clips:
            continue
        frames = reach[clip]
        part = frames if request.frames is None else frames.intersection(request.frames)
        if part is not None:
            shown[clip] = part
    if not shown:
        raise NothingToDoError(
            "There is nothing to synthesize: no speech lane plays under these clips.",
            remedy="Mark an audio track as driving the lips, and lay its speech under a clip.",
        )
    return shown


@dataclass(slots=True)
class _Count:
    """Frames of the whole request that are finished, clip by clip."""

    total: int
    progress: Progress
    parts: dict[ClipId, int] = field(default_factory=dict)

    def tell(self, clip: ClipId, done: int) -> None:
        """Report that `done` frames of a clip are finished."""
        self.parts[clip] = done
        self.progress.report(SYNTHESIZE, sum(self.parts.values()), self.total)


def _missing(faces: Iterable[FaceTake], shown: list[int]) -> set[int]:
    """Frames of a take without patches of all faces, as far as is known without an engine."""
    return {
        frame
        for face in faces
        for window in face.windows_of(shown)
        if not (face.knows(window) and face.is_stored(window))
        for frame in window
    }


@dataclass(frozen=True, slots=True)
class _Asked:
    """What all clips of a request share."""

    request: SynthesisRequest
    services: Services
    progress: Progress
    told: Told | None
    count: _Count


class _ClipRun:
    """Draws the missing windows of one clip."""

    def __init__(self, take: ClipTake, frames: FrameRange, asked: _Asked) -> None:
        self._take, self._frames, self._asked = take, frames, asked
        self._progress, self._told, self._count = asked.progress, asked.told, asked.count
        self._elsewhere: tuple[tuple[str, Running], ...] = ()
        self._shown: list[int] = take.frames_at(frames).tolist()

    def run(self, total: _Sum) -> None:
        """Draw; add to `total` what was done."""
        take = self._take
        total.frames += len(self._frames)
        total.notes += [take.note] if take.note else []
        total.passed += passed_frames(take, self._frames)
        drawn: set[int] = set()
        for number, face in enumerate(take.faces):
            windows = face.windows_of(self._shown)
            total.total += len(windows)
            before = face.counts.engine_calls
            try:
                self._draw(number, windows)
                face.note_failure("")
            except Cancelled:
                raise
            except Exception as error:
                known = to_studio_error(error)
                face.note_failure(told_of(known))
                raise
            finally:
                total.engine_calls += face.counts.engine_calls - before
                for engine, running in self._elsewhere or face.ran():
                    total.ran_on.add(engine, running)
            drawn |= {frame for window in windows for frame in window}
        total.drawn += sum(frame in drawn for frame in self._shown)
        self._count.tell(take.clip.id, len(self._shown))

    def _draw(self, number: int, windows: tuple[FrameRange, ...]) -> None:
        """Draw what is missing of a face, the `number`-th of the clip."""
        face = self._take.faces[number]
        unknown = [window for window in windows if not face.knows(window)]
        if unknown:
            face.open_for(unknown, self._progress)
        missing = [window for window in windows if not face.is_stored(window)]
        if missing:
            face.open_for(missing, self._progress)
            face.note([])  # with their keys others find the patches as they are finished
        shows = Counter(self._shown)
        later = _missing(self._take.faces[number + 1 :], self._shown)
        unfinished = later.union(*missing)
        done = sum(n for frame, n in shows.items() if frame not in unfinished)
        self._count.tell(self._take.clip.id, done)
        made: list[FrameRange] = []
        try:
            for window in self._drawn(number, missing):
                made.append(window)
                done += sum(shows[frame] for frame in window if frame not in later)
                self._tell(window)
                if len(made) % NOTE_EVERY == 0:
                    face.note(made)
                self._count.tell(self._take.clip.id, done)
        finally:
            with suppress(StudioError):  # a hint only; what stopped the work is told instead
                face.note(made)
        face.note(windows)

    def _drawn(self, number: int, windows: list[FrameRange]) -> Iterator[FrameRange]:
        """Draw windows of a face in order, here or, where there are several devices, on those."""
        face, asked = self._take.faces[number], self._asked
        if len(asked.request.devices) < 2 or not windows:
            budget = asked.services.budget.for_windows(face.at_once())
            yield from draw_windows(face, windows, self._progress, budget)
            return
        from latentsync_studio.services.fleet import Fleet, TakeShare, dealt, shares_of

        share = TakeShare(
            project=to_json(asked.request.project).decode(),
            sequence=asked.request.sequence,
            clip=self._take.clip.id,
            face=number,
            weights=str(asked.request.weights or ""),
        )
        dealt_out = dealt(face.together(windows), asked.request.devices)
        shares = shares_of(share, dealt_out, asked.services)
        with Fleet(shares, asked.services.store.root) as fleet:
            for window in windows:
                face.take_over(window, fleet.wait(window, self._progress))
                yield window
            self._elsewhere += fleet.ran

    def _tell(self, window: FrameRange) -> None:
        if self._told is None:
            return
        for at, frame in enumerate(self._shown):
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
