"""What can be wrong with a project file, in words."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from latentsync_studio.core.errors import InputError, StorageError, StudioError
from latentsync_studio.storage.sizes import disk_full, is_disk_full

if TYPE_CHECKING:
    from pathlib import Path

    from latentsync_studio.storage.files import FileOps

_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_REFUSED: Final = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})
_ELSEWHERE: Final = "Save the project under another name, in a folder that can be written."


class NotAProjectError(InputError):
    """The file is something else."""

    code = "not-a-project"


class DamagedProjectError(InputError):
    """The file was a project, and its content does not verify any more."""

    code = "damaged-project"

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(
            f"The project {path} is damaged: {what}.",
            remedy="Open one of its backups, or a copy of the file.",
        )


class NewerProjectError(InputError):
    """The file was written by a program that this one is too old for."""

    code = "newer-project"


class ReadOnlyProjectError(StorageError):
    """The file can be read and not be written."""

    code = "read-only-project"


class ProjectLockedError(StorageError):
    """Another window has the project open."""

    code = "project-locked"


class ProjectChangedError(StorageError):
    """Somebody else wrote the file since it was opened."""

    code = "project-changed"


def primary_code(error: sqlite3.Error) -> int:
    """The low byte of SQLite's extended result code."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def is_damage(error: sqlite3.Error) -> bool:
    """Whether SQLite says that the file's content is wrong."""
    return primary_code(error) in _DAMAGED


def is_refusal(error: sqlite3.Error) -> bool:
    """Whether the system does not let us write the file, or make a file beside it."""
    return primary_code(error) in _REFUSED


def from_sqlite(
    error: sqlite3.Error, path: Path, files: FileOps, needed_bytes: int = 1_000_000
) -> StudioError:
    """The error for a project file that SQLite cannot read or write."""
    if is_damage(error):
        return DamagedProjectError(path, str(error))
    code = primary_code(error)
    if code == sqlite3.SQLITE_FULL:
        return disk_full(needed_bytes, _free(path.parent, files), path.parent)
    if is_refusal(error):
        return ReadOnlyProjectError(f"{path} cannot be written: {error}.", remedy=_ELSEWHERE)
    remedy = "Check that its disk is there; else save the project under another name."
    if code == sqlite3.SQLITE_BUSY:
        remedy = "Another program keeps the file locked: try again in a moment."
    return StorageError(f"{path} cannot be used: {error}.", remedy=remedy)


def from_system(error: OSError, path: Path, files: FileOps, needed_bytes: int = 0) -> StudioError:
    """The error for a project file that the system does not let us write or read."""
    if is_disk_full(error):
        return disk_full(needed_bytes, _free(path.parent, files), path.parent)
    reason = error.strerror or str(error)
    return StorageError(f"{path} cannot be used: {reason}.", remedy=_ELSEWHERE)


def _free(folder: Path, files: FileOps) -> int:
    try:
        return files.free_bytes(folder)
    except OSError:
        return 0
