"""A sequence of the project as a cut that other programs understand."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.check import find_sequence
from latentsync_studio.core.timeline.rate import covering
from latentsync_studio.core.timeline.showing import active_tracks
from latentsync_studio.core.timeline.timecode import from_timecode
from latentsync_studio.interchange.cut import Clip, Cut, Marker, Medium, Track, Transition
from latentsync_studio.interchange.fitting import within_media
from latentsync_studio.interchange.output import Losses
from latentsync_studio.interchange.url import base_name
from latentsync_studio.services.interchange.placements import place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from latentsync_studio.core.timeline import model
    from latentsync_studio.core.timeline.rate import FrameRate
    from latentsync_studio.services.interchange.requests import Delivered


def cut_of(
    project: model.Project,
    sequence: model.SequenceId,
    frames: FrameRange | None = None,
    placements: Mapping[model.ClipId, Delivered] | None = None,
) -> tuple[Cut, tuple[str, ...]]:
    """The cut, and sentences on what it cannot say.

    Args:
        project: the document.
        sequence: which of its sequences.
        frames: frames of it; None: all. The cut's frame 0 is the first of them.
        placements: rendered media that stand for clips, or lie on a track above them.

    Raises:
        InvalidEditError: there is no such sequence.
        InputError: it is empty, or the range reaches beyond its end.
    """
    found = find_sequence(project, sequence)
    wanted = _wanted(found, frames)
    losses = Losses()
    used = {clip.media for track in found.tracks for clip in track.clips}
    media = tuple(_medium(item, found.rate, losses) for item in project.media if item.id in used)
    by_id = {medium.id: medium for medium in media}
    active = {id(t) for kind in ("video", "audio") for t in active_tracks(found, kind)}
    tracks = tuple(
        _track(track, found.rate, by_id, is_active=id(track) in active) for track in found.tracks
    )
    cut = Cut(
        name=found.name,
        rate=found.rate,
        width=found.width,
        height=found.height,
        first_label=found.first_label,
        is_drop=found.is_drop,
        audio_hz=found.audio_hz,
        media=media,
        tracks=tracks,
        markers=tuple(_marker(each) for each in found.markers),
    )
    cut = place(cut, placements or {})
    for medium in cut.media:
        if medium.is_run:
            losses.add("Numbered pictures are named by the first of them", medium.name)
    cut = cut if wanted == FrameRange(0, found.stop) else _cropped(cut, wanted, losses)
    cut, told = within_media(cut)
    losses.extend(told)
    shown = {clip.medium for track in cut.tracks for clip in track.clips}
    return replace(cut, media=tuple(m for m in cut.media if m.id in shown)), losses.told()


def _wanted(sequence: model.Sequence, frames: FrameRange | None) -> FrameRange:
    if sequence.stop == 0:
        raise InputError(f"{sequence.name} is empty.", remedy="Lay a clip on the timeline first.")
    whole = FrameRange(0, sequence.stop)
    wanted = whole if frames is None else frames
    if wanted.start < 0 or wanted.stop > whole.stop:
        raise InputError(
            f"The range {wanted.start}:{wanted.stop} reaches beyond {sequence.name}, which has"
            f" {whole.stop} frames.",
            remedy=f"Choose a range within 0:{whole.stop}.",
        )
    return wanted


def _medium(item: model.MediaItem, grid: FrameRate, losses: Losses) -> Medium:
    video, audio = item.video, item.audio
    rate = video.rate if video is not None else grid
    frames = None if item.is_still else 0
    label, is_drop = (0, False) if video is None else first_label(video)
    if video is not None and not item.is_still:
        frames = video.n_frames
    elif audio is not None and video is None:
        samples = max(0, audio.offset + audio.n_samples)
        frames = covering_samples(samples, audio.rate_hz, grid)
    if video is not None and video.is_variable:
        losses.add(
            "Its frame rate varies, and other programs count its frames differently; deliver"
            " rendered clips of it",
            item.name,
        )
    path = item.path if item.digest or not item.origin else item.origin
    return Medium(
        id=item.id,
        name=item.name or base_name(path),
        path=path,
        rate=rate,
        frames=frames,
        first_label=label,
        is_drop=is_drop,
        reel="" if video is None else video.reel,
        has_picture=video is not None,
        width=0 if video is None else video.width,
        height=0 if video is None else video.height,
        channels=0 if audio is None else audio.channels,
        audio_hz=0 if audio is None else audio.rate_hz,
        is_still=item.is_still,
        is_run=item.images is not None,
    )


def first_label(video: model.VideoFacts) -> tuple[int, bool]:
    """Frame number of the first frame by the medium's time code, and whether that drops."""
    if not video.timecode:
        return 0, False
    is_drop = ";" in video.timecode
    try:
        return from_timecode(video.timecode, video.rate, drop=is_drop), is_drop
    except InputError:  # a label that does not fit the rate says nothing
        return 0, False


