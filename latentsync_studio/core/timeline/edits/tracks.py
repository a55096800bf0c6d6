"""Tracks and sequences: adding, removing, ordering, switches, and which sound drives lips.

Video tracks come first, from the lowest to the top one, then audio tracks from the first:

    V2      index 1      add_track(..., "video", index=1) lays a new one between V1 and V2
    V1      index 0
    A1      index 0
    A2      index 1
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.timeline.check import called, check, find_media, find_sequence
from latentsync_studio.core.timeline.edits.draft import Draft, clamped
from latentsync_studio.core.timeline.model import (
    FaceChoice,
    Sequence,
    SequenceId,
    SpeechLane,
    Track,
    TrackId,
)

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.model import MediaId, Project, TrackKind
    from latentsync_studio.core.timeline.rate import FrameRate


def add_sequence(
    project: Project, name: str, rate: FrameRate, size: tuple[int, int], *, n_tracks: int = 1
) -> Project:
    """Append a sequence of `size` (width, height) px with `n_tracks` video and audio tracks."""
    first = project.next_id
    kinds: list[tuple[TrackKind, str]] = [("video", "V"), ("audio", "A")]
    tracks = [
        Track(
            id=TrackId(f"t{first + 1 + place * n_tracks + n}"), kind=kind, name=f"{letter}{n + 1}"
        )
        for place, (kind, letter) in enumerate(kinds)
        for n in range(n_tracks)
    ]
    sequence = Sequence(
        id=SequenceId(f"s{first}"),
        name=name,
        rate=rate,
        width=size[0],
        height=size[1],
        tracks=tuple(tracks),
    )
    after = replace(
        project,
        sequences=(*project.sequences, sequence),
        next_id=first + 1 + len(tracks),
    )
    check(after)
    return after


def rename_sequence(project: Project, sequence: SequenceId, name: str) -> Project:
    """Give a sequence another name.

    Raises:
        InvalidEditError: the name is empty.
    """
    found = find_sequence(project, sequence)
    if not name.strip():
        raise InvalidEditError("A sequence needs a name.", remedy="Type one.")
    if name == found.name:
        return project
    return _with_sequence(project, replace(found, name=name))


def remove_sequence(project: Project, sequence: SequenceId) -> Project:
    """Remove a sequence with all that lies on it; the media stay in the bin."""
    found = find_sequence(project, sequence)
    return replace(
        project, sequences=tuple(each for each in project.sequences if each is not found)
    )


def label_frames(
    project: Project,
    sequence: SequenceId,
    *,
    first_label: int | None = None,
    is_drop: bool | None = None,
) -> Project:
    """Set with which label a sequence begins and whether labels are drop-frame; None leaves it.

    Raises:
        InvalidEditError: there is no drop-frame time code at its rate.
    """
    found = find_sequence(project, sequence)
    first = found.first_label if first_label is None else first_label
    drop = found.is_drop if is_drop is None else is_drop
    if (first, drop) == (found.first_label, found.is_drop):
        return project
    after = _with_sequence(project, replace(found, first_label=first, is_drop=drop))
    check(after)
    return after


def add_track(
    project: Project,
    sequence: SequenceId,
    kind: TrackKind,
    *,
    index: int | None = None,
    name: str = "",
) -> Project:
    """Lay a new track among those of its kind (None: on top, or below all sound)."""
    found = find_sequence(project, sequence)
    n_video = sum(track.kind == "video" for track in found.tracks)
    first = 0 if kind == "video" else n_video
    count = n_video if kind == "video" else len(found.tracks) - n_video
    place = first + (count if index is None else clamped(index, 0, count))
    new = Track(
        id=TrackId(f"t{project.next_id}"), kind=kind, name=name or f"{kind[0].upper()}{count + 1}"
    )
    tracks = (*found.tracks[:place], new, *found.tracks[place:])
    after = _with_sequence(project, replace(found, tracks=tracks))
    return replace(after, next_id=project.next_id + 1)


def remove_track(project: Project, track: TrackId) -> Project:
    """Remove a track with its clips; clips elsewhere that were linked to them stay."""
    draft = Draft.on(project, [track])
    del draft.tracks[draft.row_of(track)]
    return draft.done()


def move_track(project: Project, track: TrackId, index: int) -> Project:
    """Give a track another place among those of its kind."""
    draft = Draft.on(project, [track])
    row = next(row for row, each in enumerate(draft.tracks) if each.id == track)
    moved = draft.tracks.pop(row)
    rows = [row for row, each in enumerate(draft.tracks) if each.kind == moved.kind]
    n_video = sum(each.kind == "video" for each in draft.tracks)
    first = 0 if moved.kind == "video" else n_video
    draft.tracks.insert(first + clamped(index, 0, len(rows)), moved)
    return draft.done()


def switch_track(
    project: Project,
    track: TrackId,
    *,
    muted: bool | None = None,
    solo: bool | None = None,
    locked: bool | None = None,
    hidden: bool | None = None,
) -> Project:
    """Set switches of a track; None leaves one as it is."""
    wanted = {"is_muted": muted, "is_solo": solo, "is_locked": locked, "is_hidden": hidden}
    return _changed(project, track, {k: v for k, v in wanted.items() if v is not None})


def rename_track(project: Project, track: TrackId, name: str) -> Project:
    """Give a track another name."""
    return _changed(project, track, {"name": name})


def drive_lips(project: Project, track: TrackId, lane: SpeechLane | None) -> Project:
    """Let an audio track drive lips as `lane` says, or with None no longer.

    Raises:
        InvalidEditError: the track holds pictures, or a medium of the lane does not exist.
    """
    for choice in lane.faces if lane else ():
        find_media(project, choice.media)
        if choice.face < 0:
            raise InvalidEditError(f"There is no face {choice.face}.", remedy="Choose 0 or more.")
    return _changed(project, track, {"speech": lane})


def choose_face(project: Project, track: TrackId, media: MediaId, face: int) -> Project:
    """Let a track that drives lips drive face track `face` of `media`."""
    draft = Draft.on(project, [track])
    found = next(each for each in draft.tracks if each.id == track)
    if found.speech is None:
        raise InvalidEditError(
            f"{called(found)} drives no lips.", remedy="Mark the track first as driving the lips."
        )
    others = (each for each in found.speech.faces if each.media != media)
    faces = (*others, FaceChoice(media=media, face=face))
    return drive_lips(project, track, replace(found.speech, faces=faces))


def _changed(project: Project, track: TrackId, values: dict[str, object]) -> Project:
    """The project with fields of a track set; the same object where they have these values."""
    draft = Draft.on(project, [track])
    for row, found in enumerate(draft.tracks):
        if found.id == track and any(getattr(found, k) != v for k, v in values.items()):
            draft.tracks[row] = replace(found, **values)
    return draft.done()


def _with_sequence(project: Project, sequence: Sequence) -> Project:
    sequences = tuple(sequence if each.id == sequence.id else each for each in project.sequences)
    return replace(project, sequences=sequences)
