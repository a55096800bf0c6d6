"""Brings what was read into the shape that a cut must have, whatever a file says.

Clips come in order and never overlap, begin at frame 0 or later, last at least a frame; transitions
lie at the edges of clips and no longer than them; a link joins two clips or more.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.errors import InputError
from latentsync_studio.interchange.output import label_of
from latentsync_studio.interchange.reading import (
    DEFAULT_HZ,
    MOST_CLIPS,
    MOST_FLAT,
    MOST_FRAMES,
    MOST_HZ,
    MOST_PIXELS,
    MOST_TRACKS,
)

if TYPE_CHECKING:
    from fractions import Fraction

    from latentsync_studio.interchange.cut import Clip, Cut, Track, Transition
    from latentsync_studio.interchange.output import Losses


def normalized(cut: Cut, losses: Losses) -> Cut:
    """The cut in order, with a loss for whatever had to be changed.

    Raises:
        InputError: it has more clips, tracks or frames than any real cut.
    """
    _require_sane(cut)
    tracks = tuple(_normal_track(track, cut, losses) for track in cut.tracks)
    tracks = tuple(sorted(tracks, key=lambda track: track.kind == "audio"))
    counts = Counter(clip.link for track in tracks for clip in track.clips)
    tracks = tuple(
        replace(track, clips=tuple(_linked(clip, counts) for clip in track.clips))
        for track in tracks
    )
    shown = {clip.medium for track in tracks for clip in track.clips}
    markers = sorted(cut.markers, key=lambda marker: marker.start)[:MOST_CLIPS]
    is_sized = 0 < cut.width <= MOST_PIXELS and 0 < cut.height <= MOST_PIXELS
    return replace(
        cut,
        width=cut.width if is_sized else 0,
        height=cut.height if is_sized else 0,
        audio_hz=cut.audio_hz if 0 < cut.audio_hz <= MOST_HZ else DEFAULT_HZ,
        first_label=cut.first_label if 0 <= cut.first_label <= MOST_FRAMES else 0,
        tracks=tracks,
        media=tuple(medium for medium in cut.media if medium.id in shown),
        markers=tuple(marker for marker in markers if marker.start >= 0),
    )


def cropped(clip: Clip, start: int, stop: int, step: Fraction) -> Clip:
    """The part of a clip within frames of the sequence; `step`: own frames of its medium a frame.

    Markers keep their frames of the sequence.
    """
    first, last = max(start, clip.start), min(stop, clip.stop)
    skipped = first - clip.start
    return replace(
        clip,
        start=first,
        length=last - first,
        source=clip.source + skipped * step * clip.speed,
        markers=tuple(replace(m, start=m.start - skipped) for m in clip.markers),
    )


def require_clips(count: int, name: str) -> None:
    """Raise InputError for more clips than any real cut has."""
    _require(count, MOST_CLIPS, "clips", name)


def require_flat(count: int, name: str) -> None:
    """Raise InputError for more clips than nested sequences may become when they are laid flat.

    They multiply: a few kilobytes can say billions of clips.
    """
    _require(count, MOST_FLAT, "clips within others", name)


def _require_sane(cut: Cut) -> None:
    require_clips(sum(len(track.clips) for track in cut.tracks), cut.name)
    _require(len(cut.tracks), MOST_TRACKS, "tracks", cut.name)
    reach = max((max(abs(c.start), c.length) for t in cut.tracks for c in t.clips), default=0)
    _require(reach, MOST_FRAMES, "frames", cut.name)


def _require(count: int, most: int, what: str, name: str) -> None:
    if count > most:
        raise InputError(
            f"The sequence {name!r} has {count} {what}; at most {most} can be read.",
            remedy="Export a part of it.",
        )


def _linked(clip: Clip, counts: Counter[str]) -> Clip:
    return replace(clip, link="") if clip.link and counts[clip.link] < 2 else clip


def _normal_track(track: Track, cut: Cut, losses: Losses) -> Track:
    rates = {medium.id: medium.rate.fraction for medium in cut.media}
    clips: list[Clip] = []
    for clip in sorted(track.clips, key=lambda each: each.start):
        where = label_of(cut, max(clip.start, 0))
        step = rates[clip.medium] / cut.rate.fraction
        first = max(0, clips[-1].stop if clips else 0)
        if clip.stop <= first or clip.length < 1:
            losses.add("Clips without a frame of their own are left out", where)
            continue
        if clip.start < first:
            losses.add("Clips overlap; the later one begins where the earlier one ends", where)
            clip = cropped(clip, first, clip.stop, step)  # noqa: PLW2901 - the rest of it
        clips.append(clip)
    return replace(
        track, clips=tuple(clips), transitions=_normal_transitions(track, clips, cut, losses)
    )


def _normal_transitions(
    track: Track, clips: list[Clip], cut: Cut, losses: Losses
) -> tuple[Transition, ...]:
    lefts = {clip.stop: clip for clip in clips}
    rights = {clip.start: clip for clip in clips}
    taken: dict[int, Transition] = {}
    for each in track.transitions:
        left, right = lefts.get(each.at), rights.get(each.at)
        before = min(max(each.before, 0), left.length) if left else 0
        after = min(max(each.after, 0), right.length) if right else 0
        if before + after == 0 or each.at in taken:
            losses.add("Transitions without clips are left out", label_of(cut, max(each.at, 0)))
            continue
        taken[each.at] = replace(each, before=before, after=after)
    return tuple(taken[at] for at in sorted(taken))
