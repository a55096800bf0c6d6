"""Opening a project file for a window: with its lock, or for reading only and why."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from latentsync_studio.core.errors import DiskFullError, StorageError, StudioError
from latentsync_studio.storage.files import FileOps, sweep
from latentsync_studio.storage.paths import autosave_folder, backup_folder
from latentsync_studio.storage.project import ProjectFile
from latentsync_studio.storage.project_blobs import named_in
from latentsync_studio.storage.project_copies import STEM_LENGTH, write_project
from latentsync_studio.storage.project_errors import (
    DamagedProjectError,
    ProjectChangedError,
    ProjectLockedError,
    ReadOnlyProjectError,
    from_system,
)
from latentsync_studio.storage.project_lock import Holder, ProjectLock
from latentsync_studio.storage.project_sqlite import SUFFIX, check_header, connected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ORIGIN: Final = "origin"  # meta: the project whose edits an autosave file holds, "" for none
_SAVE_AS: Final = "Save the project under another name."


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A project file as a window holds it.

    Attributes:
        file: the file.
        lock: held, or None where the file can only be read.
        read_only: why it cannot be written, "" where it can.
        holder: another window that has it.
    """

    file: ProjectFile
    lock: ProjectLock | None
    read_only: str = ""
    holder: Holder | None = None

    def close(self) -> None:
        """Give the lock back and close the file."""
        if self.lock is not None:
            self.lock.release()
        self.file.close()


def hold(
    path: Path, home: Path | None = None, files: FileOps | None = None, *, over: bool = False
) -> Held:
    """Open a project for a window, with `over` although another window has it.

    Raises:
        InputError: missing, unreadable, no project, damaged or of a newer program.
    """
    files = files if files is not None else FileOps()
    if backup_folder(home) in path.parents:
        return _reading(path, files, f"{path.name} is a backup; save it under another name.")
    try:
        file = ProjectFile(path, writable=True, files=files)
    except (ReadOnlyProjectError, DiskFullError) as error:
        return _reading(path, files, str(error))
    lock = ProjectLock(path, files)
    try:
        with file.exclusively():
            other = lock.take(over=over)
    except OSError as error:
        file.close()
        return _reading(path, files, str(from_system(error, lock.path, files)))
    except BaseException:
        file.close()
        raise
    if other is None:
        return Held(file=file, lock=lock)
    file.close()
    return _reading(path, files, f"{path.name} is open in another window ({other}).", other)


def writable(held: Held, home: Path | None = None) -> Held:
    """What is held, with its lock; tried again where it could only be read before.

    Raises:
        ProjectLockedError: another window has the project, or took it over.
        ReadOnlyProjectError: it still cannot be written.
        StorageError: its folder vanished.
    """
    folder = held.file.path.parent
    if not folder.is_dir():
        raise StorageError(f"The folder {folder} is not there any more.", remedy=_SAVE_AS)
    if held.lock is not None:
        try:
            other = None if held.lock.is_ours() else held.lock.take()
        except OSError as error:
            raise ReadOnlyProjectError(
                f"{held.lock.path} cannot be written: {error.strerror}.", remedy=_SAVE_AS
            ) from error
        if other is not None:
            raise ProjectLockedError(
                f"{held.file.path.name} was taken over by another window ({other}).",
                remedy=_SAVE_AS,
            )
        return held
    again = hold(held.file.path, home)
    if again.lock is None:
        again.close()
        kind = ReadOnlyProjectError if again.holder is None else ProjectLockedError
        raise kind(again.read_only, remedy=_SAVE_AS)
    held.close()
    return again


def replace_document(
    held: Held, document: bytes, expected: str, blobs: Mapping[str, bytes], home: Path | None
) -> Held:
    """Save into a file that is held; make it anew where it vanished or is damaged.

    Blobs that the document does not name are deleted.

    Args:
        held: with its lock.
        document: JSON.
        expected: digest of the document that is to be replaced.
        blobs: to be kept with it, by digest.
        home: the data folder; None is the user's.

    Returns:
        What is held now.

    Raises:
        ProjectChangedError: another file lies there, or somebody else saved.
        DiskFullError, StorageError: it could not be written.
    """
    file = held.file
    if file.is_in_place():
        with suppress(DamagedProjectError):
            file.save(document, expected, blobs, keep=named_in(document))
            _verify(file.path)
            return held
    elif file.path.exists() and not _holds(file.path, expected):
        raise ProjectChangedError(
            f"{file.path} is another file than the one that was opened.", remedy=_SAVE_AS
        )
    write_project(file.path, document, source=file, blobs=blobs)
    held.close()
    return hold(file.path, home)


def _holds(path: Path, digest: str) -> bool:
    """Whether a file, put there by a program that synchronizes, say, holds the same document."""
    with suppress(StudioError):
        file = ProjectFile(path, writable=False)
        try:
            return file.document().digest == digest
        finally:
            file.close()
    return False


