"""Sequences within sequences, laid out flat: what is seen or heard of them where they are used."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.timeline.rate import converted
from latentsync_studio.interchange.normal import cropped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from latentsync_studio.core.timeline.rate import FrameRate
    from latentsync_studio.interchange.cut import Clip, Cut, Track, TrackKind


def top_clips(cut: Cut, kind: TrackKind) -> list[Clip]:
    """The pieces of clips that are seen: of every frame the top track's; of sound the first's."""
    tracks = [track for track in cut.tracks_of(kind) if track.is_enabled and track.clips]
    if kind == "audio":
        return [clip for clip in tracks[0].clips if clip.is_enabled] if tracks else []
    rates = {medium.id: medium.rate.fraction / cut.rate.fraction for medium in cut.media}
    shown: list[Clip] = []
    for track in reversed(tracks):
        below: list[Clip] = []
        for clip in track.clips:
            if clip.is_enabled:
                below += _uncovered(clip, shown, rates[clip.medium])
        shown = sorted(shown + below, key=lambda each: each.start)
    return shown


def window(clips: Sequence[Clip], cut: Cut, first: int, length: int, at: int) -> list[Clip]:
    """The part of `clips` within `length` frames from `first`, moved so that it begins at `at`."""
    rates = {medium.id: medium.rate.fraction / cut.rate.fraction for medium in cut.media}
    return [
        replace(part, start=part.start - first + at)
        for clip in clips
        if clip.start < first + length and clip.stop > first
        for part in [cropped(clip, first, first + length, rates[clip.medium])]
    ]


def on_grid(cut: Cut, rate: FrameRate) -> Cut:
    """The cut counted in frames of another rate; edges go to the nearest frame."""
    if rate == cut.rate:
        return cut
    return replace(cut, rate=rate, tracks=tuple(_on_grid(t, cut.rate, rate) for t in cut.tracks))


def _on_grid(track: Track, old: FrameRate, new: FrameRate) -> Track:
    clips = []
    for clip in track.clips:
        start, stop = converted(clip.start, old, new), converted(clip.stop, old, new)
        if stop > start:
            clips.append(replace(clip, start=start, length=stop - start, markers=()))
    return replace(track, clips=tuple(clips), transitions=())


def _uncovered(clip: Clip, above: Sequence[Clip], step: Fraction) -> list[Clip]:
    """What of a clip lies beside the clips above it."""
    parts, at = [], clip.start
    first = bisect_right(above, clip.start, key=lambda each: each.start)
    for other in above[max(0, first - 1) :]:
        if other.start >= clip.stop:
            break
        if other.stop <= at:
            continue
        if other.start > at:
            parts.append(cropped(clip, at, other.start, step))
        at = max(at, other.stop)
    if at < clip.stop:
        parts.append(cropped(clip, at, clip.stop, step))
    return parts
