"""Clips of a sequence that speech drives: their faces, what they hear, and what nobody speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from latentsync_studio.core.preflight import Finding, longest_spans
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.check import find_media
from latentsync_studio.services.analyse import stored_people
from latentsync_studio.services.preflight.faces import nobody, of_track
from latentsync_studio.services.preflight.sound import SoundPlace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from latentsync_studio.core.arrays import Bools
    from latentsync_studio.core.preflight import Span
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline import model
    from latentsync_studio.core.timeline.showing import Driver
    from latentsync_studio.services.preflight.faces import SeenFaces
    from latentsync_studio.services.timeline.medium import Medium
    from latentsync_studio.services.wiring import Services

_MATTERS_S = 0.5  # shorter gaps between clip and speech are a matter of taste


class Driven(NamedTuple):
    """A clip that speech drives.

    Attributes:
        clip: the clip.
        frames: of the sequence that it shows, and that are asked for.
        drivers: its faces with the lanes that drive them.
    """

    clip: model.Clip
    frames: FrameRange
    drivers: tuple[Driver, ...]

    @property
    def is_chosen(self) -> bool:
        """Whether the user said which face a lane drives."""
        return any(
            choice.media == self.clip.media
            for driver in self.drivers
            for lane in driver.lanes
            for choice in (lane.speech.faces if lane.speech else ())
        )


def seen_of(  # noqa: PLR0913, PLR0917 - whose face, and what of it may be asked
    each: Driven,
    face: int,
    medium: Medium,
    sequence: model.Sequence,
    services: Services,
    deadline: float,
    progress: Progress,
) -> tuple[SeenFaces | None, int]:
    """What is known of a face at the clip's frames; frames of the medium nobody looked at yet."""
    from latentsync_studio.services.preflight.face_sampling import sample_faces

    at = np.arange(each.frames.start, each.frames.stop, dtype=np.int32)
    grid = range(each.clip.source_at(each.frames.start), each.clip.source_at(each.frames.stop))
    numbers = medium.shown(grid, sequence.rate)
    people = stored_people(medium.digest, medium.index.n_frames, services.store)
    if people is None:
        with medium.open() as reader:
            return sample_faces(reader, numbers, at, deadline, progress), medium.index.n_frames
    if face >= len(people):
        return nobody(at), 0
    return of_track(people[face], numbers, at, len(people)), 0


def sound_media(
    project: model.Project, sequence: model.Sequence, driven: Iterable[Driven]
) -> Iterator[tuple[model.MediaItem, SoundPlace]]:
    """Media of the lanes under the clips, each once, with where its seconds are heard."""
    wanted = [(each.frames, lane) for each in driven for d in each.drivers for lane in d.lanes]
    seen: set[str] = set()
    for frames, lane in wanted:
        for piece in lane.clips:
            if not piece.is_enabled or piece.media in seen or not _meets(piece.placed, frames):
                continue
            seen.add(piece.media)
            item = find_media(project, piece.media)
            uses = [
                c for _, each in wanted for c in each.clips if c.media == item.id and c.is_enabled
            ]
            yield item, _sound_place(item, list(dict.fromkeys(uses)), sequence)


def _sound_place(
    item: model.MediaItem, uses: Sequence[model.Clip], sequence: model.Sequence
) -> SoundPlace:
    rate = float(sequence.rate.fraction)

    def span_of(start: float, stop: float) -> Span | None:
        first, last = round(start * rate), round(stop * rate)
        for clip in uses:
            part = FrameRange(first, max(last, first + 1)).intersection(clip.source)
            if part is not None:
                moved = part.shifted(clip.start - clip.source.start)
                return moved.start, moved.stop
        return None

    return SoundPlace(subject=item.name, subject_id=str(item.id), span_of=span_of)


def lane_findings(
    project: model.Project,
    sequence: model.Sequence,
    driven: Sequence[Driven],
    *,
    whole: bool,
) -> Iterator[Finding]:
    """Clips under which nobody speaks for a while, and speech that nobody shows.

    whole: all driven clips are looked at, so that the rest of the speech has no picture.
    """
    rate = float(sequence.rate.fraction)
    for each in driven:
        yield from _unspoken(project, each, rate)
    if whole and driven:
        yield from _unseen(driven, sequence, rate)


def _unspoken(project: model.Project, each: Driven, rate: float) -> Iterator[Finding]:
    """Frames of a clip without any sound on its lanes."""
    heard = _covered(each.frames, (lane for d in each.drivers for lane in d.lanes))
    count = int((~heard).sum())
    if count / rate < _MATTERS_S:
        return
    name = each.clip.name or find_media(project, each.clip.media).name
    yield Finding(
        id="length",
        severity="info",
        sentence=f"{count / rate:.1f} s of the clip have no speech under them ({count:,} of"
        f" {len(each.frames):,} frames): the mouth rests there.",
        numbers={"clip_s": round(len(each.frames) / rate, 3), "gap_s": round(count / rate, 3)},
        actions=("jump",),
        subject=name,
        subject_id=str(each.clip.id),
        spans=_runs(~heard, each.frames.start),
    )


def _unseen(driven: Sequence[Driven], sequence: model.Sequence, rate: float) -> Iterator[Finding]:
    """Speech during which no driven clip is shown."""
    lanes = {lane.id: lane for each in driven for d in each.drivers for lane in d.lanes}
    frames = FrameRange(0, max(sequence.stop, 1))
    spoken = _covered(frames, lanes.values())
    shown = np.zeros(len(frames), np.bool_)
    for track in sequence.tracks:
        for clip in track.clips if track.kind == "video" and not track.is_muted else ():
            shown[clip.start : clip.stop] |= clip.is_enabled
    missing = spoken & ~shown
    count = int(missing.sum())
    if count / rate < _MATTERS_S:
        return
    yield Finding(
        id="speech-unseen",
        severity="warning",
        sentence=f"{count / rate:.1f} s of the speech play while no picture is shown.",
        numbers={"gap_s": round(count / rate, 3)},
        actions=("jump", "length-policy"),
        spans=_runs(missing, 0),
    )


def _covered(frames: FrameRange, lanes: Iterable[model.Track]) -> Bools:
    """(n,) whether a clip of the lanes plays at each of the frames."""
    found = np.zeros(len(frames), np.bool_)
    for lane in lanes:
        for piece in lane.clips:
            part = piece.placed.intersection(frames) if piece.is_enabled else None
            if part is not None:
                found[part.start - frames.start : part.stop - frames.start] = True
    return found


def _runs(chosen: Bools, start: int) -> tuple[Span, ...]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]]).astype(np.int8)))
    return longest_spans((int(a) + start, int(b) + start) for a, b in edges.reshape(-1, 2))


def _meets(one: FrameRange, other: FrameRange) -> bool:
    return one.intersection(other) is not None
