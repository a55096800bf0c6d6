"""Trimming one edge of a clip, alone or with everything behind it.

    trim_head    | A |  ->  .| A|      what follows stays, a gap may open
    trim_tail    | A |B| -> |A |.|B|
    ripple_head  | A |B| -> | A|B|     the start stays, later clips close up or give way
    ripple_tail  | A |B| -> |A |B|

`by` is how far the edge moves in the medium, later is positive. It is limited, never refused: to
unused media, one frame left, and the room there is. Linked clips are trimmed by the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.draft import FAR, Draft, clamped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.timeline.edits.draft import Picked
    from latentsync_studio.core.timeline.model import Clip, ClipId, Project, TrackId


def trim_head(project: Project, clip: ClipId, by: int, *, linked: bool = True) -> Project:
    """Move the in point; the start on the track moves with it, other clips stay."""
    draft = Draft.around(project, [clip])
    picked = draft.pick([clip], linked=linked)
    for each in picked:
        before, _ = draft.neighbours(each)
        room = each.clip.start - (before.stop if before else 0)
        by = clamped(by, -min(room, unused_before(draft, each)), len(each.clip.source) - 1)
    draft.change_each((each, _headed(each.clip, by, moves=True)) for each in picked)
    return draft.done()


def trim_tail(project: Project, clip: ClipId, by: int, *, linked: bool = True) -> Project:
    """Move the out point; other clips stay."""
    draft = Draft.around(project, [clip])
    picked = draft.pick([clip], linked=linked)
    for each in picked:
        _, behind = draft.neighbours(each)
        room = behind.start - each.clip.stop if behind else FAR
        by = clamped(by, 1 - len(each.clip.source), min(room, unused_behind(draft, each)))
    draft.change_each((each, tailed(each.clip, by)) for each in picked)
    return draft.done()


def ripple_head(
    project: Project,
    clip: ClipId,
    by: int,
    *,
    tracks: Iterable[TrackId] | None = None,
    linked: bool = True,
) -> Project:
    """Move the in point; the clip keeps its start and all behind it moves by -`by`.

    On `tracks` (None: all unlocked ones) whatever begins at or behind the clip's old end moves
    along, so that picture and sound stay together.
    """
    draft = Draft.around(project, [clip])
    picked = draft.pick([clip], linked=linked)
    for each in picked:
        by = clamped(by, -unused_before(draft, each), len(each.clip.source) - 1)
    since = _since(draft, picked, clip, tracks)
    by = _shrunk_at_most(draft, picked, since, by)
    _shift_then(draft, since, -by)
    draft.change_each((each, _headed(each.clip, by, moves=False)) for each in picked)
    return draft.done()


def ripple_tail(
    project: Project,
    clip: ClipId,
    by: int,
    *,
    tracks: Iterable[TrackId] | None = None,
    linked: bool = True,
) -> Project:
    """Move the out point, and all behind the clip by the same; `tracks` as in `ripple_head`."""
    draft = Draft.around(project, [clip])
    picked = draft.pick([clip], linked=linked)
    for each in picked:
        by = clamped(by, 1 - len(each.clip.source), unused_behind(draft, each))
    since = _since(draft, picked, clip, tracks)
    by = -_shrunk_at_most(draft, picked, since, -by)
    _shift_then(draft, since, by)
    draft.change_each((each, tailed(each.clip, by)) for each in picked)
    return draft.done()


def unused_before(draft: Draft, picked: Picked) -> int:
    """Frames of the medium before the in point."""
    return FAR if draft.available(picked) is None else picked.clip.source.start


def unused_behind(draft: Draft, picked: Picked) -> int:
    """Frames of the medium behind the out point."""
    available = draft.available(picked)
    return FAR if available is None else available - picked.clip.source.stop


def tailed(clip: Clip, by: int) -> Clip:
    """The clip with its out point `by` frames later; itself for 0."""
    source = clip.source
    return replace(clip, source=FrameRange(source.start, source.stop + by)) if by else clip


def headed(clip: Clip, by: int) -> Clip:
    """The clip with its in point and start `by` frames later; itself for 0."""
    return _headed(clip, by, moves=True)


def _headed(clip: Clip, by: int, *, moves: bool) -> Clip:
    if not by:
        return clip
    source = FrameRange(clip.source.start + by, clip.source.stop)
    return replace(clip, source=source, start=clip.start + by if moves else clip.start)


def _since(
    draft: Draft, picked: list[Picked], clip: ClipId, tracks: Iterable[TrackId] | None
) -> dict[int, int]:
    """From which frame on each rippling track moves: behind the clip that is trimmed there."""
    own = {each.row: each.clip.stop for each in picked}
    grabbed = next(each.clip.stop for each in picked if each.clip.id == clip)
    return {row: own.get(row, grabbed) for row in draft.rippling(tracks, own)}


def _shrunk_at_most(draft: Draft, picked: list[Picked], since: dict[int, int], by: int) -> int:
    """`by` frames shorter, or as many as the later clips on other tracks can move earlier."""
    own = {each.row for each in picked}
    rooms = (draft.free_before(row, frame) for row, frame in since.items() if row not in own)
    return min(by, min(rooms, default=FAR)) if by > 0 else by


def _shift_then(draft: Draft, since: dict[int, int], by: int) -> None:
    for row, frame in since.items():
        draft.shift(row, frame, by)
