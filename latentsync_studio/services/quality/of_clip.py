"""What a clip of a timeline shows now, measured: stored patches composed, no engine asked."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from latentsync_studio.core.errors import NothingToDoError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.services.compose import compose_frame, sides_of
from latentsync_studio.services.look import LookPlan
from latentsync_studio.services.quality.kept import KIND, load_clip, save_clip
from latentsync_studio.services.quality.meter import METER_VERSION, FrameMeter, Seen, noting
from latentsync_studio.services.quality.summing import (
    SUMMING_VERSION,
    Shown,
    heard_closures,
    quality_of,
)
from latentsync_studio.services.quality.table import joined
from latentsync_studio.services.timeline.face_take import NotAnalysedError
from latentsync_studio.services.timeline.lane import lane_sound
from latentsync_studio.services.timeline.takes import placed

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from latentsync_studio.core.arrays import F32, F64, I32
    from latentsync_studio.core.engine import Patch
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.quality.curves import ClipQuality, Closure
    from latentsync_studio.core.speech.shapes import SpeechShapes
    from latentsync_studio.core.timeline.model import Clip, ClipId, Project, SequenceId
    from latentsync_studio.imaging.masked import Look
    from latentsync_studio.services.quality.clip_networks import ClipFilm
    from latentsync_studio.services.quality.meter import Part
    from latentsync_studio.services.quality.table import FrameTable
    from latentsync_studio.services.quality.weighted import Wanted
    from latentsync_studio.services.timeline.face_take import FaceTake
    from latentsync_studio.services.timeline.takes import ClipTake, TakeCache
    from latentsync_studio.services.wiring import Services

MEASURE: Final = "measure"  # stage of the progress
_ALL: Final = slice(None)


def measure_clip(  # noqa: PLR0913 - which clip, with what, and what beyond the usual
    project: Project,
    sequence_id: SequenceId,
    clip_id: ClipId,
    services: Services,
    takes: TakeCache,
    progress: Progress,
    *,
    wanted: Wanted | None = None,
) -> ClipQuality:
    """Measure a clip as it is composed now, or take it from the store where nothing changed.

    Frames are those of the clip's own time (`clip.source`), so that moving it changes nothing.
    Frames that are not synthesized yet are unknown, and a note counts them. Where several faces are
    driven, the first one is measured, on pictures that show all. What `wanted` names is measured
    with networks too, where it is not known yet, and kept with the rest; where that cannot be,
    notes of what is returned say why.

    Raises:
        NothingToDoError: no face of the clip is redrawn.
        InputError: the medium is offline or unreadable.
        InvalidEditError: there is no such clip.
        Cancelled: the user stopped it.
    """
    work = open_clip(project, sequence_id, clip_id, takes, progress)
    key = work.key()
    found = load_clip(key, services)
    if found is None:
        shapes = lane_sound(work.face.parts.lane, services, progress).shapes
        found = work.measured(shapes, progress)
        save_clip(key, found, services)
    return found if wanted is None else _with_networks(work, found, wanted, services, progress)


def _with_networks(
    work: ClipWork, found: ClipQuality, wanted: Wanted, services: Services, progress: Progress
) -> ClipQuality:
    """With figures of networks that are unknown; known ones are kept, reasons are not."""
    from latentsync_studio.services.quality.clip_networks import clip_networks, lacking
    from latentsync_studio.services.quality.weighted import Weighted

    wanted = lacking(found, wanted)
    if not wanted.groups:
        return found
    weighted = Weighted()
    if work.is_drawn:
        film = work.film(lane_sound(work.face.parts.lane, services, progress).pcm, progress)
        weighted = clip_networks(film, wanted, services, progress)
    for group in () if work.is_drawn else wanted.groups:
        weighted.deny(group, "Frames of the clip are not synthesized yet.")
    if weighted.figures:
        found = found.with_figures(weighted.figures)
        save_clip(work.key(), found, services)
    return found.with_figures({}, *weighted.notes())


def kept_quality(
    project: Project,
    sequence_id: SequenceId,
    clip_id: ClipId,
    services: Services,
    takes: TakeCache,
    progress: Progress,
) -> ClipQuality | None:
    """What `measure_clip` would give, if it is in the store; quick, opens no engine.

    Raises as `measure_clip`.
    """
    return load_clip(open_clip(project, sequence_id, clip_id, takes, progress).key(), services)


def open_clip(
    project: Project,
    sequence_id: SequenceId,
    clip_id: ClipId,
    takes: TakeCache,
    progress: Progress,
) -> ClipWork:
    """A clip as it is composed now.

    Raises as `measure_clip`.
    """
    sequence, _, clip = placed(project, sequence_id, clip_id)
    take = takes.get(project, sequence_id, clip_id, progress)
    if not take.faces:
        raise NothingToDoError(
            f"Nothing of this clip is redrawn. {take.note}".strip(),
            remedy="Lay speech under it and synthesize it.",
        )
    return ClipWork(
        clip=clip,
        take=take,
        look=LookPlan.of(project, clip, takes.paintings),
        at=take.axis.frames_at(clip.source),
        seconds=_seconds(take, clip, float(sequence.rate.fraction)),
        rate=float(sequence.rate.fraction),
    )


def _seconds(take: ClipTake, clip: Clip, rate: float) -> F64:
    """(T,) middle of each frame of the clip on the axis's clock."""
    first = clip.source.start - take.axis.base
    return np.asarray((first + np.arange(len(clip.source)) + 0.5) / rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipWork:
    """A clip on its way.

    Attributes:
        at: (T,) frames of the take that it shows.
        seconds: (T,) of its frames.
        rate: frames a second.
    """

    clip: Clip
    take: ClipTake
    look: LookPlan
    at: I32
    seconds: F64
    rate: float

    @property
    def face(self) -> FaceTake:
        """The one that is measured."""
        return self.take.faces[0]

    @property
    def is_drawn(self) -> bool:
        """Whether there are patches for every frame that is redrawn."""
        return all(
            _is_stored(face, window)
            for face in self.take.faces
            for window in face.windows_of(self.at.tolist())
        )

    def film(self, pcm: F32, progress: Progress) -> ClipFilm:
        """What networks look at; `pcm` is what the take hears."""
        from latentsync_studio.services.quality.clip_networks import ClipFilm

        video = self.take.medium.video
        return ClipFilm(
            pairs=lambda: self._pairs(progress),
            source=self.take.axis.source[self.at],
            rate=self.rate,
            first_s=float(self.seconds[0]) - 0.5 / self.rate,
            size=(video.width, video.height),
            face=self.face.face,
            path=self.take.medium.path,
            pcm=pcm,
        )

    def key(self) -> str:
        """Digest of everything that shapes the figures."""
        faces = [
            (
                face.parts.take_key,
                [_shown(face, window) for window in face.windows_of(self.at.tolist())],
            )
            for face in self.take.faces
        ]
        return cache_key(
            KIND,
            meter=METER_VERSION,
            summing=SUMMING_VERSION,
            faces=faces,
            look=self.look.key(list(self.clip.source)),
            frames=self.clip.source,
            grid=self.rate,
        )

    def measured(self, shapes: SpeechShapes, progress: Progress) -> ClipQuality:
        """Compose and measure every frame."""
        closures = heard_closures(shapes, self.seconds)
        meter = FrameMeter.for_rate(self.rate).watching(self._around(closures))
        table, missing = self._table(meter, progress)
        take, face = self.take, self.face
        shown = Shown(
            frames=self.clip.source,
            rate=Fraction(self.rate).limit_denominator(100_000),
            seconds=self.seconds,
            source=take.axis.source[self.at],
            face=face.face,
            windows=self._windows(),
            engine=face.parts.spec.id,
        )
        notes = []
        if missing:
            notes.append(f"{missing} of {len(self.at)} frames are not synthesized yet.")
        if len(take.faces) > 1:
            notes.append(f"Measured on face {face.face.id}; {len(take.faces)} are redrawn.")
        return quality_of(shown, table, shapes, notes=tuple(notes))

    def _table(self, meter: FrameMeter, progress: Progress) -> tuple[FrameTable | None, int]:
        """What was measured, and the number of frames that are not synthesized."""
        tables: list[FrameTable] = []
        run, missing = None, 0
        total = len(self.at)
        for number, (picture, patches) in enumerate(self.pictures(progress)):
            if patches is None:
                missing += 1
                if run is not None:
                    tables.append(run.table())
                run = None
            else:
                run = run if run is not None else meter.begin()
                run.add(self._seen(number, picture, patches))
            progress.report(MEASURE, number + 1, total)
        if run is not None:
            tables.append(run.table())
        return (joined(tables) if tables else None), missing

    def pictures(
        self, progress: Progress, numbers: slice | list[int] = _ALL
    ) -> Generator[tuple[Picture, list[Patch | None] | None]]:
        """Source pictures with a patch of each face; None instead where one is missing.

        numbers: which frames, counted from the clip's first one.
        """
        at = self.at[numbers]
        source = self.take.axis.source[at]
        held = [_Held(face) for face in self.take.faces]
        with self.take.medium.open() as reader:
            pictures = reader.walk(int(number) for number in source)
            for frame, picture in zip(at.tolist(), pictures, strict=True):
                progress.check()
                found = [each.at(frame) for each in held]
                known = [each[0] for each in found if each is not None]
                yield picture, known if len(known) == len(found) else None

    def _pairs(self, progress: Progress) -> Generator[tuple[Picture, Picture]]:
        """(composed, source) of every frame."""
        with closing(self.pictures(progress)) as pictures:
            for number, (picture, patches) in enumerate(pictures):
                yield self.composed(number, picture, patches or [], []), picture

    def composed(
        self, number: int, picture: Picture, patches: list[Patch | None], parts: list[Part]
    ) -> Picture:
        """The picture with its patches; where they show goes to `parts`."""
        frame, result = self.clip.source.start + number, picture
        for face, patch in zip(self.take.faces, patches, strict=False):  # none: nothing is laid
            if patch is None:
                continue
            look = self.look.at(frame, face.face, picture.index)
            result = compose_frame(result, patch, face.face, _watched(look, patch, parts))
        return result

    def _seen(self, number: int, picture: Picture, patches: list[Patch | None]) -> Seen:
        parts: list[Part] = []
        result = self.composed(number, picture, patches, parts)
        track = self.face.face
        is_there = bool(track.present[picture.index])
        return Seen(
            frame=self.clip.source.start + number,
            result=result,
            source=picture,
            landmarks=track.landmarks[picture.index] if is_there else None,
            shot=int(track.shot[picture.index]),
            parts=tuple(parts),
        )

    def _around(self, closures: Sequence[Closure]) -> frozenset[int]:
        """Frames in which lips should be seen to meet, with one on both sides."""
        first, slack = self.clip.source.start, 1.0 / self.rate
        found: set[int] = set()
        for each in closures:
            a = int(np.searchsorted(self.seconds, each.start_s - slack))
            b = int(np.searchsorted(self.seconds, each.end_s + slack, side="right"))
            found |= set(range(first + a, first + b))
        return frozenset(found)

    def _windows(self) -> tuple[FrameRange, ...]:
        """Runs of the clip's frames that lie in the same window."""
        first = self.clip.source.start
        of_frame = [self.face.window_of(at) for at in self.at.tolist()]
        starts = [k for k in range(len(of_frame)) if k == 0 or of_frame[k] != of_frame[k - 1]]
        return tuple(
            FrameRange(first + a, first + b)
            for a, b in zip(starts, [*starts[1:], len(of_frame)], strict=True)
            if of_frame[a] is not None
        )


def _watched(look: Look, patch: Patch, parts: list[Part]) -> Look:
    """A look that notes where a patch shows, and what it goes over into."""
    sides = sides_of(patch)
    seen = replace(look, watch=noting(parts, sides[0]))
    if seen.beside is None:
        return seen
    right = replace(seen.beside.look, watch=noting(parts, sides[-1]))
    return replace(seen, beside=seen.beside._replace(look=right))


class _Held:
    """The window of a face that was read last."""

    def __init__(self, face: FaceTake) -> None:
        self._face = face
        self._window: FrameRange | None = None
        self._patches: dict[int, Patch] | None = {}

    def at(self, frame: int) -> tuple[Patch | None] | None:
        """The patch of a frame of the take, (None,) where none is meant, None: it is missing."""
        window = self._face.window_of(frame)
        if window != self._window:
            self._window, self._patches = window, _stored(self._face, window)
        return None if self._patches is None else (self._patches.get(frame),)


def _is_stored(face: FaceTake, window: FrameRange) -> bool:
    """Whether a window is there; one whose key nobody wrote down was not drawn, and opens none."""
    try:
        return face.knows(window) and face.is_stored(window)
    except NotAnalysedError:
        return False


def _shown(face: FaceTake, window: FrameRange) -> tuple[int, int, str]:
    """A window with what it shows now, which a chosen take may decide; "" where it is missing."""
    key = face.key(window) if _is_stored(face, window) else ""
    return window.start, window.stop, key


def _stored(face: FaceTake, window: FrameRange | None) -> dict[int, Patch] | None:
    """Patches by frame of the take; none where nothing is redrawn, None where they are missing."""
    if window is None:
        return {}
    try:
        patches = face.stored(window) if face.knows(window) else None
    except NotAnalysedError:
        return None
    return None if patches is None else {patch.frame: patch for patch in patches}
