"""What a sequence shows: which clips are seen at a frame, which tracks are heard and drive lips.

The top track that has an enabled clip at a frame hides those below it. Within a dissolve two clips
of that track are seen, the left one fading out. Folding a track away changes nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.check import find_media
from latentsync_studio.core.timeline.rate import samples_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.timeline.model import (
        Clip,
        ClipId,
        Dissolve,
        MediaId,
        Project,
        Sequence,
        Track,
        TrackKind,
    )


class Layer(NamedTuple):
    """A clip that is seen at a frame, and its share of the picture (0..1; shares sum to 1)."""

    clip: Clip
    share: float


class Driver(NamedTuple):
    """The face of a clip that is redrawn, and the audio tracks that it follows."""

    face: int
    lanes: tuple[Track, ...]


class SoundPiece(NamedTuple):
    """A stretch of a medium's sound on an axis of samples; all positions count from its origin.

    Attributes:
        media: whose sound.
        start: first sample on the axis.
        stop: sample after the last.
        shift: position on the axis minus position in the medium's time.
        fade_in: samples over which it comes, or None.
        fade_out: samples over which it goes, or None.
    """

    media: MediaId
    start: int
    stop: int
    shift: int
    fade_in: tuple[int, int] | None = None
    fade_out: tuple[int, int] | None = None


def active_tracks(sequence: Sequence, kind: TrackKind) -> tuple[Track, ...]:
    """Tracks of a kind that are seen or heard: not muted, and solo where any is."""
    tracks = [track for track in sequence.tracks if track.kind == kind]
    solo = any(track.is_solo for track in tracks)
    return tuple(t for t in tracks if not t.is_muted and (t.is_solo or not solo))


def layers_at(sequence: Sequence, frame: int) -> tuple[Layer, ...]:
    """What is seen at `frame`: nothing (black), one clip, or two within a dissolve."""
    for track in reversed(active_tracks(sequence, "video")):
        seen = _seen(track, frame)
        if seen:
            return seen
    return ()


def clip_at(track: Track, frame: int) -> Clip | None:
    """The clip of a track that covers `frame`, enabled or not."""
    at = bisect_right(track.clips, frame, key=lambda clip: clip.start) - 1
    return track.clips[at] if at >= 0 and frame < track.clips[at].stop else None


def reach_of(track: Track, clip: Clip) -> FrameRange:
    """Frames of the sequence at which `clip` may be seen or heard, its dissolves included."""
    start, stop = clip.start, clip.stop
    for dissolve in live_dissolves(track):
        if dissolve.right == clip.id:
            start -= dissolve.before
        if dissolve.left == clip.id:
            stop += dissolve.after
    return FrameRange(start, stop)


def with_siblings(sequence: Sequence, clip: Clip, shown: FrameRange) -> FrameRange:
    """Frames that a clip and the others cut from the same stretch show: they share one take.

    Those are the clips of the same medium that lie as far from where it would begin.
    """
    origin = clip.start - clip.source.start
    start, stop = shown.start, shown.stop
    for track in sequence.tracks:
        if track.kind != "video" or track.is_muted:
            continue
        for other in track.clips:
            if other.media == clip.media and other.start - other.source.start == origin:
                reach = reach_of(track, other)
                start, stop = min(start, reach.start), max(stop, reach.stop)
    return FrameRange(start, stop)


def live_dissolves(track: Track) -> Iterator[Dissolve]:
    """Dissolves between two enabled clips; the others do nothing."""
    if not track.dissolves:
        return
    enabled = {clip.id for clip in track.clips if clip.is_enabled}
    for dissolve in track.dissolves:
        if dissolve.left in enabled and dissolve.right in enabled:
            yield dissolve


def find_placed(sequence: Sequence, clip: ClipId) -> tuple[Track, Clip] | None:
    """The clip with this id and its track."""
    for track in sequence.tracks:
        for held in track.clips:
            if held.id == clip:
                return track, held
    return None


def drivers_of(
    project: Project, sequence: Sequence, track: Track, clip: Clip
) -> tuple[Driver, ...]:
    """Which faces of a clip are redrawn and after which lanes, in the order of faces.

    A lane drives a clip under which it plays something; it does not while it is muted. Solo is for
    listening and changes nothing here. Lanes that drive the same face are heard together.
    """
    if track.kind != "video" or track.is_muted or not clip.is_enabled:
        return ()
    if find_media(project, clip.media).video is None:
        return ()
    reach, found = reach_of(track, clip), dict[int, list["Track"]]()
    for lane in sequence.tracks:
        if lane.speech is None or lane.is_muted:
            continue
        late = -(-abs(lane.speech.offset_ms) * sequence.rate.num // (1000 * sequence.rate.den))
        heard = FrameRange(reach.start - late, reach.stop + late)
        if _plays(lane, heard):
            found.setdefault(lane.speech.face_of(clip.media), []).append(lane)
    return tuple(Driver(face, tuple(lanes)) for face, lanes in sorted(found.items()))


def sound_pieces(
    sequence: Sequence,
    track: Track,
    rate_hz: int,
    origin: int = 0,
    within: FrameRange | None = None,
) -> tuple[SoundPiece, ...]:
    """The enabled clips of a track as stretches of sound, in order.

    Args:
        sequence: whose rate places the clips.
        track: an audio track.
        rate_hz: samples a second of the axis.
        origin: the frame of the sequence that is sample 0 of the axis. Positions depend only on the
            distance to it, and a cut in a clip moves no sample.
        within: frames of the sequence; clips that do not touch them may be left out.
    """
    rate, fades = sequence.rate, list(live_dissolves(track))
    ends = {d.left: (d.before, d.after) for d in fades}
    begins = {d.right: (d.before, d.after) for d in fades}
    pieces = []
    for clip in _near(track, within):
        if not clip.is_enabled:
            continue
        before, after = begins.get(clip.id), ends.get(clip.id)
        start, stop = clip.start - origin, clip.stop - origin
        first = start - before[0] if before else start
        last = stop + after[1] if after else stop
        held = samples_of(FrameRange(first, last), rate, rate_hz)
        shift = samples_of(FrameRange(start - clip.source.start, stop + 1), rate, rate_hz).start
        fade_in = fade_out = None
        if before:
            faded = FrameRange(start - before[0], start + before[1])
            fade_in = _ends(samples_of(faded, rate, rate_hz))
        if after:
            faded = FrameRange(stop - after[0], stop + after[1])
            fade_out = _ends(samples_of(faded, rate, rate_hz))
        pieces.append(SoundPiece(clip.media, held.start, held.stop, shift, fade_in, fade_out))
    return tuple(pieces)


def _near(track: Track, within: FrameRange | None) -> tuple[Clip, ...]:
    """Clips that touch a range, and one more on each side, which may dissolve into it."""
    if within is None:
        return track.clips
    first = bisect_right(track.clips, within.start, key=lambda clip: clip.start) - 2
    last = bisect_right(track.clips, within.stop, key=lambda clip: clip.start) + 1
    return track.clips[max(first, 0) : last]


def _ends(samples: FrameRange) -> tuple[int, int]:
    return samples.start, samples.stop


def _plays(lane: Track, frames: FrameRange) -> bool:
    at = max(bisect_right(lane.clips, frames.start, key=lambda clip: clip.start) - 1, 0)
    for clip in lane.clips[at:]:
        if clip.start >= frames.stop:
            return False
        if clip.is_enabled and clip.stop > frames.start:
            return True
    return False


def _seen(track: Track, frame: int) -> tuple[Layer, ...]:
    clip = clip_at(track, frame)
    if clip is None or not clip.is_enabled:
        return ()
    for dissolve in live_dissolves(track) if track.dissolves else ():
        if clip.id not in {dissolve.left, dissolve.right}:
            continue
        left, right = _pair(track, dissolve)
        start, stop = left.stop - dissolve.before, left.stop + dissolve.after
        if start <= frame < stop:
            share = (frame - start + 0.5) / (stop - start)
            return Layer(left, 1.0 - share), Layer(right, share)
    return (Layer(clip, 1.0),)


def _pair(track: Track, dissolve: Dissolve) -> tuple[Clip, Clip]:
    found = {c.id: c for c in track.clips if c.id in {dissolve.left, dissolve.right}}
    return found[dissolve.left], found[dissolve.right]
