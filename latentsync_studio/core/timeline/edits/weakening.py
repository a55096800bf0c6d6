"""A span of a clip in which the new mouth is laid over its source otherwise: weaker, or sharper."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from latentsync_studio.core.mask.keyframes import Key, value_at, with_key, without_keys
from latentsync_studio.core.settings.fields import find_field
from latentsync_studio.core.timeline.edits.curves import keys_of, limits_of, set_curve
from latentsync_studio.core.timeline.edits.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.model import Clip, ClipId, Project

STRENGTH: Final = "compose.strength"
TEXTURE: Final = ("compose.detail", "compose.sharpen")  # of the skin, and of lips and teeth
RAMP: Final = 4  # frames over which the strength goes down before the span, and up behind it


def weaken(project: Project, clip: ClipId, frames: FrameRange, factor: float) -> Project:
    """Let the strength in `frames` be `factor` times what it is, with soft edges around them.

    Args:
        project: before.
        clip: on a video track.
        frames: of the medium's grid.
        factor: 0 shows the source, 1 changes nothing.

    Raises:
        InvalidEditError: there is no such clip, or its track is locked.
    """
    return changed_within(project, clip, STRENGTH, frames, lambda value: value * factor)


def sharpen(project: Project, clip: ClipId, frames: FrameRange, amount: float) -> Project:
    """Bring skin detail and sharpening in `frames` nearer to the most there is, with soft edges.

    Args:
        project: before.
        clip: on a video track.
        frames: of the medium's grid.
        amount: share of what is missing to the most; 0 changes nothing, 1 is the most.

    Raises:
        InvalidEditError: there is no such clip, or its track is locked.
    """
    for key in TEXTURE:
        project = changed_within(
            project, clip, key, frames, partial(_nearer, most=_most(project, key), by=amount)
        )
    return project


def is_sharpest(project: Project, clip: Clip, frame: int) -> bool:
    """Whether `sharpen` could change nothing at a frame of the medium's grid."""
    return all(value_within(project, clip, key, frame) >= _most(project, key) for key in TEXTURE)


def changed_within(
    project: Project,
    clip: ClipId,
    key: str,
    frames: FrameRange,
    change: Callable[[float], float],
) -> Project:
    """Let the value of a compose setting in `frames` be what `change` makes of it.

    Keys keep their values outside of the span and its soft edges; where the clip ends there is no
    edge.

    Raises:
        InvalidEditError: there is no such clip, or its track is locked.
    """
    [picked] = Draft.around(project, [clip]).pick([clip], linked=False)
    held = picked.clip
    keys = keys_of(held, key)
    fixed = limits_of(project, held, key).default
    first, last = frames.start, frames.stop - 1
    before, after = first - RAMP, last + RAMP
    inside = [each.frame for each in keys if first < each.frame < last]
    made = {frame: change(_value(keys, frame, fixed)) for frame in (first, *inside, last)}
    for frame in (before, after):
        if _shows(held, frame):
            made[frame] = _value(keys, frame, fixed)
    new = without_keys(keys, [each.frame for each in keys if before < each.frame < after])
    for frame, value in sorted(made.items()):
        new = with_key(new, Key(frame=frame, value=value))
    return set_curve(project, clip, key, new)


def strength_at(project: Project, clip: Clip, frame: int) -> float:
    """How strongly the new mouth shows at a frame of the medium's grid, 0..1."""
    return value_within(project, clip, STRENGTH, frame)


def value_within(project: Project, clip: Clip, key: str, frame: int) -> float:
    """A compose setting of a clip at a frame of the medium's grid."""
    return _value(keys_of(clip, key), frame, limits_of(project, clip, key).default)


def _nearer(value: float, most: float, by: float) -> float:
    return value + (most - value) * by


def _most(project: Project, key: str) -> float:
    high = find_field(type(project.settings), key).high
    return 1.0 if high is None else float(high)


def _value(keys: tuple[Key, ...], frame: int, fixed: float) -> float:
    return value_at(keys, frame) if keys else fixed


def _shows(clip: Clip, frame: int) -> bool:
    return frame in clip.source
