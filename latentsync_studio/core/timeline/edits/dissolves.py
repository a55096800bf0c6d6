"""Cross-fades over cuts.

| A | B |  ->  | A /x/ B |      before + after frames around the cut; the clips stay in place
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.timeline.edits.draft import Draft
from latentsync_studio.core.timeline.model import Dissolve, DissolveId

if TYPE_CHECKING:
    from collections.abc import Collection

    from latentsync_studio.core.timeline.model import ClipId, Project, Sequence, TrackId


def nearest_cuts(
    sequence: Sequence, frame: int, tracks: Collection[TrackId], clips: Collection[ClipId] = ()
) -> tuple[ClipId, ...]:
    """The clips before the cut nearest to `frame`, one of each of `tracks` that is cut there.

    Args:
        sequence: where to look.
        frame: of the sequence; of two cuts as near the earlier one is taken.
        tracks: where cuts count.
        clips: only cuts at one of these count; empty: all do.
    """
    cuts = [
        (left.stop, left.id)
        for track in sequence.tracks
        if track.id in tracks
        for left, right in pairwise(track.clips)
        if left.stop == right.start and (not clips or left.id in clips or right.id in clips)
    ]
    nearest = min(cuts, key=lambda cut: (abs(cut[0] - frame), cut[0]), default=None)
    return tuple(clip for stop, clip in cuts if nearest is not None and stop == nearest[0])


def toggle_dissolves(project: Project, lefts: Collection[ClipId], length: int) -> Project:
    """Dissolve over the cuts behind `lefts`, or make them hard ones where all of them dissolve.

    Args:
        project: before.
        lefts: the clips before the cuts.
        length: frames, half of them before the cut; fewer where media or clips are short. Cuts
            without any unused media stay hard as long as another one can dissolve.

    Raises:
        InvalidEditError: there is no cut, a track is locked, or no cut has unused media.
    """
    if not lefts:
        raise InvalidEditError(
            "There is no cut between two clips here.", remedy="Move two clips together first."
        )
    held = {
        each.left
        for sequence in project.sequences
        for track in sequence.tracks
        for each in track.dissolves
    }
    if all(left in held for left in lefts):
        for left in lefts:
            project = remove_dissolve(project, left)
        return project
    after, refusal = project, None
    for left in lefts:
        try:
            after = set_dissolve(after, left, length // 2, length - length // 2)
        except InvalidEditError as error:
            refusal = error
    if after is project and refusal is not None:
        raise refusal
    return after


def set_dissolve(project: Project, left: ClipId, before: int, after: int) -> Project:
    """Dissolve over the cut behind `left`, in the place of one that is there.

    Shortened to what the clips' lengths and their unused media (handles) allow.

    Raises:
        InvalidEditError: there is no cut behind `left`, or no unused media at all.
    """
    draft = Draft.around(project, [left])
    picked = draft.pick([left], linked=False)[0]
    _, behind = draft.neighbours(picked)
    if behind is None or behind.start != picked.clip.stop:
        raise InvalidEditError(
            f"No clip follows at frame {picked.clip.stop}.", remedy="Move the clips together first."
        )
    track = draft.tracks[picked.row]
    others = tuple(each for each in track.dissolves if each.left != left)
    new = Dissolve(
        id=DissolveId(draft.new_id("d")), left=left, right=behind.id, before=before, after=after
    )
    draft.tracks[picked.row] = replace(track, dissolves=(*others, new))
    after_edit = draft.done()
    if not any(each.id == new.id for each in draft.tracks[picked.row].dissolves):
        raise InvalidEditError(
            f"A dissolve at frame {picked.clip.stop} needs media beyond the cut; there is none.",
            remedy="Trim the clips shorter first.",
        )
    return after_edit


def remove_dissolve(project: Project, left: ClipId) -> Project:
    """Make the cut behind `left` a hard one again; nothing happens where it is."""
    draft = Draft.around(project, [left])
    row = draft.pick([left], linked=False)[0].row
    track = draft.tracks[row]
    others = tuple(each for each in track.dissolves if each.left != left)
    if len(others) < len(track.dissolves):
        draft.tracks[row] = replace(track, dissolves=others)
    return draft.done()
