"""The preferences file: JSON in the data home, read whatever it holds.

A bad file never stops the start. A value that cannot be is replaced by its default, the file as it
was is kept beside it as .bak, and the preferences say so. Fields of a newer program survive.
"""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import fields, replace

from latentsync_studio.core.json_text import json_text
from latentsync_studio.core.settings.preferences import Preferences
from latentsync_studio.storage.files import FileOps, sweep, write_atomic
from latentsync_studio.storage.sizes import disk_full, is_disk_full, storage_error

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

_MAX_BYTES: Final = 4_000_000
_NOT_SAVED: Final = frozenset({"unknown", "warnings"})
_BACKUPS: Final = 9


def read_preferences(path: Path, files: FileOps | None = None) -> Preferences:
    """Read the file; what it lacks or cannot say has its default. Never raises a StudioError.

    `Preferences.warnings` tells what was wrong.
    """
    files = files if files is not None else FileOps()
    try:
        data = files.read(path, _MAX_BYTES)
    except FileNotFoundError:
        return Preferences()
    except OSError as error:
        reason = error.strerror or str(error)
        return _warned(Preferences(), [f"The preferences {path} cannot be read: {reason}."])
    try:
        preferences, wrong = preferences_from(_parsed(data))
    except (ValueError, RecursionError) as error:
        log.warning("%s: %s", path, error)
        preferences, wrong = Preferences(), ["The file is damaged; all have their defaults."]
    if not wrong:
        return preferences
    kept = _keep_copy(path, data, files)
    told = [f"Preferences: {text}" for text in wrong]
    if kept is not None:
        told.append(f"The file as it was is kept as {kept}.")
    return _warned(preferences, told)


def write_preferences(path: Path, preferences: Preferences, files: FileOps | None = None) -> None:
    """Write the file, whole or not at all. Raises DiskFullError or StorageError."""
    files = files if files is not None else FileOps()
    known = msgspec.to_builtins(preferences)
    for name in _NOT_SAVED:
        del known[name]
    data = json_text(_merged(preferences.unknown, known), indent=2).encode("ascii")
    folder = path.parent
    try:
        sweep(folder, files.names(folder), files)
        write_atomic(path, [data, b"\n"], files)
    except OSError as error:
        if is_disk_full(error):
            raise disk_full(len(data), files.free_bytes(folder), folder) from error
        raise storage_error(error, path) from error


def preferences_from(saved: dict[str, Any]) -> tuple[Preferences, list[str]]:
    """Preferences of a parsed file, and a sentence for every value that has its default instead."""
    wrong: list[str] = []
    values, unknown = _read_page(Preferences(), saved, "", wrong)
    return replace(Preferences(), **values, unknown=unknown), wrong


def _read_page(
    page: msgspec.Struct, saved: dict[str, Any], prefix: str, wrong: list[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values of a page's fields that `saved` holds, and what of it no field knows."""
    known = {field.name: field for field in fields(page) if field.name not in _NOT_SAVED}
    values: dict[str, Any] = {}
    unknown: dict[str, Any] = {}
    for name, value in saved.items():
        key = f"{prefix}{name}"
        if name not in known:
            unknown[name] = value
        elif isinstance(inner := getattr(page, name), msgspec.Struct):
            if not isinstance(value, dict):
                wrong.append(f"{key} is no page; it has its defaults.")
                continue
            read, rest = _read_page(inner, value, f"{key}.", wrong)
            values[name] = replace(inner, **read)
            if rest:
                unknown[name] = rest
        else:
            try:
                values[name] = msgspec.convert(value, known[name].type)
            except (msgspec.ValidationError, UnicodeError) as error:  # a lone surrogate
                wrong.append(f"{key} has its default: {error}.")
    return values, unknown


def _parsed(data: bytes) -> dict[str, Any]:
    """Raise ValueError for what is no JSON object of finite numbers."""
    parsed = json.loads(data, parse_constant=_no_number)
    if not isinstance(parsed, dict):
        raise ValueError(f"it holds a {type(parsed).__name__}")  # noqa: TRY004 - of the file
    return parsed


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """`new`, and what only `old` holds, page by page."""
    merged = dict(old)
    for key, value in new.items():
        before = merged.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            value = _merged(before, value)  # noqa: PLW2901 - the same, with what only the old holds
        merged[key] = value
    return merged


def _keep_copy(path: Path, data: bytes, files: FileOps) -> Path | None:
    """Copy a bad file beside itself; the same content is kept once, nine at most."""
    for number in range(_BACKUPS):
        kept = path.with_name(f"{path.name}.bak{number or ''}")
        try:
            if files.read(kept, _MAX_BYTES) == data:
                return kept
        except FileNotFoundError:
            with suppress(OSError):
                write_atomic(kept, [data], files)
                return kept
            return None
        except OSError:
            return None
    return None


def _warned(preferences: Preferences, warnings: list[str]) -> Preferences:
    for text in warnings:
        log.warning("%s", text)
    return replace(preferences, warnings=tuple(warnings))
