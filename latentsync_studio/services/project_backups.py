"""The backups that saving leaves behind: which there are, and of which projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from latentsync_studio.core.errors import InputError
from latentsync_studio.storage.paths import backup_folder
from latentsync_studio.storage.project_copies import backups_of
from latentsync_studio.storage.project_sqlite import resolved

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Backup(NamedTuple):
    """A copy of a project as it was once saved.

    Attributes:
        path: the copy; it opens read-only.
        time: when it was saved, seconds since 1970.
        size: bytes.
    """

    path: Path
    time: float
    size: int


class BackedUp(NamedTuple):
    """A project, which may be damaged or gone by now, and its backups, the newest first."""

    project: Path
    backups: tuple[Backup, ...]


def list_backups(projects: Iterable[Path], home: Path | None = None) -> tuple[BackedUp, ...]:
    """Those of the projects that have backups, each once, in the order given.

    Args:
        projects: their files, which need not be there.
        home: the data folder; None is the user's.
    """
    found: dict[Path, BackedUp] = {}
    for each in projects:
        try:
            path = resolved(each)
        except InputError:
            continue
        backups = tuple(_look(copy) for copy in backups_of(path, home))
        known = tuple(backup for backup in backups if backup is not None)
        if known:
            found.setdefault(path, BackedUp(path, known))
    return tuple(found.values())


def is_backup(path: Path, home: Path | None = None) -> bool:
    """Whether a project file is one of the backups; looks at the path alone."""
    return backup_folder(home) in path.parents


def _look(path: Path) -> Backup | None:
    try:
        status = path.stat()
    except OSError:  # thinned out meanwhile
        return None
    return Backup(path, status.st_mtime, status.st_size)
