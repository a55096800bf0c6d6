"""Preset files: those that ship with the program and those that the user saved.

A preset is found by its name or its file's name; the user's come first. A file that is no preset
never stops the program: the user's is kept as .bak, and the log says so.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

from latentsync_studio.core.errors import InputError, UnknownNameError
from latentsync_studio.core.settings.presets import (
    apply_preset,
    preset_from_json,
    preset_to_json,
)
from latentsync_studio.storage import paths
from latentsync_studio.storage.files import FileOps, sweep, write_atomic
from latentsync_studio.storage.sizes import disk_full, is_disk_full, storage_error

if TYPE_CHECKING:
    from pathlib import Path

    from latentsync_studio.core.settings.pages import RenderSettings
    from latentsync_studio.core.settings.presets import Preset

log = logging.getLogger(__name__)

_SUFFIX: Final = ".json"
_MAX_BYTES: Final = 1_000_000  # what is larger is cut, and no preset then
_UNFIT: Final = re.compile(r"[^\w-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPreset:
    """A preset and its file.

    Attributes:
        preset: what it sets.
        path: where it lies.
        is_shipped: it came with the program and cannot be changed.
    """

    preset: Preset
    path: Path
    is_shipped: bool

    def apply(self, settings: RenderSettings) -> RenderSettings:
        """Set what the preset sets; what this program does not know is told to the log.

        Raises InvalidSettingError for a value outside of its limits.
        """
        applied = apply_preset(settings, self.preset)
        if applied.skipped:
            log.warning("%s sets what is unknown here: %s", self.path, ", ".join(applied.skipped))
        return applied.settings


def list_presets(files: FileOps | None = None) -> tuple[SavedPreset, ...]:
    """All presets that can be read, the user's first, by file name; a user's hides a shipped."""
    files = files if files is not None else FileOps()
    own = _presets_in(paths.user_preset_folder(), files, is_shipped=False)
    shipped = _presets_in(paths.shipped_preset_folder(), files, is_shipped=True)
    hidden = {saved.path.name for saved in own}
    return tuple(own + [saved for saved in shipped if saved.path.name not in hidden])


def load_preset(name: str, files: FileOps | None = None) -> SavedPreset:
    """Find a preset by its name or its file's; raise UnknownNameError with the nearest."""
    presets = list_presets(files)
    for saved in presets:
        if name.casefold() in {saved.preset.name.casefold(), saved.path.stem.casefold()}:
            return saved
    raise UnknownNameError("preset", name, [saved.path.stem for saved in presets])


def save_preset(preset: Preset, files: FileOps | None = None) -> SavedPreset:
    """Write one of the user's presets, new or again, whole or not at all.

    Raises InputError when the name cannot be a file's or its file holds another preset,
    DiskFullError or StorageError when it cannot be written.
    """
    files = files if files is not None else FileOps()
    folder = paths.user_preset_folder()
    path = folder / f"{_stem(preset.name)}{_SUFFIX}"
    there = _read(path, files, is_shipped=False)
    if there is not None and there.preset.name != preset.name:
        raise InputError(
            f"The preset {preset.name!r} would overwrite {there.preset.name!r}.",
            remedy="Choose a name that differs in more than spaces and signs.",
        )
    try:
        data = preset_to_json(preset)
    except UnicodeEncodeError as error:
        raise InputError(
            f"The preset {preset.name!r} holds text that is no Unicode.",
            remedy="Write its name and notes anew.",
        ) from error
    try:
        sweep(folder, files.names(folder), files)
        write_atomic(path, [data], files)
    except OSError as error:
        if is_disk_full(error):
            raise disk_full(len(data), files.free_bytes(folder), folder) from error
        raise storage_error(error, path) from error
    return SavedPreset(preset=preset, path=path, is_shipped=False)


def remove_preset(name: str, files: FileOps | None = None) -> None:
    """Delete one of the user's presets; raise InputError for one that ships with the program."""
    files = files if files is not None else FileOps()
    saved = load_preset(name, files)
    if saved.is_shipped:
        raise InputError(
            f"The preset {name!r} ships with the program.", remedy="Only your own can be removed."
        )
    try:
        files.unlink(saved.path)
    except OSError as error:
        raise storage_error(error, saved.path) from error


def _presets_in(folder: Path, files: FileOps, *, is_shipped: bool) -> list[SavedPreset]:
    try:
        names = [name for name in files.names(folder) if name.endswith(_SUFFIX)]
    except OSError as error:
        log.warning("The presets in %s cannot be listed: %s", folder, error)
        return []
    read = [_read(folder / name, files, is_shipped=is_shipped) for name in names]
    return [saved for saved in read if saved is not None]


def _read(path: Path, files: FileOps, *, is_shipped: bool) -> SavedPreset | None:
    try:
        preset = preset_from_json(files.read(path, _MAX_BYTES))
    except FileNotFoundError:
        return None
    except OSError as error:
        log.warning("The preset %s cannot be read: %s", path, error)
        return None
    except InputError as error:
        log.warning("The preset %s is skipped: %s", path, error)
        if not is_shipped:
            _set_aside(path, files)
        return None
    return SavedPreset(preset=preset, path=path, is_shipped=is_shipped)


def _set_aside(path: Path, files: FileOps) -> None:
    """Rename a bad file to .bak, beside any .bak that is there already."""
    try:
        taken = set(files.names(path.parent))
        names = (f"{path.name}.bak{n or ''}" for n in count())
        files.replace(path, path.with_name(next(name for name in names if name not in taken)))
    except OSError as error:
        log.warning("The preset %s could not be set aside: %s", path, error)


def _stem(name: str) -> str:
    """A file name that every system allows: letters, digits, _ and -."""
    stem = _UNFIT.sub("-", name).strip("-")
    if not stem or len(stem.encode("utf-8")) > 100:
        raise InputError(
            f"{name!r} cannot name a preset.", remedy="Use letters and digits, at most 100."
        )
    return stem
