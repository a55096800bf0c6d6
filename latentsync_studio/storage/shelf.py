"""Whole files of our own making, found by key, within a size budget: proxies, copies of frames.

    root/KEY.SUFFIX   appears only when it is whole; its time of change is when it was last used

Unlike entries of the store they are opened by other programs (FFmpeg), so they carry no header;
whoever writes one verifies it before it gets its name. Several threads and processes may use one
shelf at once.
"""

from __future__ import annotations

import logging
import os
import secrets
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.storage.files import FileOps, sweep
from latentsync_studio.storage.pins import KEY
from latentsync_studio.storage.sizes import disk_full, is_disk_full, storage_error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from latentsync_studio.core.errors import StudioError

log = logging.getLogger(__name__)

YOUNG_S: Final = 600.0


class ShelfInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a shelf holds.

    Attributes:
        folder: where it lies.
        files: number of files.
        bytes: size of all files.
        budget_bytes: size above which the least recently used files go.
    """

    folder: str
    files: int
    bytes: int
    budget_bytes: int


class ShelfFile:
    """A file that is being written; `write`, `seek` and `tell` are all that a muxer needs.

    Attributes:
        path: where it lies for now; it may be read there once everything is written.
        failure: the error of the first write that failed: a muxer in between may hide it.
    """

    def __init__(self, path: Path, fd: int, files: FileOps) -> None:
        self.path = path
        self.failure: StudioError | None = None
        self._fd, self._files = fd, files
        self._size = 0

    def write(self, data: bytes) -> int:
        """Write all of `data` at the current position. Raises DiskFullError or StorageError."""
        try:
            self._files.write(self._fd, data)
        except OSError as error:
            self.failure = _translated(error, self.path.parent, self._size + len(data), self._files)
            raise self.failure from error
        self._size += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move the position."""
        return os.lseek(self._fd, offset, whence)

    def tell(self) -> int:
        """The position."""
        return os.lseek(self._fd, 0, os.SEEK_CUR)


class Shelf:
    """Files below one folder; a key is 32 to 128 lower-case hex digits."""

    def __init__(
        self,
        root: Path,
        budget_bytes: int,
        suffix: str,
        files: FileOps | None = None,
        *,
        young_s: float = YOUNG_S,
    ) -> None:
        """Describe a shelf; nothing is read or written before its first use.

        Args:
            root: its folder, made on first writing.
            budget_bytes: size of all files above which the least recently used go.
            suffix: of every file's name, with the dot.
            files: the file system.
            young_s: files used within so many seconds are not removed for the budget's sake.
        """
        self.root, self.budget_bytes = root, budget_bytes
        self._suffix, self._young_s = suffix, young_s
        self._files = files if files is not None else FileOps()

    def find(self, key: str) -> Path | None:
        """The file of `key`, and note its use; None where there is none."""
        path = self._path(key)
        try:
            self._files.touch(path)
        except FileNotFoundError:
            return None
        except OSError:  # a shelf that may only be read serves all the same
            return path if path.is_file() else None
        return path

    def discard(self, key: str) -> None:
        """Remove the file of `key` where there is one; one that cannot be removed stays."""
        with suppress(OSError):
            self._files.unlink(self._path(key))

    @contextmanager
    def writing(self, key: str) -> Iterator[ShelfFile]:
        """Write the file of `key`; it appears, synced, when the block ends without an error.

        Raises:
            DiskFullError, StorageError: the disk refuses; nothing is left of it then.
        """
        target = self._path(key)
        temporary = self.root / f".tmp-{os.getpid()}-{secrets.token_hex(6)}"
        fd = self._created(temporary)
        is_open = True
        try:
            yield ShelfFile(temporary, fd, self._files)
            self._files.fsync(fd)
            is_open = False
            self._files.close(fd)
            self._files.replace(temporary, target)
            self._files.sync_folder(self.root)
        except BaseException as error:
            if is_open:
                with suppress(OSError):
                    self._files.close(fd)
            with suppress(OSError):
                self._files.unlink(temporary)
            if isinstance(error, OSError):
                raise _translated(error, self.root, 0, self._files) from error
            raise
        self._tidy(target)

    def info(self) -> ShelfInfo:
        """Count what is there. Raises StorageError."""
        found = self._listed()
        return ShelfInfo(
            folder=str(self.root),
            files=len(found),
            bytes=sum(size for _, size, _ in found),
            budget_bytes=self.budget_bytes,
        )

    def clear(self) -> tuple[int, int]:
        """Remove all files; return how many and their bytes. What cannot be removed stays.

        Raises StorageError when the folder cannot be read.
        """
        return self._remove(self._listed())

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise ValueError(f"A key is 32 to 128 lower-case hex digits, not {key!r}.")
        return self.root / f"{key}{self._suffix}"

    def _created(self, temporary: Path) -> int:
        try:
            self._files.make_folder(self.root)
            return self._files.create(temporary)
        except OSError as error:
            raise _translated(error, self.root, 0, self._files) from error

    def _listed(self) -> list[tuple[Path, int, float]]:
        try:
            return self._held()
        except OSError as error:
            raise storage_error(error, self.root) from error

    def _held(self) -> list[tuple[Path, int, float]]:
        """Path, bytes and last use of every file, the least recently used first."""
        found = []
        for name in self._files.names(self.root):
            stem = name.removesuffix(self._suffix)
            if stem != name and KEY.fullmatch(stem):
                with suppress(OSError):
                    status = self._files.stat(self.root / name)
                    found.append((self.root / name, status.st_size, status.st_mtime))
        return sorted(found, key=lambda each: each[2])

    def _tidy(self, newest: Path) -> None:
        """Keep to the budget and remove what writers left behind that are no more.

        Never fails: the new file is safe, and the next tidying-up does what this one could not.
        """
        with suppress(OSError):
            sweep(self.root, self._files.names(self.root), self._files)
            self._evict(newest)

    def _evict(self, newest: Path) -> None:
        held = self._held()
        excess = sum(size for _, size, _ in held) - self.budget_bytes
        going = []
        for each in held:
            path, size, used = each
            if excess > 0 and path != newest and time.time() - used >= self._young_s:
                going.append(each)
                excess -= size
        if going:
            count, size = self._remove(going)
            log.info("%d files (%d bytes) of %s made room.", count, size, self.root)

    def _remove(self, files: list[tuple[Path, int, float]]) -> tuple[int, int]:
        count = removed = 0
        for path, size, _ in files:
            with suppress(OSError):
                self._files.unlink(path)
                count, removed = count + 1, removed + size
        return count, removed


def _translated(error: OSError, folder: Path, needed: int, files: FileOps) -> StudioError:
    if not is_disk_full(error):
        return storage_error(error, folder)
    free = 0
    with suppress(OSError):
        free = files.free_bytes(folder)
    return disk_full(needed, free, folder)
