"""What of a clip can be animated: titles, limits and the values that hold without keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace
from PySide6.QtCore import QCoreApplication

from latentsync_studio.core.mask.keyframes import Key, value_at
from latentsync_studio.core.mask.layer import LAYER_VALUES
from latentsync_studio.core.settings.fields import apply, describe
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.core.timeline.edits.curves import keys_of, limits_of, put_key
from latentsync_studio.ui.widgets.setting_words import translated

if TYPE_CHECKING:
    from latentsync_studio.core.settings.fields import Value
    from latentsync_studio.core.timeline.edits.curves import Limits
    from latentsync_studio.core.timeline.model import Clip, Project
    from latentsync_studio.ui.inspector.target import Target

SETTINGS = tuple(
    field
    for field in describe(RenderSettings)
    if field.key.startswith("compose.") and field.kind == "float"
)
SETTING_KEYS = frozenset(field.key for field in SETTINGS)


class Row(NamedTuple):
    """One value that can have a curve.

    Attributes:
        key: as in `Curve.key`.
        title: for people.
        limits: of its values, and what holds where there is no key.
        unit: "%" where 1 stands for 100 %, else px, degrees or "".
    """

    key: str
    title: str
    limits: Limits
    unit: str


def rows_of(project: Project, clip: Clip, face: int) -> tuple[Row, ...]:
    """Everything of a clip that can be animated.

    Args:
        project: the document.
        clip: of the document.
        face: the face that is redrawn; its protection is one of the curves.
    """
    rows = [
        Row(f.key, translated(f.title), limits_of(project, clip, f.key), _unit_of(f.low, f.high))
        for f in SETTINGS
    ]
    words = _layer_words()
    for layer in clip.masks:
        for value in LAYER_VALUES:
            key = f"layer.{layer.id}.{value}"
            title = f"{layer.name or layer.id}: {words[value]}"
            unit = {"opacity": "%", "rotation": "\N{DEGREE SIGN}", "scale": "%"}.get(value, "px")
            rows.append(Row(key, title, limits_of(project, clip, key), unit))
    key = f"usable.{face}"
    rows.append(Row(key, _tr("Protection of the face"), limits_of(project, clip, key), "%"))
    return tuple(rows)


def shown_value(value: float, unit: str) -> float:
    """A value as people read it: 0.8 as 80 with "%"."""
    return value * 100 if unit == "%" else value


def value_text(value: float, unit: str) -> str:
    """A value with its unit."""
    number = f"{shown_value(value, unit):.4g}"
    return number + unit if unit == "\N{DEGREE SIGN}" else f"{number} {unit}".rstrip()


def with_value(project: Project, target: Target, key: str, value: Value, playhead: int) -> Project:
    """Set a value of what is selected: where it is animated as a key at the playhead.

    Beside a clip the playhead counts as being on its nearest frame.
    """
    animated = [clip for clip in target.clips if keys_of(clip, key)]
    for clip in animated:
        new = key_with(keys_of(clip, key), near(clip, playhead), float(value))
        project = put_key(project, clip.id, key, new)
    rest = tuple(clip for clip in target.clips if clip not in animated)
    if animated and not rest:
        return project
    return target._replace(clips=rest).with_values(project, {key: value})


def settings_at(settings: RenderSettings, clip: Clip, playhead: int) -> RenderSettings:
    """Settings with what the curves of a clip say at the playhead."""
    frame = near(clip, playhead)
    values: dict[str, Value] = {
        curve.key: value_at(curve.keys, frame) for curve in clip.curves if curve.key in SETTING_KEYS
    }
    return apply(settings, values) if values else settings


def near(clip: Clip, playhead: int) -> int:
    """The frame of the medium's grid under the playhead, beside the clip its nearest one."""
    return clip.source_at(min(max(playhead, clip.start), max(clip.start, clip.stop - 1)))


def value_of_row(clip: Clip, row: Row, frame: int) -> float:
    """What the curve says at a frame of the medium's grid, else what holds without it."""
    keys = keys_of(clip, row.key)
    return value_at(keys, frame) if keys else row.limits.default


def key_with(keys: tuple[Key, ...], frame: int, value: float) -> Key:
    """A key at a frame: the one that is there with another value, else one like that before it."""
    before = [key for key in keys if key.frame <= frame] or list(keys[:1])
    if not before:
        return Key(frame=frame, value=value)
    if before[-1].frame == frame:
        return replace(before[-1], value=value)
    return Key(frame=frame, value=value, ease=before[-1].ease)


def _unit_of(low: float | None, high: float | None) -> str:
    return "%" if (low, high) == (0, 1) else "px"


def _layer_words() -> dict[str, str]:
    return {
        "opacity": _tr("opacity"),
        "x": _tr("across"),
        "y": _tr("down"),
        "scale": _tr("scale"),
        "rotation": _tr("rotation"),
    }


def _tr(text: str) -> str:
    return QCoreApplication.translate("Curves", text)