def covering_samples(samples: int, rate_hz: int, grid: FrameRate) -> int:
    """How many frames of `grid` hold so many samples."""
    return covering(samples, type(grid)(rate_hz), grid)


def _track(
    track: model.Track, grid: FrameRate, media: Mapping[str, Medium], *, is_active: bool
) -> Track:
    cuts = {clip.id: clip.stop for clip in track.clips}
    return Track(
        kind=track.kind,
        name=track.name,
        clips=tuple(_clip(clip, grid, media[clip.media]) for clip in track.clips),
        transitions=tuple(
            Transition(at=cuts[each.left], before=each.before, after=each.after)
            for each in track.dissolves
        ),
        is_enabled=is_active,
        is_locked=track.is_locked,
    )


def _clip(clip: model.Clip, grid: FrameRate, medium: Medium) -> Clip:
    return Clip(
        id=clip.id,
        medium=clip.media,
        name=clip.name or medium.name,
        start=clip.start,
        length=len(clip.source),
        source=clip.source.start * medium.rate.fraction / grid.fraction,
        is_enabled=clip.is_enabled,
        link=clip.link or "",
    )


def _marker(marker: model.Marker) -> Marker:
    length = len(marker.frames)
    return Marker(
        start=marker.frames.start,
        length=0 if length == 1 else length,
        name=marker.name,
        note=marker.note,
        color=marker.color,
    )


def _cropped(cut: Cut, frames: FrameRange, losses: Losses) -> Cut:
    tracks = tuple(_cropped_track(track, frames, cut, losses) for track in cut.tracks)
    markers = tuple(
        replace(each, start=each.start - frames.start)
        for each in cut.markers
        if each.start in frames
    )
    if len(markers) < len(cut.markers):
        losses.add("Markers outside the range are left out")
    first = cut.first_label + frames.start
    return replace(cut, tracks=tracks, markers=markers, first_label=first)


def _cropped_track(track: Track, frames: FrameRange, cut: Cut, losses: Losses) -> Track:
    rates = {medium.id: medium.rate.fraction for medium in cut.media}
    clips = []
    for clip in track.clips:
        held = FrameRange(clip.start, clip.stop).intersection(frames)
        if held is None:
            continue
        skipped = Fraction(held.start - clip.start) * rates[clip.medium] / cut.rate.fraction
        source = clip.source + skipped * clip.speed
        start = held.start - frames.start
        clips.append(replace(clip, start=start, length=len(held), source=source))
    transitions = tuple(
        replace(
            each,
            at=each.at - frames.start,
            before=min(each.before, each.at - frames.start),
            after=min(each.after, frames.stop - each.at),
        )
        for each in track.transitions
        if frames.start < each.at < frames.stop
    )
    if len(transitions) < len(track.transitions):
        losses.add("Dissolves outside the range, or over its ends, are left out")
    return replace(track, clips=tuple(clips), transitions=transitions)
