"""How long the engine needed for each window that a clip shows, and which are there at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.services.timeline.face_take import NotAnalysedError

if TYPE_CHECKING:
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import ClipId, Project, SequenceId
    from latentsync_studio.services.timeline.face_take import FaceTake
    from latentsync_studio.services.timeline.takes import ClipTake, TakeCache


class WindowTime(msgspec.Struct, frozen=True, kw_only=True):
    """A window of a clip.

    Attributes:
        frames: of the sequence, within the clip.
        seconds: that the engine needed to draw it; NaN where nobody wrote that down.
        at: when it was done, as `time.time`; 0 where that is unknown.
        is_stored: whether its patches are there, so that they are reused.
        engine: id of what draws it.
    """

    frames: FrameRange
    seconds: float
    at: float
    is_stored: bool
    engine: str


def window_times(
    project: Project,
    sequence_id: SequenceId,
    clip_id: ClipId,
    takes: TakeCache,
    progress: Progress,
) -> tuple[WindowTime, ...]:
    """The windows that a clip shows, by their first frames; those of several faces one by one.

    Opens no engine and analyses nothing: windows without a known key count as not stored.

    Raises:
        InputError: the medium is offline or unreadable.
        InvalidEditError: there is no such clip.
    """
    take = takes.get(project, sequence_id, clip_id, progress, analyse=False)
    found = [each for face in take.faces for each in _of_face(take, face, progress)]
    return tuple(sorted(found, key=lambda each: (each.frames.start, each.frames.stop)))


def _of_face(take: ClipTake, face: FaceTake, progress: Progress) -> list[WindowTime]:
    placed = take.clip.placed
    at = take.frames_at(placed).tolist()
    shown: dict[FrameRange, list[int]] = {}
    for number, frame in enumerate(at):
        window = face.window_of(frame)
        if window is not None:
            shown.setdefault(window, []).append(placed.start + number)
    times = face.times()
    found = []
    for window, frames in shown.items():
        progress.check()
        seconds, when = times.get(window, (float("nan"), 0.0))
        found.append(
            WindowTime(
                frames=FrameRange(frames[0], frames[-1] + 1),
                seconds=seconds,
                at=when,
                is_stored=_is_stored(face, window),
                engine=face.engine_of(window),
            )
        )
    return found


def _is_stored(face: FaceTake, window: FrameRange) -> bool:
    try:
        return face.knows(window) and face.is_stored(window)
    except NotAnalysedError:
        return False
