"""Cross-fades over cuts.

| A | B |  ->  | A /x/ B |      before + after frames around the cut; the clips stay in place
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.timeline.edits.draft import Draft
from latentsync_studio.core.timeline.model import Dissolve, DissolveId

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.model import ClipId, Project


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
