"""Presets: named, partial settings with the engine that they were made for.

A preset holds only what it sets; everything else stays as the user has it. What a newer program
wrote and this one does not know is kept when the preset is saved again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec.structs import replace

from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.errors import InputError, InvalidSettingError
from latentsync_studio.core.settings.fields import FORMER, apply, describe, value_of
from latentsync_studio.core.settings.pages import RenderSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PRESET_VERSION = 2  # 2: "cheeks" of version 1 is cheeks, nose, skin and rest


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """Named settings.

    Attributes:
        name: shown to people.
        engine: id of the engine that it was made for.
        notes: what it is good for.
        version: form of the saved preset.
        settings: dotted key -> value; may hold keys that this program does not know.
        unknown: other saved fields of a newer program.
    """

    name: str
    engine: str
    notes: str = ""
    version: int = PRESET_VERSION
    settings: dict[str, bool | int | float | str | list[Any] | dict[str, Any] | None] = {}
    unknown: dict[str, Any] = {}


class Applied(NamedTuple):
    """Settings after a preset, and its keys that were skipped because nobody knows them here."""

    settings: RenderSettings
    skipped: tuple[str, ...]


def apply_preset(settings: RenderSettings, preset: Preset) -> Applied:
    """Set what the preset sets.

    Raises:
        InvalidSettingError: a known setting has a value outside of its limits.
    """
    known = {field.key for field in describe(RenderSettings)}
    values: dict[str, Any] = {k: v for k, v in preset.settings.items() if k in known}
    try:
        changed = apply(settings, values)
    except InvalidSettingError as error:
        raise InvalidSettingError(
            f"The preset {preset.name!r}: {error}", remedy=error.remedy
        ) from error
    return Applied(changed, tuple(sorted(preset.settings.keys() - known)))


def make_preset(
    name: str, engine: str, settings: RenderSettings, *, keys: Iterable[str] = (), notes: str = ""
) -> Preset:
    """Make a preset of the settings with these keys; without keys, of those off their default."""
    chosen = {
        field.key: value_of(settings, field.key)
        for field in describe(RenderSettings)
        if field.key in keys or (not keys and value_of(settings, field.key) != field.default)
    }
    return Preset(name=name, engine=engine, notes=notes, settings=dict(chosen))


def updated(preset: Preset, settings: RenderSettings) -> Preset:
    """The preset with the present values of what it sets and of all that is off its default.

    Keys that this program does not know stay as they are.
    """
    keys = set(preset.settings)
    keys |= {f.key for f in describe(RenderSettings) if value_of(settings, f.key) != f.default}
    new = make_preset(preset.name, preset.engine, settings, keys=keys)
    return replace(preset, settings={**preset.settings, **new.settings})


def preset_to_json(preset: Preset) -> bytes:
    """The saved form: nested pages, indented, fields of newer programs as they were."""
    data = {
        **preset.unknown,
        "version": preset.version,
        "engine": preset.engine,
        "name": preset.name,
        "notes": preset.notes,
        "settings": _nested(preset.settings),
    }
    return msgspec.json.format(msgspec.json.encode(data), indent=2)


def preset_from_json(data: bytes) -> Preset:
    """Read a saved preset; the values of its settings are checked when it is applied.

    Raises:
        InputError: it is not JSON, or no preset.
    """
    try:
        fields = msgspec.json.decode(data, type=dict[str, Any])
        pages = fields.pop("settings", {})
        own = ("version", "engine", "name", "notes")
        named: dict[str, Any] = {key: fields.pop(key) for key in own if key in fields}
        flat = _flat(msgspec.convert(pages, dict[str, Any]))
        named["settings"] = {FORMER.get(key, key): value for key, value in flat.items()}
        if named.get("version") == 1:
            named = _with_regions(named)
        named["unknown"] = fields
        return msgspec.convert(named, decodable(Preset))
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError(
            f"This is no preset: {error}.", remedy="Export the preset again."
        ) from error


def _with_regions(named: dict[str, Any]) -> dict[str, Any]:
    """A preset of version 1 in the form of version 2."""
    settings = named["settings"]
    cheeks = settings.get("compose.cheeks")
    parts = ("compose.nose", "compose.skin", "compose.rest") if cheeks is not None else ()
    return {**named, "version": 2, "settings": {**dict.fromkeys(parts, cheeks), **settings}}


def _flat(pages: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested pages as dotted keys; an empty page of a newer program stays a value."""
    flat: dict[str, Any] = {}
    for name, value in pages.items():
        if isinstance(value, dict) and value:
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    pages: dict[str, Any] = {}
    for key, value in flat.items():
        *path, name = key.split(".")
        page = pages
        for part in path:
            page = page.setdefault(part, {})
        page[name] = value
    return pages
