"""Joining picture and sound so that they are edited together, and parting them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.timeline.edits.draft import Draft
from latentsync_studio.core.timeline.model import LinkId

if TYPE_CHECKING:
    from collections.abc import Collection

    from latentsync_studio.core.timeline.model import ClipId, Project


def link(project: Project, clips: Collection[ClipId]) -> Project:
    """Link `clips` with each other; they leave the links that they had.

    Raises:
        InvalidEditError: fewer than two clips, or two on one track.
    """
    draft = Draft.around(project, clips)
    picked = draft.pick(clips, linked=False)
    if len(picked) < 2:
        raise InvalidEditError("A link needs two clips.", remedy="Select picture and sound.")
    joined = LinkId(draft.new_id("l"))
    draft.change_each((each, replace(each.clip, link=joined)) for each in picked)
    return draft.done()


def unlink(project: Project, clips: Collection[ClipId]) -> Project:
    """Part `clips` from everything that they are linked to, and that from each other."""
    draft = Draft.around(project, clips)
    picked = [each for each in draft.pick(clips, linked=True) if each.clip.link is not None]
    draft.change_each((each, replace(each.clip, link=None)) for each in picked)
    return draft.done()
