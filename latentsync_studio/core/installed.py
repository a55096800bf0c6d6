"""Where the files that ship with the program lie: a checkout, a wheel or a frozen program."""

from __future__ import annotations

import site
import sys
import sysconfig
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final

import latentsync_studio
from latentsync_studio.core.errors import StorageError

_NAME: Final = "latentsync-studio"


def resource(name: str) -> Path:
    """A file or folder of `resources/`, e.g. "models/card.json".

    Raises StorageError when this installation lacks it, ValueError for a name that leaves the
    folder.
    """
    return shipped("resources", name)


def shipped(folder: str, name: str) -> Path:
    """A file or folder below `resources` or `presets`; otherwise as `resource`."""
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
