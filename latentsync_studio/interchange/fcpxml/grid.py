"""Puts a cut onto the frames of its media, as Final Cut Pro wants every picture to begin on one.

A picture then begins with the frame that the sequence shows first, and never reaches beyond its
medium, which Final Cut Pro refuses as an "invalid edit with no respective media".
"""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.interchange.frames import first_shown, media_step
from latentsync_studio.interchange.output import label_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from latentsync_studio.interchange.cut import Clip, Cut, Medium, Track
    from latentsync_studio.interchange.output import Losses

_MOVED = "Clips of another frame rate begin at the nearest frame of their medium"
_SHORT = "Clips are a frame shorter, because their medium ends within the last one"


def on_media_frames(cut: Cut, losses: Losses) -> Cut:
    """The cut with clips that begin on frames of their media and lie within them.

    Clips must play at normal speed.
    """
    media = {medium.id: medium for medium in cut.media}
    tracks = tuple(_fitted(track, cut, media, losses) for track in cut.tracks)
    return replace(cut, tracks=tracks)


def _fitted(track: Track, cut: Cut, media: Mapping[str, Medium], losses: Losses) -> Track:
    clips = [_clip(clip, cut, media[clip.medium], losses) for clip in track.clips]
    lefts = {clip.stop: clip for clip in clips}
    rights = {clip.start: clip for clip in clips}
    transitions = []
    for each in track.transitions:
        left, right = lefts.get(each.at), rights.get(each.at)
        before = _least(
            each.before, _room_before(right, cut, media[right.medium]) if right else None
        )
        after = _least(each.after, _room_behind(left, cut, media[left.medium]) if left else None)
        if left is None and right is None:
            continue  # the clip in front of it became shorter
        new = replace(each, before=before, after=after)
        if new.before + new.after:
            transitions.append(new)
    return replace(track, clips=tuple(clips), transitions=tuple(transitions))


def _clip(clip: Clip, cut: Cut, medium: Medium, losses: Losses) -> Clip:
    if medium.is_still:
        return clip
    step = media_step(clip, medium, cut)
    length = clip.length
    source = Fraction(first_shown(clip, medium, cut)) if medium.has_picture else clip.source
    if medium.frames is not None:
        if length * step > medium.frames and length > 1:
            length = max(1, floor(medium.frames / step))
            losses.add(_SHORT, f"{clip.name} at {label_of(cut, clip.start)}")
        last = medium.frames - length * step
        source = max(Fraction(0), min(source, Fraction(floor(last))))
    if source != clip.source:
        losses.add(_MOVED, clip.name)
    return replace(clip, source=source, length=length)


def _room_before(clip: Clip, cut: Cut, medium: Medium) -> int | None:
    return None if medium.is_still else floor(clip.source / media_step(clip, medium, cut))


def _room_behind(clip: Clip, cut: Cut, medium: Medium) -> int | None:
    if medium.is_still or medium.frames is None:
        return None
    room = (medium.frames - clip.source) / media_step(clip, medium, cut)
    return max(0, floor(room) - clip.length)


def _least(wanted: int, limit: int | None) -> int:
    return wanted if limit is None else min(wanted, limit)
