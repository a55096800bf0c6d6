"""Blobs of a project file: bytes by their digest, kept small, and those that an undo may want back.

A blob is stored as it is, or as the differences between its bytes, deflated, where that is shorter:
painted coverage changes evenly, so a tile of 64 KiB takes some 5. Its digest, which is of the bytes
themselves, tells which form it has.
"""

from __future__ import annotations

import re
import sqlite3
import zlib
from contextlib import suppress
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING, Final

import numpy as np

from latentsync_studio.core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

_DIGEST_BYTES: Final = 20
_DIGEST: Final = re.compile(rb"(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])")
_LEVEL: Final = 1  # of zlib: higher ones take three times as long for a tenth
_MOST_BYTES: Final = 1 << 26  # that a stored blob may unfold to
_AT_ONCE: Final = 500  # digests in one statement
_MEMORY_KIB: Final = 65_536  # spare blobs beyond it go to a temporary file


def digest_of(data: bytes) -> str:
    """40 hex digits of blake2b-160."""
    return blake2b(data, digest_size=_DIGEST_BYTES).hexdigest()


def named_in(document: bytes) -> frozenset[str]:
    """All that may be a digest in JSON, wherever it stands.

    What a newer program refers to is found too, though this one does not know the field.
    """
    return frozenset(found.decode() for found in _DIGEST.findall(document))


def packed(data: bytes) -> bytes:
    """The stored form of a blob."""
    steps = np.frombuffer(data, np.uint8).copy()
    steps[1:] -= steps[:-1].copy()
    deflated = zlib.compress(steps.data, _LEVEL)
    return deflated if len(deflated) < len(data) else data


def unpacked(stored: bytes, digest: str) -> bytes | None:
    """The blob with this digest from its stored form; None: it is not that."""
    if digest_of(stored) == digest:
        return stored
    unfolding = zlib.decompressobj()
    try:
        steps = unfolding.decompress(stored, _MOST_BYTES)
    except zlib.error:
        return None
    data = np.add.accumulate(np.frombuffer(steps, np.uint8), dtype=np.uint8).tobytes()
    return data if digest_of(data) == digest else None


def put(connection: sqlite3.Connection, stored: Mapping[str, bytes]) -> None:
    """Add blobs in their stored form; what is there already stays."""
    connection.executemany("INSERT OR IGNORE INTO blobs VALUES (?, ?)", list(stored.items()))


def digests_in(connection: sqlite3.Connection) -> frozenset[str]:
    """Digests of all blobs."""
    return frozenset(str(each) for (each,) in connection.execute("SELECT digest FROM blobs"))


def keep_only(connection: sqlite3.Connection, keep: Collection[str]) -> int:
    """Delete all blobs but those in `keep`; return how many."""
    gone = digests_in(connection) - frozenset(keep)
    connection.executemany("DELETE FROM blobs WHERE digest = ?", ((each,) for each in gone))
    return len(gone)


def stored_forms(
    connection: sqlite3.Connection, digests: Iterable[str]
) -> Iterator[tuple[str, bytes]]:
    """Those of the blobs that are there, as they are stored."""
    wanted = list(digests)
    for at in range(0, len(wanted), _AT_ONCE):
        some = wanted[at : at + _AT_ONCE]
        marks = ", ".join("?" * len(some))
        rows = connection.execute(
            f"SELECT digest, data FROM blobs WHERE digest IN ({marks})",  # noqa: S608 - marks only
            some,
        )
        for digest, data in rows:
            yield str(digest), bytes(data)


class SpareBlobs:
    """Blobs that no document names any more, or none yet, for as long as the project is open.

    They lie in memory, and beyond 64 MiB in a temporary file that vanishes with the process. Safe
    to use from several threads.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None

    def put(self, stored: Mapping[str, bytes]) -> None:
        """Keep blobs in their stored form. Raises StorageError."""
        if not stored:
            return
        with self._lock:
            try:
                connection = self._opened()
                connection.execute("BEGIN")  # else every row would be written out
                try:
                    put(connection, stored)
                finally:
                    connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise StorageError(
                    f"What undo needs cannot be kept: {error}.",
                    remedy="Make room in the folder for temporary files.",
                ) from error

    def get(self, digest: str) -> bytes | None:
        """A blob, or None."""
        with self._lock, suppress(sqlite3.Error):
            if self._connection is not None:
                for _, stored in stored_forms(self._connection, [digest]):
                    return unpacked(stored, digest)
        return None

    def close(self) -> None:
        """Forget them."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            # A database without a name: private, and gone when it is closed.
            self._connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            self._connection.execute(f"PRAGMA cache_size=-{_MEMORY_KIB}")
            self._connection.execute("PRAGMA journal_mode=OFF")
            self._connection.execute("CREATE TABLE blobs (digest TEXT PRIMARY KEY, data BLOB)")
        return self._connection
