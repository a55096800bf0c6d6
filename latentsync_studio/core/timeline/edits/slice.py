"""The razor.

slice_at    | A | B |  ->  |A|A| B |      nothing that is shown changes
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.timeline.check import called
from latentsync_studio.core.timeline.edits.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Collection

    from latentsync_studio.core.timeline.model import ClipId, Project, TrackId


def slice_at(project: Project, tracks: Collection[TrackId], frame: int) -> Project:
    """Cut the clips under `frame` of `tracks` in two; a cut on an edge changes nothing.

    The first part keeps the id. Tails of linked clips are linked with each other.

    Raises:
        InvalidEditError: the frame lies within a dissolve.
    """
    draft = Draft.on(project, tracks)
    for row in draft.rows(tracks):
        _slice(draft, row, frame)
    return draft.done()


def slice_clip(project: Project, clip: ClipId, frame: int, *, linked: bool = True) -> Project:
    """Cut one clip, with those linked to it, at `frame`; outside of it nothing changes."""
    draft = Draft.around(project, [clip])
    for each in draft.pick([clip], linked=linked):
        if each.clip.start < frame < each.clip.stop:
            _slice(draft, each.row, frame)
    return draft.done()


def _slice(draft: Draft, row: int, frame: int) -> None:
    track = draft.tracks[row]
    stops = {clip.id: clip.stop for clip in track.clips} if track.dissolves else {}
    for dissolve in track.dissolves:
        cut = stops[dissolve.left]
        if cut - dissolve.before < frame < cut + dissolve.after and frame != cut:
            raise InvalidEditError(
                f"Frame {frame} of {called(track)} lies within a dissolve,"
                f" {cut - dissolve.before}..{cut + dissolve.after}.",
                remedy="Remove the dissolve or cut outside of it.",
            )
    draft.cut(row, frame)
