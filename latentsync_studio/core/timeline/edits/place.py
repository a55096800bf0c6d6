"""Laying new clips on tracks.

    overwrite  | A  |  B  |  + [X]  ->  | A [X] B |         what lies there gives way
    insert     | A  |  B  |  + [X]  ->  | A [X] A | B |     what lies behind moves later

Clips are given as `Placement`s. Their ids are only names among themselves: every placed clip gets a
new id, and clips that share a link are linked with each other anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.check import find_media
from latentsync_studio.core.timeline.edits.draft import Draft
from latentsync_studio.core.timeline.model import Clip, ClipId, LinkId

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from latentsync_studio.core.timeline.model import MediaId, Project, TrackId


@dataclass(frozen=True, slots=True)
class Placement:
    """A clip to be laid on a track."""

    track: TrackId
    clip: Clip


def overwrite(project: Project, placements: Sequence[Placement]) -> Project:
    """Lay clips over what is there; later clips stay where they are."""
    draft = Draft.on(project, [each.track for each in placements])
    for each in placements:
        draft.clear(draft.row_of(each.track), each.clip.placed)
    _lay(draft, placements)
    return draft.done()


def insert(
    project: Project, placements: Sequence[Placement], *, tracks: Iterable[TrackId] | None = None
) -> Project:
    """Lay clips in and move what is at or behind the first of them later by their whole length.

    That happens on `tracks` (None: all unlocked ones) and the placements' own; a clip under the
    insertion is cut in two there.
    """
    draft = Draft.on(project, [each.track for each in placements])
    own = draft.rows(each.track for each in placements)
    start = min(each.clip.start for each in placements)
    length = max(each.clip.stop for each in placements) - start
    for row in draft.rippling(tracks, own):
        draft.cut(row, start)
        draft.shift(row, start, length)
    _lay(draft, placements)
    return draft.done()


def media_placements(
    project: Project,
    media: MediaId,
    start: int,
    tracks: Sequence[TrackId],
    source: FrameRange | None = None,
) -> tuple[Placement, ...]:
    """Clips of one medium for `tracks`, linked, cut to the shortest: picture and sound together.

    Args:
        project: holds the medium and the tracks.
        media: the medium.
        start: first frame on the sequence.
        tracks: where to; each must be of a kind that the medium has.
        source: grid frames of the medium to use; None is all, 5 seconds of a still.

    Raises:
        InvalidEditError: the medium has nothing for a track, or not these frames.
    """
    item = find_media(project, media)
    draft = Draft.on(project, tracks)
    rate = draft.sequence.rate
    lengths = []
    for row in draft.rows(tracks):
        available = item.available(draft.tracks[row].kind, rate)
        if available == 0:
            raise InvalidEditError(f"{item.name} has no {draft.tracks[row].kind}.")
        lengths.append(available)
    limited = [length for length in lengths if length is not None]
    used = source or FrameRange(0, min(limited, default=5 * rate.nominal))
    link = LinkId("new") if len(tracks) > 1 else None
    clip = Clip(id=ClipId("new"), media=media, source=used, start=start, link=link)
    return tuple(Placement(track, clip) for track in tracks)


def _lay(draft: Draft, placements: Iterable[Placement]) -> None:
    links: dict[LinkId, LinkId] = {}
    for each in placements:
        link = each.clip.link
        if link is not None and link not in links:
            links[link] = LinkId(draft.new_id("l"))
        clip = replace(
            each.clip,
            id=ClipId(draft.new_id("c")),
            link=None if link is None else links[link],
        )
        draft.add(draft.row_of(each.track), [clip])
