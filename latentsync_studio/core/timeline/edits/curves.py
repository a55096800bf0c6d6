"""Curves of clips: keys of settings, of mask layers and of the protection of faces.

Frames are those of the medium's grid: `clip.source_at(frame of the sequence)`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.mask import keyframes
from latentsync_studio.core.mask.keyframes import Curve, Key
from latentsync_studio.core.settings.fields import find_field
from latentsync_studio.core.timeline.check import called
from latentsync_studio.core.timeline.edits.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from latentsync_studio.core.mask.keyframes import Ease
    from latentsync_studio.core.timeline.model import Clip, ClipId, Project

_SETTING = "compose."
_LAYER = re.compile(r"layer\.([^.]+)\.(opacity|x|y|scale|rotation)")
_USABLE = re.compile(r"usable\.\d+")
_FAR = 65_536.0  # px


class Limits(NamedTuple):
    """What a curve's values may be, and what holds where there is no key."""

    low: float
    high: float
    default: float


def limits_of(project: Project, clip: Clip, key: str) -> Limits:
    """Limits of a curve of a clip; the default is what the clip has without the curve.

    Raises:
        InvalidEditError: nothing of the clip can be animated under this key.
        InvalidSettingError: there is no such setting.
    """
    if key.startswith(_SETTING):
        return _of_setting(project, clip, key)
    if _USABLE.fullmatch(key):
        return Limits(0.0, 1.0, 1.0)
    found = _LAYER.fullmatch(key)
    layer = next((each for each in clip.masks if found and each.id == found[1]), None)
    if found is None or layer is None:
        raise InvalidEditError(f"{called(clip)} has nothing to animate as {key!r}.")
    return {
        "opacity": Limits(0.0, 1.0, layer.opacity),
        "scale": Limits(0.01, 100.0, 1.0),
        "rotation": Limits(-3600.0, 3600.0, 0.0),
    }.get(found[2], Limits(-_FAR, _FAR, 0.0))


def keys_of(clip: Clip, key: str) -> tuple[Key, ...]:
    """The keys of a curve; none where there is no such curve."""
    return next((curve.keys for curve in clip.curves if curve.key == key), ())


def set_curve(project: Project, clip: ClipId, key: str, keys: tuple[Key, ...]) -> Project:
    """Give a clip these keys for one value; none take the curve away.

    Raises:
        InvalidEditError: keys that are out of order or of their limits, or an unknown curve.
        InvalidSettingError: there is no such setting.
    """
    return _edited(project, clip, key, lambda _: keys)


def put_key(project: Project, clip: ClipId, key: str, new: Key) -> Project:
    """Add a key, in the place of one at the same frame."""
    return _edited(project, clip, key, lambda keys: keyframes.with_key(keys, new))


def remove_keys(project: Project, clip: ClipId, key: str, frames: Collection[int]) -> Project:
    """Remove the keys at frames; with the last one the curve goes."""
    return _edited(project, clip, key, lambda keys: keyframes.without_keys(keys, frames))


def move_keys(
    project: Project,
    clip: ClipId,
    key: str,
    frames: Collection[int],
    by: int,
    rise: float = 0.0,
) -> Project:
    """Move keys in time and value; values end at the curve's limits."""
    low, high, _ = limits_of(project, _picked(project, clip), key)
    return _edited(
        project, clip, key, lambda keys: keyframes.moved_keys(keys, frames, by, rise, (low, high))
    )


def ease_keys(
    project: Project, clip: ClipId, key: str, frames: Collection[int], ease: Ease
) -> Project:
    """Give keys another way to the next one."""
    return _edited(project, clip, key, lambda keys: keyframes.eased_keys(keys, frames, ease))


def paste_keys(
    project: Project, clip: ClipId, key: str, copied: tuple[Key, ...], frame: int
) -> Project:
    """Lay copied keys (`keyframes.copied_keys`) from `frame` on, within the curve's limits."""
    low, high, _ = limits_of(project, _picked(project, clip), key)
    fitting = tuple(replace(each, value=min(max(each.value, low), high)) for each in copied)
    return _edited(project, clip, key, lambda keys: keyframes.pasted_keys(keys, fitting, frame))


def _edited(
    project: Project,
    clip: ClipId,
    key: str,
    edit: Callable[[tuple[Key, ...]], tuple[Key, ...]],
) -> Project:
    draft = Draft.around(project, [clip])
    [picked] = draft.pick([clip], linked=False)
    held = picked.clip
    old = keys_of(held, key)
    new = edit(old)
    if new == old:
        return project
    if new:
        _require_within(new, limits_of(project, held, key), key)
    curves = {curve.key: curve for curve in held.curves}
    known = curves.pop(key, None)
    if new:
        curves[key] = replace(known, keys=new) if known else Curve(key=key, keys=new)
    ordered = tuple(curves[name] for name in sorted(curves))
    draft.change_each([(picked, replace(held, curves=ordered))])
    return draft.done()


def _require_within(keys: tuple[Key, ...], limits: Limits, what: str) -> None:
    for key in keys:
        if not limits.low <= key.value <= limits.high:
            raise InvalidEditError(
                f"{what} cannot be {key.value:g} at frame {key.frame}.",
                remedy=f"Give a number from {limits.low:g} to {limits.high:g}.",
            )


def _of_setting(project: Project, clip: Clip, key: str) -> Limits:
    field = find_field(type(project.settings), key)
    if field.kind != "float" or field.key != key:
        raise InvalidEditError(f"{key!r} cannot be animated.")
    default = next((own.value for own in clip.overrides if own.key == key), None)
    if default is None:
        default = getattr(project.settings.compose, field.name)
    low = -_FAR if field.low is None else field.low
    high = _FAR if field.high is None else field.high
    return Limits(low, high, float(default))


def _picked(project: Project, clip: ClipId) -> Clip:
    draft = Draft.around(project, [clip])
    [picked] = draft.pick([clip], linked=False)
    return picked.clip
