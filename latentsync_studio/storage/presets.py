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

from msgspec.structs import replace

from latentsync_studio.core.errors import InputError, StudioError, UnknownNameError
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.core.settings.presets import (
    PRESET_VERSION,
    apply_preset,
    preset_from_json,
    preset_to_json,
    updated,
)
from latentsync_studio.storage import paths
from latentsync_studio.storage.files import FileOps, sweep, write_atomic
from latentsync_studio.storage.sizes import disk_full, is_disk_full, storage_error

if TYPE_CHECKING:
    from pathlib import Path

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
    _write(path, preset, files)
    return SavedPreset(preset=preset, path=path, is_shipped=False)


def require_free(name: str, files: FileOps | None = None) -> None:
    """Raise InputError where the user has a preset of that name, of whatever settings."""
    files = files if files is not None else FileOps()
    wanted = {name.casefold(), _stem(name).casefold()}
    for saved in _presets_in(paths.user_preset_folder(), files, is_shipped=False):
        if wanted & {saved.preset.name.casefold(), saved.path.stem.casefold()}:
            raise InputError(
                f"There is a preset {saved.preset.name!r} already.",
                remedy="Choose another name, or add --force to replace it.",
            )


def remove_preset(name: str, files: FileOps | None = None) -> None:
    """Delete one of the user's presets; raise InputError for one that ships with the program."""
    saved = load_preset(name, files)
    if saved.is_shipped:
        raise InputError(
            f"The preset {name!r} ships with the program.", remedy="Only your own can be removed."
        )
    _delete(saved.path, files)


def _delete(path: Path, files: FileOps | None) -> None:
    try:
        (files if files is not None else FileOps()).unlink(path)
    except OSError as error:
        raise storage_error(error, path) from error


def update_preset(name: str, settings: RenderSettings, files: FileOps | None = None) -> SavedPreset:
    """Save the present settings in one of the user's presets; raise as `save_preset`.

    It then sets what it set before and all that is off its default. Raises InputError for a preset
    that ships with the program.
    """
    return save_preset(updated(_own(name, files).preset, settings), files)


def rename_preset(name: str, new_name: str, files: FileOps | None = None) -> SavedPreset:
    """Give one of the user's presets another name; raise as `save_preset`.

    When this is interrupted there may be both, never none.
    """
    old = _own(name, files)
    path = paths.user_preset_folder() / f"{_stem(new_name)}{_SUFFIX}"
    if path != old.path and _read(path, files or FileOps(), is_shipped=False) is not None:
        raise InputError(f"There is a preset {new_name!r} already.", remedy="Choose another name.")
    if path == old.path:  # only spaces or signs differ: the same file
        _write(path, replace(old.preset, name=new_name), files or FileOps())
        return load_preset(new_name, files)
    saved = save_preset(replace(old.preset, name=new_name), files)
    _delete(old.path, files)
    return saved


def import_preset(
    path: Path, files: FileOps | None = None, *, overwrite: bool = False
) -> SavedPreset:
    """Take a preset file of somebody else into the user's presets.

    What this program does not know is kept. Where the name is taken, a number is added, unless
    `overwrite` asks to replace the user's preset of that name.

    Raises:
        InputError: it is no preset, or sets what cannot be set here.
        StorageError, DiskFullError: it cannot be read, or not be written.
    """
    files = files if files is not None else FileOps()
    try:
        preset = preset_from_json(files.read(path, _MAX_BYTES))
        apply_preset(RenderSettings(), preset)
    except OSError as error:
        raise storage_error(error, path) from error
    except StudioError as error:
        raise _unfit(path, error) from error
    if preset.version > PRESET_VERSION:
        log.warning("%s is of a newer program; what is unknown here is kept.", path)
    if not overwrite:
        preset = replace(preset, name=_free_name(preset.name, files))
    return save_preset(preset, files)


def export_preset(name: str, path: Path, files: FileOps | None = None) -> None:
    """Write a preset, shipped or the user's, as a file to give away; an old `path` is replaced.

    Raises UnknownNameError, StorageError or DiskFullError.
    """
    files = files if files is not None else FileOps()
    _write(path, load_preset(name, files).preset, files)


def _write(path: Path, preset: Preset, files: FileOps) -> None:
    try:
        data = preset_to_json(preset)
    except UnicodeEncodeError as error:
        raise InputError(
            f"The preset {preset.name!r} holds text that is no Unicode.",
            remedy="Write its name and notes anew.",
        ) from error
    try:
        sweep(path.parent, files.names(path.parent), files)
        write_atomic(path, [data], files)
    except OSError as error:
        if is_disk_full(error):
            raise disk_full(len(data), files.free_bytes(path.parent), path.parent) from error
        raise storage_error(error, path) from error


def _own(name: str, files: FileOps | None) -> SavedPreset:
    saved = load_preset(name, files)
    if saved.is_shipped:
        raise InputError(
            f"The preset {name!r} ships with the program and stays as it is.",
            remedy="Save the settings under a name of your own.",
        )
    return saved


def _unfit(path: Path, error: StudioError) -> InputError:
    return InputError(
        f"{path.name} cannot be imported: {error}",
        remedy=error.remedy or "Export the preset again with this version of the program.",
    )


def _free_name(name: str, files: FileOps) -> str:
    """The name itself, or with the first number that makes it one of its own."""
    taken = {saved.preset.name.casefold() for saved in list_presets(files)}
    taken |= {saved.path.stem.casefold() for saved in list_presets(files)}
    names = (name if n == 1 else f"{name} {n}" for n in count(1))
    return next(n for n in names if not {n.casefold(), _stem(n).casefold()} & taken)


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
