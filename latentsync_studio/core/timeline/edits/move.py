"""Moving clips in time and between tracks.

move        | A |   | B |   ->  |   | A | B |     into free room, else refused
move_over   | A |   |  B  | ->  |     | A |B|     what lies there gives way
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.timeline.edits.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from latentsync_studio.core.timeline.edits.draft import Picked
    from latentsync_studio.core.timeline.model import Clip, ClipId, Project, TrackId


def move(
    project: Project,
    clips: Collection[ClipId],
    by: int,
    *,
    onto: Mapping[ClipId, TrackId] | None = None,
    linked: bool = True,
) -> Project:
    """Move `clips` by `by` frames, all by the same, into free room.

    Args:
        project: before.
        clips: what to move.
        by: frames, later is positive; limited so that nothing begins before frame 0.
        onto: new track of clips that change theirs.
        linked: linked clips move along in time.

    Raises:
        InvalidEditError: another clip is in the way, or a track is locked or of another kind.
    """
    draft = Draft.around(project, clips)
    picked = draft.pick(clips, linked=linked)
    _land(draft, picked, _limited(picked, by), onto or {})
    return draft.done()


def move_over(
    project: Project,
    clips: Collection[ClipId],
    by: int,
    *,
    onto: Mapping[ClipId, TrackId] | None = None,
    linked: bool = True,
) -> Project:
    """Like `move`, but what lies in the new place is removed or cut off; gaps stay behind."""
    draft = Draft.around(project, clips)
    picked = draft.pick(clips, linked=linked)
    by = _limited(picked, by)
    spared = {each.clip.id for each in picked}
    for each in picked:
        draft.clear(draft.goal(each, onto or {}), each.clip.placed.shifted(by), spared)
    _land(draft, draft.pick(spared, linked=False), by, onto or {})
    return draft.done()


def _limited(picked: list[Picked], by: int) -> int:
    return max(by, -min(each.clip.start for each in picked))


def _land(draft: Draft, picked: list[Picked], by: int, onto: Mapping[ClipId, TrackId]) -> None:
    """Put the picked clips in their new places; dissolves between them come along."""
    staying: list[tuple[Picked, Clip]] = []
    leaving: dict[tuple[int, int], list[Clip]] = {}
    for each in picked:
        row = draft.goal(each, onto)
        moved = replace(each.clip, start=each.clip.start + by) if by else each.clip
        if row == each.row:
            staying.append((each, moved))
        else:
            leaving.setdefault((each.row, row), []).append(moved)
    carried = {}
    for (source, row), clips in leaving.items():
        ids = {clip.id for clip in clips}
        carried[source, row] = [
            each for each in draft.tracks[source].dissolves if {each.left, each.right} <= ids
        ]
    draft.remove(each for each in picked if draft.goal(each, onto) != each.row)
    draft.change_each(staying)
    for (source, row), clips in leaving.items():
        draft.add(row, clips, carried[source, row])
