"""Whole project files written at once, and the rolling backups of saved ones."""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from contextlib import contextmanager, suppress
from hashlib import blake2b
from itertools import count
from typing import TYPE_CHECKING, Final

from latentsync_studio.core.errors import DiskFullError, StorageError
from latentsync_studio.storage.files import FileOps, sweep
from latentsync_studio.storage.paths import backup_folder
from latentsync_studio.storage.project import ProjectFile
from latentsync_studio.storage.project_blobs import named_in
from latentsync_studio.storage.project_errors import (
    DamagedProjectError,
    ProjectLockedError,
    from_system,
)
from latentsync_studio.storage.project_lock import ProjectLock
from latentsync_studio.storage.project_sqlite import SUFFIX, connected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

BACKUPS: Final = 10
STEM_LENGTH: Final = 50  # of names made from another name, which may be as long as allowed
_APART_S: Final = 60.0  # saves in quick succession must not push out all that is older
_LARGE_BYTES: Final = 50_000_000
_IN_USE: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_BESIDE: Final = ("-journal", "-wal", "-shm")  # what SQLite keeps beside a file, by its name
_LARGE_APART_S: Final = 600.0  # copying such a file takes long, and edits wait meanwhile


def write_project(
    path: Path,
    document: bytes,
    *,
    source: ProjectFile | None = None,
    blobs: Mapping[str, bytes] | None = None,
    folder: Path | None = None,
    files: FileOps | None = None,
) -> None:
    """Make `path` a project file with `document` and no journal, whole or not at all.

    Of all blobs it has those that the document names.

    Args:
        path: the file; one that is there is replaced.
        document: JSON.
        source: file from which blobs, and whatever a newer program put there, come along.
        blobs: further blobs, by digest.
        folder: that relative media paths start from; None is that of `path`.
        files: for tests.

    Raises:
        DiskFullError: no room.
        StorageError: the system refuses.
    """
    files = files if files is not None else FileOps()
    with _temporary(path, files, len(document)) as temporary:
        copy = _copied(source, temporary, document, files)
        try:
            expected = copy.document().digest
            copy.save(document, expected, blobs, folder or path.parent, named_in(document))
        finally:
            copy.close()


def refuse_open_elsewhere(path: Path) -> None:
    """Raise ProjectLockedError where another window has the project at `path` open."""
    other = ProjectLock(path).holder()
    if other is not None:
        raise ProjectLockedError(
            f"{path} is open in another window ({other}).",
            remedy="Close it there, or choose another name.",
        )


def write_recovered(
    own: ProjectFile,
    document_in: Callable[[Path], bytes],
    moment: float,
    home: Path | None,
    blobs: Mapping[str, bytes],
) -> Path:
    """Write a recovered state beside its project, or else to the folder of backups.

    Args:
        own: the project.
        document_in: gives its JSON for a folder.
        moment: of its last edit, seconds since 1970; part of the name.
        home: the data folder; None is the user's.
        blobs: those that `own` may lack, by digest.

    Returns:
        The new file.

    Raises:
        DiskFullError, StorageError: it could be written to neither.
    """
    when = time.strftime("%Y-%m-%d %H.%M", time.localtime(moment))
    names = (
        f"{own.path.stem[:STEM_LENGTH]} (recovered {when}{f', {n}' if n > 1 else ''}){SUFFIX}"
        for n in count(1)
    )
    folders = (own.path.parent, backup_folder(home))
    name = next(each for each in names if not any((place / each).exists() for place in folders))
    try:
        path = folders[0] / name
        write_project(path, document_in(path.parent), source=own, blobs=blobs)
    except (StorageError, DiskFullError):
        with suppress(OSError):
            FileOps().make_folder(folders[1])
        path = folders[1] / name
        write_project(path, document_in(path.parent), source=own, blobs=blobs)
    return path


