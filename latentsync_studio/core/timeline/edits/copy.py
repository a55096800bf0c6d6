"""Copies: the clipboard, paste and duplicate.

duplicate   | A |      ->  | A | A |
paste       [A][B] at the playhead, by overwriting or inserting
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.timeline.edits.draft import Draft
from latentsync_studio.core.timeline.edits.place import Placement, insert, overwrite

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from latentsync_studio.core.timeline.model import Clip, ClipId, Project, TrackId, TrackKind
    from latentsync_studio.core.timeline.rate import FrameRate


@dataclass(frozen=True, slots=True)
class Piece:
    """A copied clip: it begins `clip.start` frames and lies `track` tracks behind the first."""

    kind: TrackKind
    track: int
    clip: Clip


@dataclass(frozen=True, slots=True)
class Clipboard:
    """What was copied; good for pasting for as long as the project has its media."""

    rate: FrameRate
    pieces: tuple[Piece, ...]


class Targets(NamedTuple):
    """The first tracks that pasted pictures and sounds go to."""

    video: TrackId | None
    audio: TrackId | None


def copy(project: Project, clips: Collection[ClipId], *, linked: bool = True) -> Clipboard:
    """Take copies of clips; tracks may be locked. Nothing in the project changes."""
    draft = Draft.around(project, clips)
    draft.tracks = [replace(track, is_locked=False) for track in draft.tracks]
    picked = draft.pick(clips, linked=linked)
    first = min(each.clip.start for each in picked)
    rows: dict[TrackKind, int] = {}
    for each in picked:
        kind = draft.tracks[each.row].kind
        rows[kind] = min(each.row, rows.get(kind, each.row))
    return Clipboard(
        draft.sequence.rate,
        tuple(
            Piece(
                kind := draft.tracks[each.row].kind,
                each.row - rows[kind],
                replace(each.clip, start=each.clip.start - first),
            )
            for each in picked
        ),
    )


def paste(
    project: Project, board: Clipboard, frame: int, targets: Targets, *, inserting: bool = False
) -> Project:
    """Lay what was copied on the tracks from `targets` on, beginning at `frame`.

    It overwrites what is there, or with `inserting` moves it later.

    Raises:
        InvalidEditError: too few tracks of a kind, or a sequence at another frame rate.
    """
    draft = Draft.on(project, [track for track in targets if track is not None])
    if board.rate != draft.sequence.rate:
        raise InvalidEditError(
            f"The copy was made at {board.rate} frames a second; {draft.sequence.name} has"
            f" {draft.sequence.rate}.",
            remedy="Place the media anew from the media bin.",
        )
    placements = [
        Placement(
            _track_of(draft, piece, targets),
            replace(piece.clip, start=piece.clip.start + frame),
        )
        for piece in board.pieces
    ]
    return (insert if inserting else overwrite)(project, placements)


def duplicate(
    project: Project,
    clips: Collection[ClipId],
    by: int | None = None,
    *,
    onto: Mapping[ClipId, TrackId] | None = None,
    linked: bool = True,
) -> Project:
    """Lay copies of clips somewhere else, over what is there.

    Args:
        project: before.
        clips: what to copy.
        by: frames later (None: right behind all of them); limited so that no copy begins before
            frame 0. A copy that would lie exactly on its clip is left out.
        onto: tracks of copies that do not lie on the track of their clip.
        linked: linked clips are copied as well.

    Raises:
        InvalidEditError: a track is locked or of another kind.
    """
    draft = Draft.around(project, clips)
    picked = draft.pick(clips, linked=linked)
    first = min(each.clip.start for each in picked)
    shift = max(each.clip.stop for each in picked) - first if by is None else max(by, -first)
    rows = [draft.goal(each, onto or {}) for each in picked]
    placements = [
        Placement(draft.tracks[row].id, replace(each.clip, start=each.clip.start + shift))
        for each, row in zip(picked, rows, strict=True)
        if shift or row != each.row
    ]
    return overwrite(project, placements) if placements else project


def _track_of(draft: Draft, piece: Piece, targets: Targets) -> TrackId:
    """The track that a piece goes to."""
    target = targets.video if piece.kind == "video" else targets.audio
    if target is None:
        raise InvalidEditError(
            f"The copy has {piece.kind}; no {piece.kind} track is chosen.",
            remedy=f"Choose or add a track for {piece.kind}.",
        )
    row = draft.row_of(target) + piece.track
    if row >= len(draft.tracks) or draft.tracks[row].kind != piece.kind:
        raise InvalidEditError(
            f"The copy needs {piece.track + 1} {piece.kind} tracks from the chosen one on.",
            remedy=f"Add a track for {piece.kind}, or choose an earlier one.",
        )
    return draft.tracks[row].id
