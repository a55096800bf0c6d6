"""A clip and the speech that its lips shall follow, laid out on a sequence of their own.

V1   | clip                    |
A1   | its own sound, muted    |      only where it has one
A2   | speech           |             drives the lips
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.media import add_media
from latentsync_studio.core.timeline.edits.place import Placement, overwrite
from latentsync_studio.core.timeline.edits.tracks import (
    add_sequence,
    add_track,
    drive_lips,
    switch_track,
)
from latentsync_studio.core.timeline.model import (
    Clip,
    ClipId,
    LinkId,
    MediaItem,
    Project,
    Sequence,
    SpeechLane,
    VideoFacts,
)
from latentsync_studio.core.timeline.rate import FrameRate

STILL_RATE: Final = FrameRate(25)
_COMMON: Final = tuple(
    FrameRate(num, den)
    for num, den in (
        (24000, 1001),
        (24, 1),
        (25, 1),
        (30000, 1001),
        (30, 1),
        (48, 1),
        (50, 1),
        (60000, 1001),
        (60, 1),
    )
)
_OVERHANG: Final = 2  # frames by which speech may be longer than a clip and still counts as equal
_NEAR: Final = 0.05  # a variable rate counts as a common one within 5 percent


def clip_and_speech(project: Project, clip: MediaItem, speech: MediaItem) -> Project:
    """Lay a clip and its new speech on a sequence with the clip's rate and size.

    The sequence is `sequences[-1]` of the result, new, or the last one there where nothing lies on
    that. A still lasts as long as the speech.

    Args:
        project: gets the media, where it does not have them by their ids.
        clip: with a picture.
        speech: with sound; a movie will do.

    Raises:
        InvalidEditError: there is no picture, or no sound.
    """
    if clip.video is None:
        raise InvalidEditError(f"{clip.name} has no picture.", remedy="Choose a clip with video.")
    if not speech.available("audio", STILL_RATE):
        raise InvalidEditError(f"{speech.name} has no sound.", remedy="Choose a file with sound.")
    made, clip = _held(project, clip)
    made, speech = _held(made, speech)
    made = _with_sequence(made, clip)
    sequence = made.sequences[-1]
    spoken = speech.available("audio", sequence.rate) or 0
    shown = clip.available("video", sequence.rate)
    if shown is not None and shown < spoken <= shown + _OVERHANG:
        spoken = shown  # a rest of a frame of speech must not show black behind the clip
    placements = _of_clip(sequence, clip, spoken if shown is None else shown)
    lane = sequence.tracks[-1].id
    used = FrameRange(0, spoken)
    placements.append(
        Placement(lane, Clip(id=ClipId("speech"), media=speech.id, source=used, start=0))
    )
    made = overwrite(made, placements)
    if len(placements) > 2:
        made = switch_track(made, placements[1].track, muted=True)
    return drive_lips(made, lane, SpeechLane())


def grid_rate(video: VideoFacts) -> FrameRate:
    """The rate of a sequence for a clip: its own, of a variable one the nearest common rate."""
    if not video.is_variable:
        return video.rate
    rate = video.rate.fraction
    nearest = min(_COMMON, key=lambda each: abs(each.fraction - rate))
    if abs(nearest.fraction - rate) <= _NEAR * rate:
        return nearest
    return FrameRate(max(1, round(rate)))


def _held(project: Project, item: MediaItem) -> tuple[Project, MediaItem]:
    """The project with `item` in it, and how it holds it."""
    for each in project.media:
        if each.id == item.id:
            return project, each
    after = add_media(project, item)
    return after, after.media[-1]


def _with_sequence(project: Project, clip: MediaItem) -> Project:
    """The project with an empty sequence for `clip` at the end; its last track is for speech."""
    video = clip.video
    if video is None:
        raise InvalidEditError(f"{clip.name} has no picture.")
    rate = STILL_RATE if clip.is_still else grid_rate(video)
    last = project.sequences[-1] if project.sequences else None
    made = add_sequence(project, clip.name.rpartition(".")[0] or clip.name, rate, _size(video))
    if clip.available("audio", rate):
        made = add_track(made, made.sequences[-1].id, "audio")
    new = made.sequences[-1]
    if last is None or last.stop > 0 or last.markers:
        return made
    return replace(made, sequences=(*project.sequences[:-1], replace(new, id=last.id)))


def _size(video: VideoFacts) -> tuple[int, int]:
    return video.width, video.height


def _of_clip(sequence: Sequence, clip: MediaItem, length: int) -> list[Placement]:
    """The clip's picture and, where it has any, its sound, linked."""
    heard = min(clip.available("audio", sequence.rate) or 0, length)
    link = LinkId("pair") if heard else None
    picture = Clip(
        id=ClipId("picture"), media=clip.id, source=FrameRange(0, length), start=0, link=link
    )
    placements = [Placement(sequence.tracks[0].id, picture)]
    if heard:
        sound = replace(picture, id=ClipId("sound"), source=FrameRange(0, heard))
        placements.append(Placement(sequence.tracks[1].id, sound))
    return placements