def back_up(path: Path, home: Path | None, files: FileOps | None = None) -> Path | None:
    """Copy a saved project into its folder of backups and keep the 10 newest.

    A backup that came less than a minute after the one before it gives way to this one. Of a file
    above 50 MB there is one in ten minutes.

    Returns:
        The backup, or None where the last one is new enough.

    Raises:
        StudioError: it could not be read or written.
    """
    files = files if files is not None else FileOps()
    folder = _folder_of(path, home)
    if _is_new_enough(path, folder, files):
        return None
    seconds, fraction = divmod(time.time_ns(), 10**9)
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(seconds))  # in UTC names stay in order
    target = folder / f"{path.stem[:STEM_LENGTH]}.{stamp}.{fraction:09}Z{SUFFIX}"
    try:
        files.make_folder(folder)
    except OSError as error:
        raise from_system(error, folder, files) from error
    file = ProjectFile(path, writable=False, files=files)
    try:
        document = file.document()
        write_project(target, document.json, source=file, folder=path.parent, files=files)
    finally:
        file.close()
    _thin_out(folder, files)
    return target


def backups_of(path: Path, home: Path | None = None) -> tuple[Path, ...]:
    """Backups of the project at `path`, the newest first."""
    return tuple(_backups_in(_folder_of(path, home), FileOps()))


def _folder_of(path: Path, home: Path | None) -> Path:
    place = blake2b(os.fsencode(path), digest_size=4).hexdigest()
    return backup_folder(home) / f"{path.stem[:STEM_LENGTH]}-{place}"


def _is_new_enough(path: Path, folder: Path, files: FileOps) -> bool:
    with suppress(OSError):
        if files.stat(path).st_size > _LARGE_BYTES:
            newest = _backups_in(folder, files)[:1]
            ages = [time.time() - files.stat(each).st_mtime for each in newest]
            return any(0 <= age < _LARGE_APART_S for age in ages)
    return False


def _backups_in(folder: Path, files: FileOps) -> list[Path]:
    names = [name for name in files.names(folder) if name.endswith(SUFFIX) and name[0] != "."]
    return [folder / name for name in reversed(names)]


def _thin_out(folder: Path, files: FileOps) -> None:
    with suppress(OSError):
        held = _backups_in(folder, files)
        times = [files.stat(each).st_mtime for each in held]
        if len(held) > 2 and times[1] - times[2] < _APART_S:
            files.unlink(held.pop(1))
        for each in held[BACKUPS:]:
            files.unlink(each)


def _copied(
    source: ProjectFile | None, temporary: Path, document: bytes, files: FileOps
) -> ProjectFile:
    """A new file with what `source` holds; with its readable blobs where it is damaged."""
    if source is None:
        return ProjectFile.create(temporary, document, files=files)
    try:
        source.copy_into(temporary)
        return ProjectFile(temporary, writable=True, files=files)
    except DamagedProjectError:
        with suppress(FileNotFoundError):
            files.unlink(temporary)
    copy = ProjectFile.create(temporary, document, files=files)
    with suppress(DamagedProjectError):
        for digest in source.blob_digests():
            with suppress(DamagedProjectError):
                copy.put_blobs({digest: source.blob(digest) or b""})
    return copy


def _settle(path: Path, files: FileOps) -> None:
    """Undo what a killed writer left half done at `path`, so that no journal of it stays there.

    SQLite knows journals by their names: it would write the old pages into the new file.

    Raises:
        sqlite3.OperationalError: another program writes to it just now.
        OSError: the system refuses.
    """
    if path.exists():
        try:
            with connected(path, "rw"):
                pass
        except sqlite3.DatabaseError as error:  # of a damaged file the journal is of no use
            if getattr(error, "sqlite_errorcode", 0) in _IN_USE:
                raise
    for ending in _BESIDE:
        with suppress(FileNotFoundError):
            files.unlink(path.with_name(path.name + ending))


@contextmanager
def _temporary(path: Path, files: FileOps, n_bytes: int) -> Iterator[Path]:
    """A new name beside `path` that takes its place when all went well."""
    temporary = path.parent / f".tmp-{os.getpid()}-{secrets.token_hex(6)}"
    try:
        sweep(path.parent, files.names(path.parent), files)
        yield temporary
        _settle(path, files)
        # SQLite synced the file with its last transaction
        files.replace(temporary, path)
        files.sync_folder(path.parent)
    except OSError as error:
        raise from_system(error, path, files, n_bytes) from error
    except sqlite3.Error as error:
        raise StorageError(f"{path} cannot be written: {error}.") from error
    finally:
        for leftover in (temporary, temporary.with_name(f"{temporary.name}-journal")):
            with suppress(OSError):
                files.unlink(leftover)
