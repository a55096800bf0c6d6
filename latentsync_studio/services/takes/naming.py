"""Which take of which span is meant, and the project that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec.structs import replace

from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.errors import InputError, InvalidEditError
from latentsync_studio.core.ranges import FrameRange  # noqa: TC001 - msgspec reads it
from latentsync_studio.core.timeline.check import called, find_sequence
from latentsync_studio.core.timeline.edits.takes import choose_take, release_takes, take_of
from latentsync_studio.core.timeline.edits.trim import trim_head, trim_tail
from latentsync_studio.core.timeline.model import (
    ClipId,
    SequenceId,
    TakeId,
)
from latentsync_studio.services.timeline.takes import placed

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.model import Clip, Project, Sequence, Track

OWN = "Own settings"  # how the clip without a take is called
SOURCE = TakeId(
    "source"
)  # stands for the clip as it was filmed; takes have ids of "v" and a number
SOURCE_NAME = "Source"


class TakeRef(msgspec.Struct, frozen=True):
    """A take of a span; `text` and `of` carry it through places that hold only text.

    Attributes:
        sequence: of the clip.
        clip: on a video track.
        take: "" is the clip with its own settings, `SOURCE` the clip as it was filmed.
        frames: of the medium's grid.
    """

    sequence: SequenceId
    clip: ClipId
    take: TakeId
    frames: FrameRange

    def text(self) -> str:
        """The same as text."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def of(cls, text: str) -> TakeRef:
        """Read what `text` wrote; raise InputError for anything else."""
        try:
            return msgspec.json.decode(text, type=decodable(cls))
        except (msgspec.MsgspecError, InvalidEditError) as error:
            raise InputError(
                f"{text[:80]!r} names no take: {error}.", remedy="Choose the take again."
            ) from error


class ShownTake(NamedTuple):
    """A document in which a take holds, and where it is seen.

    Attributes:
        project: give this to the viewer, to synthesis or to export.
        frames: of the sequence.
    """

    project: Project
    frames: FrameRange


def shown_take(project: Project, ref: TakeRef) -> ShownTake:
    """The document as it is when a take is chosen; the given one stays as it is.

    Raises:
        InvalidEditError: there is no such clip or take, or the clip shows nothing of the frames.
    """
    project = _unlocked(project, ref)
    _, _, clip = placed(project, ref.sequence, ref.clip)
    if ref.take == SOURCE:
        made = _undriven(project, ref)
    elif ref.take:
        take = take_of(clip, ref.take)
        if ref.frames.intersection(take.frames) != ref.frames:
            raise InvalidEditError(
                f"{take.name} is a take of frames {take.frames.start}..{take.frames.stop}, not of"
                f" {ref.frames.start}..{ref.frames.stop}."
            )
        made = choose_take(project, ref.clip, ref.take)
    else:
        made = release_takes(project, ref.clip, ref.frames)
    return ShownTake(made, placed_span(clip, ref.frames))


def alone(project: Project, ref: TakeRef) -> ShownTake:
    """As `shown_take`, with a clip that is no longer than the span: to measure just that."""
    shown = shown_take(project, ref)
    _, _, clip = placed(shown.project, ref.sequence, ref.clip)
    made = trim_head(shown.project, ref.clip, shown.frames.start - clip.start, linked=False)
    made = trim_tail(made, ref.clip, shown.frames.stop - clip.stop, linked=False)
    return ShownTake(made, shown.frames)


def placed_span(clip: Clip, frames: FrameRange) -> FrameRange:
    """Where a clip shows frames of the medium's grid, in frames of the sequence.

    Raises:
        InvalidEditError: it shows none of them.
    """
    found = frames.intersection(clip.source)
    if found is None:
        raise InvalidEditError(
            f"{called(clip)} shows nothing of frames {frames.start}..{frames.stop} of its medium.",
            remedy="Trim the clip so that it does, or remove the take.",
        )
    return found.shifted(clip.start - clip.source.start)


def name_of(clip: Clip, take: TakeId) -> str:
    """What people call a take of a clip."""
    if take == SOURCE:
        return SOURCE_NAME
    return take_of(clip, take).name if take else OWN


def spans_of(clip: Clip) -> tuple[FrameRange, ...]:
    """The spans that a clip has takes of and shows, by their first frames."""
    return tuple(
        sorted({take.frames for take in clip.takes if take.frames.intersection(clip.source)})
    )


def span_at(clip: Clip, frame: int) -> FrameRange | None:
    """The shortest span with takes at a frame of the medium's grid; None where there is none."""
    found = [span for span in spans_of(clip) if frame in span]
    return min(found, key=len, default=None)


def refs_of(
    project: Project, sequence: SequenceId, clip: ClipId, frames: FrameRange
) -> tuple[TakeRef, ...]:
    """The clip's own settings and all takes that could hold on all of a span, as they were made.

    Raises:
        InvalidEditError: there is no such clip, or it shows nothing of the span.
    """
    _, _, found = placed(project, sequence, clip)
    shown = placed_span(found, frames)
    span = shown.shifted(found.source.start - found.start)
    fitting = (take.id for take in found.takes if span == span.intersection(take.frames))
    return tuple(TakeRef(sequence, clip, take, span) for take in (TakeId(""), *fitting))


def source_of(ref: TakeRef) -> TakeRef:
    """The source of the same span, to compare takes with."""
    return TakeRef(ref.sequence, ref.clip, SOURCE, ref.frames)


def _undriven(project: Project, ref: TakeRef) -> Project:
    """The same sounds, but none of them drives a lip."""
    sequence = find_sequence(project, ref.sequence)
    tracks = tuple(replace(each, speech=None) for each in sequence.tracks)
    return _with_tracks(project, sequence, tracks)


def _unlocked(project: Project, ref: TakeRef) -> Project:
    """What only looks must not be stopped by a lock."""
    sequence, track, _ = placed(project, ref.sequence, ref.clip)
    if not track.is_locked:
        return project
    tracks = tuple(
        replace(each, is_locked=False) if each is track else each for each in sequence.tracks
    )
    return _with_tracks(project, sequence, tracks)


def _with_tracks(project: Project, sequence: Sequence, tracks: tuple[Track, ...]) -> Project:
    return replace(
        project,
        sequences=tuple(
            replace(each, tracks=tracks) if each is sequence else each for each in project.sequences
        ),
    )
