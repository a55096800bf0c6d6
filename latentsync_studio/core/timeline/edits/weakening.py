"""A span of a clip in which the new mouth shows less, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from latentsync_studio.core.mask.keyframes import Key, value_at, with_key, without_keys
from latentsync_studio.core.timeline.edits.clips import settings_of
from latentsync_studio.core.timeline.edits.curves import keys_of, set_curve
from latentsync_studio.core.timeline.edits.draft import Draft

if TYPE_CHECKING:
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.model import Clip, ClipId, Project

STRENGTH: Final = "compose.strength"
RAMP: Final = 4  # frames over which the strength goes down before the span, and up behind it


def weaken(project: Project, clip: ClipId, frames: FrameRange, factor: float) -> Project:
    """Let the strength in `frames` be `factor` times what it is, with soft edges around them.

    Keys of the strength keep their values outside of the span and its edges; where the clip ends
    there is no edge.

    Args:
        project: before.
        clip: on a video track.
        frames: of the medium's grid.
        factor: 0 shows the source, 1 changes nothing.

    Raises:
        InvalidEditError: there is no such clip, or its track is locked.
    """
    [picked] = Draft.around(project, [clip]).pick([clip], linked=False)
    held = picked.clip
    keys = keys_of(held, STRENGTH)
    fixed = settings_of(project, held).compose.strength
    first, last = frames.start, frames.stop - 1
    before, after = first - RAMP, last + RAMP
    inside = [key.frame for key in keys if first < key.frame < last]
    made = {frame: _value(keys, frame, fixed) * factor for frame in (first, *inside, last)}
    for frame in (before, after):
        if _shows(held, frame):
            made[frame] = _value(keys, frame, fixed)
    new = without_keys(keys, [key.frame for key in keys if before < key.frame < after])
    for frame, value in sorted(made.items()):
        new = with_key(new, Key(frame=frame, value=value))
    return set_curve(project, clip, STRENGTH, new)


def strength_at(project: Project, clip: Clip, frame: int) -> float:
    """How strongly the new mouth shows at a frame of the medium's grid, 0..1."""
    return _value(keys_of(clip, STRENGTH), frame, settings_of(project, clip).compose.strength)


def _value(keys: tuple[Key, ...], frame: int, fixed: float) -> float:
    return value_at(keys, frame) if keys else fixed


def _shows(clip: Clip, frame: int) -> bool:
    return frame in clip.source
