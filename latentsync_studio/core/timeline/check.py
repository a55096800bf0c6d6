"""The invariants of a document, and finding a part by its id.

Ids are unique in the project, clips of a track are ordered and never overlap, every clip lies
within its medium, dissolves have their handles, a link holds two clips or more, each on a track of
its own. Mask layers and curves of a clip have ids and keys of their own, in order.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.mask.keyframes import check_keys
from latentsync_studio.core.mask.layer import check_layer
from latentsync_studio.core.timeline.takes import SpanTake, check_takes
from latentsync_studio.core.timeline.timecode import can_drop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from latentsync_studio.core.mask.layer import MaskLayer
    from latentsync_studio.core.timeline.model import (
        Clip,
        LinkId,
        MediaId,
        MediaItem,
        Project,
        Sequence,
        SequenceId,
        Track,
    )
    from latentsync_studio.core.timeline.rate import FrameRate


def check(project: Project) -> None:
    """Raise InvalidEditError for the first thing in `project` that cannot exist."""
    _check_ids(project)
    media = {item.id: item for item in project.media}
    for sequence in project.sequences:
        _check_sequence(sequence)
        for track in sequence.tracks:
            check_track(track, media, sequence.rate)
        _check_links(sequence)


def check_track(
    track: Track, media: dict[MediaId, MediaItem], rate: FrameRate, before: Track | None = None
) -> None:
    """Raise InvalidEditError unless `track` can exist by itself.

    Clips that `before` (a valid track) already held are not looked at one by one again.
    """
    held = {id(clip) for clip in before.clips} if before else set()
    for clip in track.clips:
        if id(clip) not in held:
            _check_clip(clip, track, media, rate)
    for left, right in pairwise(track.clips):
        if left.stop > right.start:
            raise InvalidEditError(
                f"On {called(track)}, {called(left)} ends at frame {left.stop}, after"
                f" {called(right)} has begun at {right.start}.",
                remedy="Use overwrite or a ripple edit, or leave more room.",
            )
    if track.speech and track.kind != "audio":
        raise InvalidEditError(f"{called(track)} has pictures; only sound drives lips.")
    if track.dissolves:
        _check_dissolves(track, media, rate)


def find_sequence(project: Project, sequence: SequenceId) -> Sequence:
    """The sequence with this id; raise InvalidEditError where there is none."""
    for found in project.sequences:
        if found.id == sequence:
            return found
    raise InvalidEditError(f"There is no sequence {sequence}.")


def find_media(project: Project, media: MediaId) -> MediaItem:
    """The media item with this id; raise InvalidEditError where there is none."""
    for item in project.media:
        if item.id == media:
            return item
    raise InvalidEditError(f"There is no media item {media}.")


def called(part: Clip | Track) -> str:
    """What people read for a clip or a track: its name, else its id."""
    return part.name or part.id


def sync_offset(clip: Clip, partner: Clip) -> int:
    """Frames by which `partner` plays late against `clip`; 0 for linked clips in sync.

    Only clips of the same medium can be out of sync.
    """
    if clip.media != partner.media:
        return 0
    return (partner.start - partner.source.start) - (clip.start - clip.source.start)


def _check_ids(project: Project) -> None:
    seen: set[str] = set()
    for part in _ids(project):
        number = part[1:]
        if not (number.isdecimal() and int(number) < project.next_id):
            raise InvalidEditError(f"The id {part!r} is not below the next one, {project.next_id}.")
        if part in seen:
            raise InvalidEditError(f"The id {part} is used twice.")
        seen.add(part)
    for inner in _inner(project):
        number = inner.id[1:]
        if inner.id in seen or not (number.isdecimal() and int(number) < project.next_id):
            what = "take" if isinstance(inner, SpanTake) else "mask"
            raise InvalidEditError(f"A {what} cannot have the id {inner.id!r}.")


def _inner(project: Project) -> Iterator[MaskLayer | SpanTake]:
    """All mask layers and takes; copies of a clip share the ids of theirs."""
    for sequence in project.sequences:
        for track in sequence.tracks:
            for clip in track.clips:
                yield from clip.masks
                yield from clip.takes


def _ids(project: Project) -> Iterator[str]:
    yield from (item.id for item in project.media)
    yield from (ballot.id for ballot in project.ballots)
    for sequence in project.sequences:
        yield sequence.id
        for marker in sequence.markers:
            yield marker.id
        for track in sequence.tracks:
            yield track.id
            for clip in track.clips:
                yield clip.id
            for dissolve in track.dissolves:
                yield dissolve.id


def _check_sequence(sequence: Sequence) -> None:
    if min(sequence.width, sequence.height, sequence.audio_hz) <= 0:
        raise InvalidEditError(
            f"A sequence cannot have {sequence.width}x{sequence.height} px and"
            f" {sequence.audio_hz} Hz."
        )
    if sequence.is_drop and not can_drop(sequence.rate):
        raise InvalidEditError(f"There is no drop-frame time code at {sequence.rate}.")
    kinds = [track.kind for track in sequence.tracks]
    if kinds != sorted(kinds, reverse=True):
        raise InvalidEditError("A video track lies behind an audio track.")
    if any(a.frames.start > b.frames.start for a, b in pairwise(sequence.markers)):
        raise InvalidEditError("The markers are not in order.")
    ranges = [marker.frames for marker in sequence.markers]
    for frames in [*ranges, *filter(None, (sequence.work_area,))]:
        if frames.start < 0:
            raise InvalidEditError(f"A range cannot begin at frame {frames.start}.")


def _check_clip(clip: Clip, track: Track, media: dict[MediaId, MediaItem], rate: FrameRate) -> None:
    if clip.start < 0:
        raise InvalidEditError(f"{called(clip)} would begin at frame {clip.start}.")
    _check_look(clip)
    item = media.get(clip.media)
    if item is None:
        raise InvalidEditError(f"{called(clip)} shows the media item {clip.media}; there is none.")
    available = item.available(track.kind, rate)
    if available is None:
        return
    if clip.source.start < 0 or clip.source.stop > available:
        raise InvalidEditError(
            f"{called(clip)} would use frames {clip.source.start}..{clip.source.stop} of"
            f" {item.name}, which has {available} for {track.kind}."
        )


def _check_look(clip: Clip) -> None:
    """Mask layers and curves."""
    for layer in clip.masks:
        check_layer(layer)
    if len({layer.id for layer in clip.masks}) < len(clip.masks):
        raise InvalidEditError(f"Two masks of {called(clip)} have the same id.")
    for curve in clip.curves:
        if not curve.keys:
            raise InvalidEditError(f"The curve {curve.key} of {called(clip)} has no key.")
        check_keys(curve.keys, curve.key)
    if any(a.key >= b.key for a, b in pairwise(clip.curves)):
        raise InvalidEditError(f"The curves of {called(clip)} are not in order.")
    check_takes(clip.takes, called(clip))


def _check_dissolves(track: Track, media: dict[MediaId, MediaItem], rate: FrameRate) -> None:
    taken: Counter[str] = Counter()
    cuts = {(a.id, b.id): (a, b) for a, b in pairwise(track.clips) if a.stop == b.start}
    for dissolve in track.dissolves:
        pair = cuts.get((dissolve.left, dissolve.right))
        if pair is None:
            raise InvalidEditError(f"The dissolve {dissolve.id} lies on no cut.")
        left, right = pair
        taken[left.id] += dissolve.before
        taken[right.id] += dissolve.after
        before, after = handles(left, right, media, track, rate)
        if not (0 <= dissolve.before <= before and 0 <= dissolve.after <= after):
            raise InvalidEditError(
                f"A dissolve of {dissolve.before} + {dissolve.after} frames needs unused media; at"
                f" this cut there are {before} + {after}.",
                remedy="Make it shorter, or trim the clips first.",
            )
        if dissolve.before + dissolve.after == 0:
            raise InvalidEditError("A dissolve must last a frame.")
    for clip in track.clips:
        if taken[clip.id] > len(clip.source):
            raise InvalidEditError(
                f"The dissolves of {called(clip)} need {taken[clip.id]} frames of its"
                f" {len(clip.source)}."
            )


def handles(
    left: Clip, right: Clip, media: dict[MediaId, MediaItem], track: Track, rate: FrameRate
) -> tuple[int, int]:
    """Longest dissolve (before, after) at the cut of two clips, by length and unused media."""
    ends = media[left.media].available(track.kind, rate)
    begins = media[right.media].available(track.kind, rate)
    before, after = len(left.source), len(right.source)
    if begins is not None:
        before = min(before, right.source.start)
    if ends is not None:
        after = min(after, ends - left.source.stop)
    return before, after


def _check_links(sequence: Sequence) -> None:
    for link, tracks in _linked(sequence.tracks).items():
        if len(tracks) < 2 or len(set(tracks)) < len(tracks):
            raise InvalidEditError(f"The link {link} must join clips of two tracks or more.")


def _linked(tracks: Iterable[Track]) -> dict[LinkId, list[str]]:
    """Of each link: the track of every clip that has it."""
    found: dict[LinkId, list[str]] = {}
    for track in tracks:
        for clip in track.clips:
            if clip.link is not None:
                found.setdefault(clip.link, []).append(track.id)
    return found
