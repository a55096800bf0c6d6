"""Edits that keep the length of the whole: roll, slip and slide.

    roll    |  A  | B |   ->  | A |  B  |      the cut moves, the ends stay
    slip    | A[3..9] |   ->  | A[5..11] |     other media, same place
    slide   | A | B | C | ->  |A| B |  C |     B moves, its neighbours' edges follow

`by` is limited, never refused: to unused media and one frame left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.timeline.edits.draft import Draft, Picked, clamped
from latentsync_studio.core.timeline.edits.trim import (
    headed,
    tailed,
    unused_before,
    unused_behind,
)

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.model import Clip, ClipId, Project


def roll(project: Project, left: ClipId, by: int, *, linked: bool = True) -> Project:
    """Move the cut behind `left`: it grows as its neighbour shrinks.

    Linked clips take part where they, too, have a cut at the same frame.

    Raises:
        InvalidEditError: no clip touches the end of `left`.
    """
    draft = Draft.around(project, [left])
    picked = draft.pick([left], linked=linked)
    cut = next(each.clip.stop for each in picked if each.clip.id == left)
    pairs = [
        (each, behind)
        for each in picked
        if each.clip.stop == cut and (behind := _touching_behind(draft, each))
    ]
    if all(each.clip.id != left for each, _ in pairs):
        raise InvalidEditError(
            f"No clip follows {left} at frame {cut}.", remedy="Trim it instead of rolling the cut."
        )
    for each, behind in pairs:
        by = clamped(by, 1 - len(each.clip.source), unused_behind(draft, each))
        by = clamped(by, -unused_before(draft, behind), len(behind.clip.source) - 1)
    draft.change_each((each, tailed(each.clip, by)) for each, _ in pairs)
    draft.change_each((behind, headed(behind.clip, by)) for _, behind in pairs)
    return draft.done()


def slip(project: Project, clip: ClipId, by: int, *, linked: bool = True) -> Project:
    """Show media that lies `by` frames later; place and length stay. A still stays as it is."""
    draft = Draft.around(project, [clip])
    picked = [
        each for each in draft.pick([clip], linked=linked) if draft.available(each) is not None
    ]
    for each in picked:
        by = clamped(by, -unused_before(draft, each), unused_behind(draft, each))
    if by:
        draft.change_each(
            (each, replace(each.clip, source=each.clip.source.shifted(by))) for each in picked
        )
    return draft.done()


def slide(project: Project, clip: ClipId, by: int, *, linked: bool = True) -> Project:
    """Move a clip between its neighbours: touching ones grow and shrink, gaps do the same."""
    draft = Draft.around(project, [clip])
    picked = draft.pick([clip], linked=linked)
    for each in picked:
        by = _slid_at_most(draft, each, by)
    changes: list[tuple[Picked, Clip]] = []
    for each in picked if by else ():
        before, behind = _touching_before(draft, each), _touching_behind(draft, each)
        changes.append((each, replace(each.clip, start=each.clip.start + by)))
        if before:
            changes.append((before, tailed(before.clip, by)))
        if behind:
            changes.append((behind, headed(behind.clip, by)))
    draft.change_each(changes)
    return draft.done()


def _slid_at_most(draft: Draft, each: Picked, by: int) -> int:
    """`by` limited by what the neighbours of one clip, or the gaps there, can give."""
    before, behind = draft.neighbours(each)
    touching = _touching_before(draft, each)
    if touching:
        low = 1 - len(touching.clip.source)
        by = clamped(by, low, unused_behind(draft, touching))
    else:
        by = max(by, (before.stop if before else 0) - each.clip.start)
    touching = _touching_behind(draft, each)
    if touching:
        high = len(touching.clip.source) - 1
        by = clamped(by, -unused_before(draft, touching), high)
    elif behind:
        by = min(by, behind.start - each.clip.stop)
    return by


def _touching_before(draft: Draft, each: Picked) -> Picked | None:
    before, _ = draft.neighbours(each)
    if before is None or before.stop != each.clip.start:
        return None
    return Picked(each.row, each.place - 1, before)


def _touching_behind(draft: Draft, each: Picked) -> Picked | None:
    _, behind = draft.neighbours(each)
    if behind is None or behind.start != each.clip.stop:
        return None
    return Picked(each.row, each.place + 1, behind)
