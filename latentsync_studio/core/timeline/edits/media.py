"""The media bin: adding, removing and finding files again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.timeline.check import check, find_media
from latentsync_studio.core.timeline.model import MediaId

if TYPE_CHECKING:
    from collections.abc import Collection

    from latentsync_studio.core.settings.pages import RenderSettings
    from latentsync_studio.core.timeline.model import MediaItem, Project


def add_media(project: Project, item: MediaItem) -> Project:
    """Append a medium; it gets a new id, that of `media[-1]` of the result."""
    new = replace(item, id=MediaId(f"m{project.next_id}"))
    return replace(project, media=(*project.media, new), next_id=project.next_id + 1)


def remove_media(project: Project, media: Collection[MediaId]) -> Project:
    """Remove media that no clip uses.

    Raises:
        InvalidEditError: a clip uses one of them.
    """
    wanted = {find_media(project, each).id for each in media}
    for item in project.media:
        if item.id in wanted & used_media(project):
            raise InvalidEditError(
                f"{item.name} is used in a sequence.", remedy="Delete its clips first."
            )
    kept = tuple(item for item in project.media if item.id not in wanted)
    return replace(project, media=kept) if wanted else project


def used_media(project: Project) -> frozenset[MediaId]:
    """Media that clips or speech lanes refer to."""
    tracks = [track for sequence in project.sequences for track in sequence.tracks]
    shown = {clip.media for track in tracks for clip in track.clips}
    chosen = {face.media for track in tracks if track.speech for face in track.speech.faces}
    return frozenset(shown | chosen)


def set_media(project: Project, item: MediaItem) -> Project:
    """Put `item` in the place of the one with its id: relinked, renamed, probed again.

    Cuts are never changed for it.

    Raises:
        InvalidEditError: a clip uses frames that the new one does not have.
    """
    if item == find_media(project, item.id):
        return project
    after = replace(
        project, media=tuple(item if each.id == item.id else each for each in project.media)
    )
    check(after)
    return after


def set_settings(project: Project, settings: RenderSettings) -> Project:
    """Give the whole project other settings."""
    return project if settings == project.settings else replace(project, settings=settings)
