"""One SQLite file in WAL mode: checked when opened, shared by threads and processes."""

from __future__ import annotations

import logging
import sqlite3
import time
from contextlib import contextmanager, suppress
from threading import RLock
from typing import TYPE_CHECKING, Final

from latentsync_studio.core.errors import StorageError, StudioError
from latentsync_studio.storage.files import FileOps
from latentsync_studio.storage.sizes import disk_full

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

log = logging.getLogger(__name__)

_WAIT_S: Final = 30.0
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_REFUSED: Final = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})
_SMALL_WRITE: Final = 1_000_000  # room that SQLite wants at most for one of our transactions


class Database:
    """A lazily opened connection with a lock; all its methods raise only StudioError."""

    def __init__(
        self,
        path: Path,
        schema: Sequence[str],
        *,
        version: int,
        durable: bool,
        keep_damaged: bool,
        migrations: Mapping[int, Sequence[str]] | None = None,
    ) -> None:
        """Describe the file; it is opened on first use.

        Args:
            path: the file; its folder is created.
            schema: statements that make the tables of an empty file.
            version: raised with every change of `schema`; a file of another version is replaced
                where no migrations lead from it to this one.
            durable: whether a transaction survives the loss of power, not only of the process.
            keep_damaged: set a damaged file aside for rescue instead of deleting it, and refuse
                one of a newer version instead of replacing it.
            migrations: version -> statements that make a file of the next version of it.
        """
        self.path = path
        self.generation = 0  # how often a file was opened; another one may hold less than before
        self._schema, self._version = schema, version
        self._durable, self._keep_damaged = durable, keep_damaged
        self._migrations = migrations or {}
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._lock = RLock()
        self._files = FileOps()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for statements that need no transaction of their own."""
        with self._lock, self._translated():
            yield self._open()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that locks out other writers from its first statement; all or nothing."""
        with self._lock, self._translated():
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the connection; the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                with suppress(sqlite3.Error):
                    self._connection.close()
                self._connection = None

    def _open(self) -> sqlite3.Connection:
        """The connection to the file that now lies at the path (somebody may have deleted it)."""
        if self._connection is not None and self._identify() != self._identity:
            self.close()
        if self._connection is None:
            try:
                self._connection = self._connect()
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                self._set_aside()
                self._connection = self._connect()
            self._identity = self._identify()
            self.generation += 1
        return self._connection

    def _identify(self) -> tuple[int, int] | None:
        try:
            status = self._files.stat(self.path)
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def _connect(self) -> sqlite3.Connection:
        self._files.make_folder(self.path.parent)
        self._identity = self._identify()
        connection = sqlite3.connect(
            self.path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False
        )
        try:
            _use_wal(connection)
            connection.execute(f"PRAGMA synchronous={'FULL' if self._durable else 'NORMAL'}")
            self._check(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _check(self, connection: sqlite3.Connection) -> None:
        """Make the tables of a new file, or raise a DatabaseError that counts as damage."""
        if _version(connection) == 0:
            connection.execute("BEGIN IMMEDIATE")
            if _version(connection) == 0:  # no other process was faster
                for statement in self._schema:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version={self._version}")
            connection.execute("COMMIT")
        self._migrate(connection)
        found = _version(connection)
        if found > self._version and self._keep_damaged:
            raise StorageError(
                f"{self.path} was written by a newer program (version {found}, this one knows"
                f" {self._version}).",
                remedy="Update the program, or set LATENTSYNC_STUDIO_HOME to another folder.",
            )
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != self._version or verdict != "ok":
            error = sqlite3.DatabaseError(f"version {found}, {verdict}")
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error

    def _migrate(self, connection: sqlite3.Connection) -> None:
        """Bring an older file up to this version step by step, each whole or not at all."""
        while _version(connection) < self._version and _version(connection) in self._migrations:
            connection.execute("BEGIN IMMEDIATE")
            found = _version(connection)  # another process may have been faster
            try:
                if found < self._version:
                    for statement in self._migrations[found]:
                        connection.execute(statement)
                    connection.execute(f"PRAGMA user_version={found + 1}")
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    def _set_aside(self) -> None:
        """Move the bad file away, unless another process already did."""
        self.close()
        if self._identify() != self._identity:
            return
        log.warning("%s is damaged and is made anew.", self.path)
        with suppress(OSError):
            for suffix in ("-wal", "-shm"):  # first: a log left behind is played into a new file
                with suppress(FileNotFoundError):
                    self._files.unlink(self.path.with_name(self.path.name + suffix))
            if self._keep_damaged:
                aside = f"{self.path.name}.damaged-{time.time_ns()}"
                self._files.replace(self.path, self.path.with_name(aside))
            else:
                self._files.unlink(self.path)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if _is_damage(error):
                self._set_aside()
            raise self._studio_error(error) from error
        except OSError as error:
            raise StorageError(
                f"{self.path} cannot be used: {error.strerror}.",
                remedy="Set LATENTSYNC_STUDIO_HOME to a folder that can be written.",
            ) from error

    def _studio_error(self, error: sqlite3.Error) -> StudioError:
        code = _code(error)
        if code == sqlite3.SQLITE_FULL:
            free = self._files.free_bytes(self.path.parent)
            return disk_full(_SMALL_WRITE, free, self.path.parent)
        remedy = "Run the same command again."
        if code in _REFUSED:
            remedy = "Allow this user to write there, or set LATENTSYNC_STUDIO_HOME elsewhere."
        elif code == sqlite3.SQLITE_BUSY:
            remedy = "Another process keeps it locked; wait for it, or end it."
        return StorageError(f"{self.path} cannot be used: {error}.", remedy=remedy)


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL; two processes that do it to a new file at once do not wait but fail."""
    deadline = time.monotonic() + _WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _code(error: sqlite3.Error) -> int:
    """The primary result code: the low byte of the extended one."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def _is_damage(error: sqlite3.Error) -> bool:
    return _code(error) in _DAMAGED