def _verify(path: Path) -> None:
    """Raise DamagedProjectError unless the file on the disk, not what is cached of it, is whole."""
    file = ProjectFile(path, writable=False)
    try:
        file.document()
    finally:
        file.close()


def new_autosave(
    home: Path | None, document: bytes, origin: Path | None, files: FileOps | None = None
) -> Held:
    """Make a file in the autosave folder for edits that have no file of their own to go to.

    Args:
        home: the data folder; None is the user's.
        document: JSON that the edits begin from.
        origin: the project that cannot be written, or None for one without a name.
        files: for tests.

    Raises:
        DiskFullError: no room.
        StorageError: the system refuses.
    """
    files = files if files is not None else FileOps()
    folder = autosave_folder(home)
    stem = origin.stem[:STEM_LENGTH] if origin is not None else "untitled"
    path = folder / f"{stem}-{secrets.token_hex(6)}{SUFFIX}"
    lock = ProjectLock(path, files)
    try:
        files.make_folder(folder)
        lock.take()  # before the file: nobody must take it for abandoned
    except OSError as error:
        raise from_system(error, path, files) from error
    try:
        meta = {ORIGIN: "" if origin is None else str(origin)}
        return Held(file=ProjectFile.create(path, document, meta, files), lock=lock)
    except BaseException:
        lock.release()
        raise


def remove_autosave(held: Held, files: FileOps | None = None) -> None:
    """Delete an autosave file that is held; its edits are saved or unwanted."""
    files = files if files is not None else FileOps()
    held.file.close()
    with suppress(OSError):
        files.unlink(held.file.path)
    if held.lock is not None:
        held.lock.release()


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned:
    """An autosave file of a window that is no more.

    Attributes:
        path: the file.
        origin: the project that it belongs to, or None for one without a name.
        edits: how many it holds.
        time: of the last one, seconds since 1970.
    """

    path: Path
    origin: Path | None
    edits: int
    time: float


def abandoned(home: Path | None = None, files: FileOps | None = None) -> tuple[Abandoned, ...]:
    """Autosave files with edits that no window holds, the latest first.

    What nobody can want, empty files and those cut off when they were made, is deleted.
    """
    files = files if files is not None else FileOps()
    folder = autosave_folder(home)
    _drop_lone_locks(folder, files)
    looked_at = [_look(path, files) for path in _files_in(folder, files)]
    found = [each for each in looked_at if each is not None]
    return tuple(sorted(found, key=lambda each: -each.time))


def has_edits_left(path: Path) -> bool:
    """Whether the window that had a project last left edits in its journal that were not saved.

    A glance without a lock, for lists: False where a window has the project open, and where it
    cannot be read. Opening it tells for sure.
    """
    if ProjectLock(path).holder() is not None:
        return False
    with suppress(OSError, sqlite3.Error, StudioError):
        check_header(path, FileOps())
        with connected(path, "ro") as connection:
            return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM journal)").fetchone()[0])
    return False


def _files_in(folder: Path, files: FileOps) -> Iterator[Path]:
    try:
        names = files.names(folder)
    except OSError:
        return
    for name in names:
        if name.endswith(SUFFIX):
            yield folder / name


def _drop_lone_locks(folder: Path, files: FileOps) -> None:
    """Delete stale locks whose file was never made or is gone."""
    with suppress(OSError):
        names = files.names(folder)
        sweep(folder, names, files)
        for name in names:
            project = name[1:].removesuffix(".lock")
            if name == f".{project}.lock" and project not in names:
                lock = ProjectLock(folder / project, files)
                if lock.holder() is None:
                    files.unlink(lock.path)


def _look(path: Path, files: FileOps) -> Abandoned | None:
    lock = ProjectLock(path, files)
    if lock.holder() is not None:
        return None
    try:
        file = ProjectFile(path, writable=False, files=files)
    except StudioError:
        with suppress(OSError):
            if files.stat(path).st_size == 0:
                files.unlink(path)
        return None
    try:
        entries, origin = file.journal(), file.meta(ORIGIN)
    except StudioError:
        return None
    finally:
        file.close()
    if not entries:
        with suppress(OSError):
            files.unlink(path)
        return None
    last_full = max((at for at, each in enumerate(entries) if each.kind == "full"), default=0)
    return Abandoned(
        path=path,
        origin=Path(origin) if origin else None,
        edits=sum(each.edits for each in entries[last_full:]),
        time=entries[-1].time,
    )


def _reading(path: Path, files: FileOps, why: str, holder: Holder | None = None) -> Held:
    file = ProjectFile(path, writable=False, files=files)
    return Held(file=file, lock=None, read_only=why, holder=holder)
