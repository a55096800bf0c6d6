"""Keeps a cut within its media: transitions last no longer than the media beyond their cut."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.errors import InputError
from latentsync_studio.interchange.frames import media_step
from latentsync_studio.interchange.output import Losses, label_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from latentsync_studio.interchange.cut import Clip, Cut, Medium, Track, Transition


def within_media(cut: Cut) -> tuple[Cut, tuple[str, ...]]:
    """The cut with transitions that its media have the frames for, and what was shortened.

    Raises:
        InputError: a clip uses frames that its medium does not have.
    """
    media = {medium.id: medium for medium in cut.media}
    losses = Losses()
    tracks = tuple(_fitted(track, cut, media, losses) for track in cut.tracks)
    return replace(cut, tracks=tracks), losses.told()


def frames_before(clip: Clip, medium: Medium, cut: Cut) -> int | None:
    """Frames of the sequence for which there is medium before the clip; None: no limit."""
    step = media_step(clip, medium, cut)
    if medium.is_still or step == 0 or (step < 0 and medium.frames is None):
        return None
    if step < 0:
        return max(0, ceil(((medium.frames or 0) - clip.source) / -step) - 1)
    return max(0, int(clip.source // step))


def frames_behind(clip: Clip, medium: Medium, cut: Cut) -> int | None:
    """Frames of the sequence for which there is medium behind the clip; None: no limit."""
    step = media_step(clip, medium, cut)
    if medium.is_still or medium.frames is None or step == 0:
        return None
    if step < 0:
        return max(0, int(clip.source // -step) + 1 - clip.length)
    return max(0, ceil((medium.frames - clip.source) / step) - clip.length)


def _fitted(track: Track, cut: Cut, media: Mapping[str, Medium], losses: Losses) -> Track:
    for clip in track.clips:
        _require_inside(clip, media[clip.medium], cut)
    if not track.transitions:
        return track
    lefts = {clip.stop: clip for clip in track.clips}
    rights = {clip.start: clip for clip in track.clips}
    fitted = []
    for transition in track.transitions:
        new = _shortened(
            transition, lefts.get(transition.at), rights.get(transition.at), cut, media
        )
        if new != transition:
            where = label_of(cut, transition.at)
            losses.add("Dissolves are shorter, because their clips lack unused media", where)
        if new.before or new.after:
            fitted.append(new)
    return replace(track, transitions=tuple(fitted))


def _shortened(
    transition: Transition,
    left: Clip | None,
    right: Clip | None,
    cut: Cut,
    media: Mapping[str, Medium],
) -> Transition:
    after = frames_behind(left, media[left.medium], cut) if left else None
    before = frames_before(right, media[right.medium], cut) if right else None
    return replace(
        transition,
        before=0 if left is None else _least(transition.before, before),
        after=0 if right is None else _least(transition.after, after),
    )


def _least(wanted: int, limit: int | None) -> int:
    return wanted if limit is None else min(wanted, limit)


def _require_inside(clip: Clip, medium: Medium, cut: Cut) -> None:
    if medium.is_still or medium.frames is None:
        return
    step = media_step(clip, medium, cut)
    last = clip.source + (clip.length - 1) * step
    if min(clip.source, last) < 0 or max(clip.source, last) >= medium.frames:
        raise InputError(
            f"{clip.name or clip.id} at {label_of(cut, clip.start)} uses frames"
            f" {float(clip.source):g} to {float(last):g} of {medium.name}, which has"
            f" {medium.frames}.",
            remedy="Render the clip again, or trim it.",
        )


def at_normal_speed(cut: Cut, losses: Losses) -> Cut:
    """The cut without retimes, for formats whose retimes programs read in different ways."""
    if all(clip.speed == 1 for track in cut.tracks for clip in track.clips):
        return cut
    media = {medium.id: medium for medium in cut.media}
    tracks = []
    for track in cut.tracks:
        clips = [_normal_speed(clip, media[clip.medium], cut, losses) for clip in track.clips]
        tracks.append(replace(track, clips=tuple(clips)))
    return within_media(replace(cut, tracks=tuple(tracks)))[0]


def _normal_speed(clip: Clip, medium: Medium, cut: Cut, losses: Losses) -> Clip:
    if clip.speed == 1:
        return clip
    where = f"{clip.name} at {label_of(cut, clip.start)}"
    losses.add("Retimed clips play at normal speed; render them to keep their speed", where)
    source, step = clip.source, medium.rate.fraction / cut.rate.fraction
    if clip.speed < 0:
        source += (clip.length - 1) * step * clip.speed
    length = clip.length
    if medium.frames is not None and not medium.is_still:
        length = min(length, max(1, ceil(medium.frames / step)))
        source = max(Fraction(0), min(source, medium.frames - length * step))
    return replace(clip, source=source, length=length, speed=Fraction(1))
