"""The file system as our own files see it: a dozen small operations and an atomic write.

Nothing else in `storage` opens, renames or deletes a file (SQLite does its own work). Tests replace
`FileOps` by one whose N-th operation fails, writes half or kills the process.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import time
from contextlib import suppress
from shutil import disk_usage
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Final

import numpy as np

from latentsync_studio.storage.owners import pid_in_use

if TYPE_CHECKING:
    from collections.abc import Sequence
    from io import FileIO
    from pathlib import Path

Bytes = bytes | bytearray | memoryview

_BINARY: Final = getattr(os, "O_BINARY", 0)  # Windows would translate line ends
_MODE: Final = 0o666  # less the umask
_TEMPORARY: Final = re.compile(r"\.tmp-(\d+)-[0-9a-f]{12}(-journal)?")  # also SQLite's
_QUIET_S: Final = 600.0  # no write to one file pauses for longer
_ABANDONED_S: Final = 86_400.0  # a reused process id protects a leftover no longer than this


class FileOps:
    """What may be done with a file. Every method raises only OSError."""

    def make_folder(self, path: Path) -> None:
        """Create `path` and its parents where they are missing."""
        path.mkdir(parents=True, exist_ok=True)

    def create(self, path: Path) -> int:
        """Open a new file for writing; fail when it exists."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, _MODE)

    def unnamed(self, folder: Path) -> FileIO:
        """Open a new file for reading and writing that nobody else sees, gone when closed."""
        return TemporaryFile(dir=folder, buffering=0)

    def write(self, fd: int, data: Bytes) -> None:
        """Write all of `data`."""
        rest = memoryview(data).cast("B")
        while rest:
            rest = rest[os.write(fd, rest) :]

    def fsync(self, fd: int) -> None:
        """Wait until the content lies on the disk."""
        os.fsync(fd)

    def close(self, fd: int) -> None:
        """Close an open file."""
        os.close(fd)

    def replace(self, source: Path, target: Path) -> None:
        """Rename `source` to `target` in one step; a former `target` is gone."""
        source.replace(target)

    def unlink(self, path: Path) -> None:
        """Delete a file."""
        path.unlink()

    def sync_folder(self, path: Path) -> None:
        """Wait until renames and deletions in `path` lie on the disk."""
        if os.name == "nt":  # Windows keeps its folders itself and cannot open them
            return
        fd = os.open(path, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def names(self, path: Path) -> list[str]:
        """Names in a folder, sorted; none when it is missing."""
        try:
            return sorted(held.name for held in path.iterdir())
        except FileNotFoundError:
            return []

    def stat(self, path: Path) -> os.stat_result:
        """Size, times and identity of a file."""
        return path.stat()

    def touch(self, path: Path) -> None:
        """Set a file's time of change to now."""
        os.utime(path)

    def read(self, path: Path, limit: int = -1) -> bytes:
        """The first `limit` bytes of a file, or all of it."""
        with path.open("rb") as file:
            return file.read(limit)

    def map(self, path: Path) -> tuple[np.memmap, os.stat_result]:
        """A file's bytes mapped read-only, (n,) u8, and the identity of what was mapped."""
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if status.st_size == 0:
                raise OSError(errno.EIO, "The file is empty", str(path))
            return np.memmap(file, dtype=np.uint8, mode="r"), status

    def append(self, path: Path, data: bytes) -> None:
        """Add `data` to the end of a file in one write; create the file where it is missing."""
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | _BINARY, _MODE)
        try:
            os.write(fd, data)
        finally:
            os.close(fd)

    def free_bytes(self, folder: Path) -> int:
        """Bytes that this user may still write on the disk that holds `folder`."""
        return disk_usage(folder).free


def write_atomic(path: Path, pieces: Sequence[Bytes], files: FileOps) -> None:
    """Make `path` hold exactly `pieces`, or leave it as it was: there is no state between.

    A temporary file in the same folder is written, synced and renamed, then the folder is synced.
    Raises OSError; when only the last sync fails, the new content is already in place.
    """
    temporary = path.parent / f".tmp-{os.getpid()}-{secrets.token_hex(6)}"
    fd = _create_in(path.parent, temporary, files)
    try:
        try:
            for piece in pieces:
                files.write(fd, piece)
            files.fsync(fd)
        finally:
            files.close(fd)
        files.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            files.unlink(temporary)
        raise
    files.sync_folder(path.parent)


def _create_in(folder: Path, temporary: Path, files: FileOps) -> int:
    try:
        return files.create(temporary)
    except FileNotFoundError:
        files.make_folder(folder)
        files.sync_folder(folder.parent)
        return files.create(temporary)


def sweep(folder: Path, names: Sequence[str], files: FileOps) -> int:
    """Delete temporary files among `names` that their writers cannot finish; return how many.

    A file goes when nothing was written to it for ten minutes and its writer's process is gone, or
    after a day whoever has that process id now. Both are asked, because another machine or
    container may share the folder. Failures are left for the next sweep.
    """
    swept = 0
    for name in names:
        match = _TEMPORARY.fullmatch(name)
        if match is None:
            continue
        with suppress(OSError):
            age = time.time() - files.stat(folder / name).st_mtime
            if age > _ABANDONED_S or (age > _QUIET_S and not pid_in_use(int(match[1]))):
                files.unlink(folder / name)
                swept += 1
    return swept
