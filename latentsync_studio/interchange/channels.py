"""Tracks of one channel each that belong together, joined to one track of several channels."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from latentsync_studio.interchange.cut import Clip, Medium, Track


def joined(
    tracks: Sequence[Track], continues: Sequence[bool], media: Mapping[str, Medium]
) -> list[Track]:
    """Neighboring tracks whose clips differ only in the channel become one.

    Args:
        tracks: of sound, each of their clips with the one channel that it plays, or with none.
        continues: of each track, whether the file says that it is a further channel of the one
            before it. Their clips then need not agree in their edges: Premiere Pro writes wrong
            ones for the first channel where a fade lies over a cut.
        media: by id.

    Returns:
        The tracks; clips that play every channel of their medium name none.
    """
    found: list[Track] = []
    for track, is_next in zip(tracks, continues, strict=True):
        both = _both(found[-1], track, is_next=is_next) if found else None
        if both is None:
            found.append(track)
        else:
            found[-1] = both
    return [
        replace(track, clips=tuple(_all_named(clip, media[clip.medium]) for clip in track.clips))
        for track in found
    ]


def _both(first: Track, second: Track, *, is_next: bool) -> Track | None:
    """The track that plays the channels of both, or None where they are not twins."""
    if not first.clips and not second.clips:
        return first if is_next else None
    if len(first.clips) != len(second.clips) or first.is_enabled != second.is_enabled:
        return None
    pairs = list(zip(first.clips, second.clips, strict=True))
    if not all(_are_twins(one, other, is_next=is_next) for one, other in pairs):
        return None
    better = second if is_next and _overlaps(first) else first
    clips = tuple(
        replace(kept, channels=one.channels + other.channels)
        for kept, (one, other) in zip(better.clips, pairs, strict=True)
    )
    return replace(better, name=first.name, clips=clips)


def _are_twins(one: Clip, other: Clip, *, is_next: bool) -> bool:
    if one.channels or other.channels:
        if not one.channels or other.channels != (one.channels[-1] + 1,):
            return False
    elif not is_next:
        return False
    if is_next and one.medium == other.medium:
        return True
    plain = [replace(each, id="", channels=(), markers=(), name="") for each in (one, other)]
    return plain[0] == plain[1]


def _overlaps(track: Track) -> bool:
    return any(left.stop > right.start for left, right in pairwise(track.clips))


def _all_named(clip: Clip, medium: Medium) -> Clip:
    """The clip without channels where it plays all of them."""
    every = tuple(range(1, medium.channels + 1))
    return replace(clip, channels=()) if clip.channels == every else clip
