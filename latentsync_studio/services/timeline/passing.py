"""Which frames of a clip stay as they were, in frames of the sequence, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.core.face.spans import passed_through
from latentsync_studio.services.request import PassedThrough

if TYPE_CHECKING:
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.services.timeline.face_take import FaceTake
    from latentsync_studio.services.timeline.takes import ClipTake


def passed_frames(take: ClipTake, frames: FrameRange) -> tuple[PassedThrough, ...]:
    """Spans of `frames` in which no driven face can be redrawn.

    With several driven faces a span is told for each of them that passes.
    """
    if not take.faces:
        whole = (frames.start, frames.stop)
        return (PassedThrough(range=whole, reason="not_driven", numbers={}, text=take.note),)
    axis, video = take.axis, take.medium.video
    source = axis.source[take.frames_at(frames)]
    found = []
    for face in take.faces:
        for span in passed_through(face.face, (video.width, video.height), source):
            start, stop = frames.start + span.frames.start, frames.start + span.frames.stop
            found.append(
                PassedThrough(
                    range=(start, stop),
                    reason=span.reason.name.lower(),
                    numbers=span.numbers,
                    text=span.text,
                )
            )
    return tuple(found)


def why_passed(take: ClipTake, face: FaceTake, frame: int) -> str:
    """Why frame `frame` of a take is not redrawn, as a sentence."""
    video = take.medium.video
    source = take.axis.source[frame : frame + 1]
    spans = passed_through(face.face, (video.width, video.height), source)
    return spans[0].text if spans else ""
