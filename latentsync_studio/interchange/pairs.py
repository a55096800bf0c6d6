"""Pictures and the sounds that belong to them, for formats in which both are one clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.interchange.edges import Edges

if TYPE_CHECKING:
    from latentsync_studio.interchange.cut import Clip, Cut


def embedded_sounds(cut: Cut) -> dict[str, Clip]:
    """Sounds that belong into their picture's clip: picture clip's id -> the clip of sound.

    They play all channels of the same stretch of the same medium, are linked with it, and fade over
    the same frames.
    """
    places = {
        _place(clip, edges): clip
        for track in cut.tracks_of("audio")
        for edges in [Edges(track)]
        for clip in track.clips
        if clip.link and not clip.channels and track.is_enabled
    }
    found: dict[str, Clip] = {}
    taken: set[str] = set()
    for track in cut.tracks_of("video"):
        edges = Edges(track)
        for clip in track.clips if track.is_enabled else ():
            sound = places.get(_place(clip, edges)) if clip.link else None
            if sound is not None and sound.id not in taken:
                found[clip.id] = sound
                taken.add(sound.id)
    return found


def _place(clip: Clip, edges: Edges) -> tuple[object, ...]:
    changes = (edges.changes.get(at) for at in (clip.start, clip.stop))
    fades = tuple((each.at, each.before, each.after) for each in changes if each is not None)
    state = (clip.link, clip.is_enabled, clip.speed)
    return (clip.medium, clip.start, clip.length, clip.source, state, fades)
