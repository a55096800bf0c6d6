"""A folder that appears with all its files at once, or not at all."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from latentsync_studio.storage.files import FileOps
from latentsync_studio.storage.owners import pid_in_use
from latentsync_studio.storage.sizes import disk_full, is_disk_full, storage_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.errors import StudioError

_TEMPORARY: Final = re.compile(r"\.tmp-(\d+)-[0-9a-f]{12}")
_QUIET_S: Final = 600.0  # no writer pauses for longer
_ATTEMPTS: Final = 20
_ABANDONED_S: Final = 86_400.0  # a reused process id protects a leftover no longer than this


@contextmanager
def folder_at_once(target: Path, needed_bytes: int, files: FileOps | None = None) -> Iterator[Path]:
    """Yield an empty folder beside `target`; when the body ends well it becomes `target`.

    Everything in it is synced first; a former `target` is replaced. When the body fails, or the
    process dies in it, `target` stays as it was, and what was begun is swept away, here or by the
    next writer. Of two writers at once the last one wins, with all of its files. There is never a
    `target` with some of its files; none at all for the moment between two renames.

    Args:
        target: folder to make.
        needed_bytes: refuse at once where the disk has less room.
        files: the file system.

    Raises:
        DiskFullError, StorageError: the disk refuses.
    """
    files = files if files is not None else FileOps()
    temporary = target.parent / f".tmp-{os.getpid()}-{secrets.token_hex(6)}"
    try:
        files.make_folder(target.parent)
        _sweep(target.parent)
        free = files.free_bytes(target.parent)
        if free < needed_bytes:
            raise disk_full(needed_bytes, free, target.parent)
        files.make_folder(temporary)
    except OSError as error:
        raise translated(error, target.parent, needed_bytes, files) from error
    try:
        yield temporary
        _publish(temporary, target, files)
    except OSError as error:
        raise translated(error, target.parent, needed_bytes, files) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def translated(error: OSError, folder: Path, needed: int, files: FileOps) -> StudioError:
    """An error of the disk in words."""
    if not is_disk_full(error):
        return storage_error(error, Path(error.filename) if error.filename else folder)
    free = 0
    with suppress(OSError):
        free = files.free_bytes(folder)
    return disk_full(needed, free, folder)


def _publish(temporary: Path, target: Path, files: FileOps) -> None:
    for path in sorted(temporary.rglob("*")):
        if path.is_file():
            _sync(path, files)
    files.sync_folder(temporary)
    _swap_in(temporary, target, files)
    files.sync_folder(target.parent)


def _swap_in(temporary: Path, target: Path, files: FileOps) -> None:
    """Rename over a former `target`, which no system does in one step with folders."""
    former = target.parent / f".tmp-{os.getpid()}-{secrets.token_hex(6)}"
    for attempt in range(_ATTEMPTS):
        try:
            files.replace(temporary, target)
        except OSError:
            if attempt == _ATTEMPTS - 1 or not target.exists():
                raise
            with suppress(FileNotFoundError):  # another writer was faster
                files.replace(target, former)
            shutil.rmtree(former, ignore_errors=True)
        else:
            return


def _sync(path: Path, files: FileOps) -> None:
    fd = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))  # Windows syncs only what it writes
    try:
        files.fsync(fd)
    finally:
        files.close(fd)


def _sweep(folder: Path) -> None:
    """Remove folders that writers left behind that are no more."""
    for path in folder.iterdir():
        match = _TEMPORARY.fullmatch(path.name)
        if match is None:
            continue
        with suppress(OSError):
            age = time.time() - path.stat().st_mtime
            if age > _ABANDONED_S or (age > _QUIET_S and not pid_in_use(int(match[1]))):
                shutil.rmtree(path, ignore_errors=True)
