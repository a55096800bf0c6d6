"""Speech that goes on after the last picture: show the clip again, or end with the picture.

V1   | clip      |                    | clip      | clip   |
A1   | speech            |      ->    | speech             |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.check import find_sequence
from latentsync_studio.core.timeline.edits.marks import set_work_area
from latentsync_studio.core.timeline.edits.place import Placement, overwrite

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.model import Clip, Project, Sequence, SequenceId, Track


def repeat_picture(project: Project, sequence_id: SequenceId) -> Project:
    """Lay the last picture's clip again behind itself until the speech ends.

    Raises:
        InvalidEditError: no picture ends before the speech.
    """
    sequence = find_sequence(project, sequence_id)
    track, clip, stop = _overhang(sequence)
    length, placements = len(clip.source), []
    for start in range(clip.stop, stop, length):
        used = FrameRange(clip.source.start, clip.source.start + min(length, stop - start))
        placements.append(Placement(track.id, replace(clip, start=start, source=used, link=None)))
    return overwrite(project, placements)


def end_with_picture(project: Project, sequence_id: SequenceId) -> Project:
    """Let the work area end with the last picture: nothing is cut, but nothing more is exported.

    Raises:
        InvalidEditError: no picture ends before the speech.
    """
    sequence = find_sequence(project, sequence_id)
    _, clip, _ = _overhang(sequence)
    start = 0 if sequence.work_area is None else min(sequence.work_area.start, clip.stop - 1)
    return set_work_area(project, sequence_id, FrameRange(start, clip.stop))


def _overhang(sequence: Sequence) -> tuple[Track, Clip, int]:
    """The clip whose picture ends last, its track, and where the speech ends behind it."""
    pictures = [
        (track, track.clips[-1])
        for track in sequence.tracks
        if track.kind == "video" and track.clips and not track.is_muted
    ]
    spoken = [track.stop for track in sequence.tracks if track.speech and not track.is_muted]
    last = max(pictures, key=lambda pair: pair[1].stop, default=None)
    if last is None or max(spoken, default=0) <= last[1].stop:
        raise InvalidEditError("No picture ends before the speech does.")
    return *last, max(spoken)
