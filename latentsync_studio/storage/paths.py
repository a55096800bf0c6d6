"""Where our own files lie: the user's data folder, and what ships with the program."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final

import appdirs

import latentsync_studio
from latentsync_studio.core.errors import StorageError

HOME_VARIABLE: Final = "LATENTSYNC_STUDIO_HOME"
_NAME: Final = "latentsync-studio"


def data_home() -> Path:
    """The user's data folder; the environment variable LATENTSYNC_STUDIO_HOME overrides it."""
    chosen = os.environ.get(HOME_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    return Path(appdirs.user_data_dir(_NAME, appauthor=False))


def store_folder() -> Path:
    """The patch store."""
    return data_home() / "store"


def jobs_file() -> Path:
    """The job table."""
    return data_home() / "jobs.sqlite"


def digests_file() -> Path:
    """Known content digests of media files."""
    return data_home() / "digests.sqlite"


def log_folder() -> Path:
    """Log files."""
    return data_home() / "logs"


def user_preset_folder() -> Path:
    """Presets that the user saved."""
    return data_home() / "presets"


def shipped_preset_folder() -> Path:
    """Presets that come with the program. Raises StorageError when they are missing."""
    return _shipped("presets", ".")


def resource(name: str) -> Path:
    """A file or folder of `resources/`, e.g. "models/card.json".

    Raises StorageError when this installation lacks it, ValueError for a name that leaves the
    folder.
    """
    return _shipped("resources", name)


def _shipped(folder: str, name: str) -> Path:
    relative = PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts or "\\" in name or ":" in name:
        raise ValueError(f"{name!r} does not name a file that ships with the program.")
    for root in _shipped_roots():
        if (root / folder / relative).exists():
            return root / folder / relative
    raise StorageError(
        f"{folder}/{name} is missing from this installation of LatentSync Studio.",
        remedy="Install it again: pip install --force-reinstall latentsync-studio",
    )


@cache
def _shipped_roots() -> tuple[Path, ...]:
    """Folders that may hold `resources` and `presets`, most likely first.

    A checkout has them beside the package, a frozen program in its own folder, and a wheel brings
    them below share/ of wherever it was installed (environment, user, or `pip --target`).
    """
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen is not None:
        return (Path(frozen),)
    parent = Path(latentsync_studio.__file__).resolve().parent.parent
    if (parent / "pyproject.toml").is_file():
        return (parent,)
    prefixes = (Path(sysconfig.get_path("data")), parent, Path(site.getuserbase()))
    return tuple(prefix / "share" / _NAME for prefix in prefixes)
