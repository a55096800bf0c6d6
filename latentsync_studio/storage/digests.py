"""Content digests of files, remembered while a file is unchanged."""

from __future__ import annotations

import os
import stat
import time
from contextlib import contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from latentsync_studio.core.errors import InputError, MissingFileError, StudioError
from latentsync_studio.storage.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import FileIO
    from pathlib import Path

    from latentsync_studio.core.progress import Progress

_SCHEMA: Final = (
    """CREATE TABLE digests (
        path TEXT PRIMARY KEY, size INTEGER, modified_ns INTEGER, changed_ns INTEGER,
        device TEXT, inode TEXT, digest TEXT NOT NULL
    ) WITHOUT ROWID""",
)
_CHUNK: Final = 4 << 20
_DIGEST_BYTES: Final = 20
_SETTLED_S: Final = 2.0  # the coarsest time stamps of file systems in use (FAT)
_ATTEMPTS: Final = 3


class Hasher(Protocol):
    """What the functions of hashlib return."""

    def update(self, data: memoryview, /) -> None:
        """Take in more of the content."""

    def hexdigest(self) -> str:
        """The digest of all of it."""


def blake2b_160() -> Hasher:
    """A new blake2b hash of 160 bits."""
    return blake2b(digest_size=_DIGEST_BYTES)


class _Version(NamedTuple):
    """What changes when a file's content does. Identities are text: they may need 64 bits."""

    size: int
    modified_ns: int
    changed_ns: int
    device: str
    inode: str


class DigestBook:
    """Digests of files, kept in one SQLite file; safe to use from several threads."""

    def __init__(self, path: Path, hasher: Callable[[], Hasher] = blake2b_160) -> None:
        """Describe the book; its file is made on first use.

        Args:
            path: its file, for digests of one kind only.
            hasher: makes a new hash, by default blake2b of 160 bits.
        """
        self._hasher = hasher
        self._database = Database(path, _SCHEMA, version=1, durable=False, keep_damaged=False)

    def digest(self, path: Path, progress: Progress | None = None) -> str:
        """Digest a regular file's content: hex digits, 40 of them for the default hash.

        Content is read only when size, times or identity differ from the last time. Reports the
        stage "read" in MB. Raises InputError when there is no such file, it cannot be read or
        it changes while it is read, and Cancelled when `progress` asks for it.
        """
        full = path.absolute()
        with _explained(full), _open_regular(full) as file:
            for _ in range(_ATTEMPTS):
                version = _version(os.fstat(file.fileno()))
                known = self._recall(full, version)
                if known is not None:
                    return known
                digest = _read(file, version.size, self._hasher(), progress)
                if _version(full.stat()) == version:
                    self._remember(full, version, digest)
                    return digest
                file.seek(0)
        raise InputError(
            f"{path} changes while it is read.",
            remedy="Wait until it is completely copied, recorded or downloaded.",
        )

    def recalled(self, path: Path) -> str | None:
        """The digest of a file that was read before and has not changed since, else None.

        Reads none of it. Raises StorageError.
        """
        full = path.absolute()
        try:
            version = _version(full.stat())
        except OSError:
            return None
        return self._recall(full, version)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._database.close()

    def _recall(self, path: Path, version: _Version) -> str | None:
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT digest FROM digests WHERE path = ? AND size = ? AND modified_ns = ?"
                " AND changed_ns = ? AND device = ? AND inode = ?",
                (_text(path), *version),
            )
            row = found.fetchone()
            return None if row is None else str(row[0])

    def _remember(self, path: Path, version: _Version, digest: str) -> None:
        # A change within the same tick of the clock would leave size and times as they are.
        newest_ns = max(version.modified_ns, version.changed_ns)
        if time.time_ns() - newest_ns < _SETTLED_S * 1e9:
            return
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO digests VALUES (?, ?, ?, ?, ?, ?, ?)",
                (_text(path), *version, digest),
            )


def _read(file: FileIO, size: int, digest: Hasher, progress: Progress | None) -> str:
    """Digest the first `size` bytes: a file that grows meanwhile must not hold us for ever."""
    buffer = bytearray(_CHUNK)
    view = memoryview(buffer)
    done = 0
    while n := file.readinto(view[: min(_CHUNK, size - done)]):
        digest.update(view[:n])
        done += n
        if progress is not None:
            progress.report("read", done // 1_000_000, size // 1_000_000)
    return digest.hexdigest()


@contextmanager
def _open_regular(path: Path) -> Iterator[FileIO]:
    """Open without waiting for a writer, as a named pipe would make us do."""
    fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise InputError(f"{path} is not a file.", remedy="Give a video or audio file.")
    with open(fd, "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor
        yield file


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except StudioError:
        raise
    except FileNotFoundError as error:
        raise MissingFileError(
            f"There is no file {path}.", remedy="Check the spelling and the folder."
        ) from error
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}.",
            remedy="Check that this user may read it and that its disk is there.",
        ) from error


def _version(status: os.stat_result) -> _Version:
    return _Version(
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        str(status.st_dev),
        str(status.st_ino),
    )


def _text(path: Path) -> str:
    """A file name as SQLite can hold it, whatever bytes it consists of."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
