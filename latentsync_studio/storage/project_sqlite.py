"""The project file as SQLite sees it: header, tables, connections, transactions."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from latentsync_studio.core.errors import InputError
from latentsync_studio.storage.project_errors import (
    DamagedProjectError,
    NewerProjectError,
    NotAProjectError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from latentsync_studio.storage.files import FileOps

SUFFIX: Final = ".lsp"
APPLICATION_ID: Final = 0x4C535053  # "LSPS", at byte 68 of the file
FILE_VERSION: Final = 1  # raised when older programs would misread the tables

TABLES: Final = (
    """CREATE TABLE document (
        id INTEGER PRIMARY KEY CHECK (id = 1), json BLOB NOT NULL, digest TEXT NOT NULL,
        saved REAL NOT NULL, folder TEXT NOT NULL
    )""",
    """CREATE TABLE journal (
        seq INTEGER PRIMARY KEY, time REAL NOT NULL, edits INTEGER NOT NULL, kind TEXT NOT NULL,
        data BLOB NOT NULL, digest TEXT NOT NULL
    )""",
    "CREATE TABLE blobs (digest TEXT PRIMARY KEY, data BLOB NOT NULL)",
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
)
_MAGIC: Final = b"SQLite format 3\0"
_HEADER_BYTES: Final = 100
_WAIT_S: Final = 10.0


def resolved(path: Path) -> Path:
    """The absolute path, links followed; raise InputError where they lead nowhere."""
    try:
        return path.absolute().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(
            f"The path {str(path)!r} cannot be followed: {error}.", remedy="Choose another path."
        ) from error


def with_suffix(path: Path) -> Path:
    """The absolute path, links followed, with .lsp at its end; raise InputError as `resolved`."""
    full = resolved(path)
    return full if full.suffix.lower() == SUFFIX else full.with_name(full.name + SUFFIX)


def check_header(path: Path, files: FileOps) -> None:
    """Raise InputError unless `path` begins as a project file that this program can read."""
    try:
        if stat.S_ISFIFO(files.stat(path).st_mode):  # reading it would wait for ever
            raise NotAProjectError(f"{path} is no file.", remedy=f"Choose a file in {SUFFIX}.")
        head = files.read(path, _HEADER_BYTES)
    except FileNotFoundError as error:
        raise InputError(
            f"There is no file {path}.", remedy="Check whether it was moved or renamed."
        ) from error
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}.",
            remedy="Check that this user may read it and that its disk is there.",
        ) from error
    if not head.startswith(_MAGIC):
        what = "is empty" if not head else "is no project of LatentSync Studio"
        raise NotAProjectError(f"{path} {what}.", remedy=f"Choose a file that ends in {SUFFIX}.")
    if len(head) < _HEADER_BYTES:
        raise DamagedProjectError(path, f"it ends after {len(head)} bytes")
    version, application = (int.from_bytes(head[at : at + 4], "big") for at in (60, 68))
    if application != APPLICATION_ID:
        raise NotAProjectError(
            f"{path} is a database of another program.", remedy=f"Choose a file in {SUFFIX}."
        )
    if version > FILE_VERSION:
        raise NewerProjectError(
            f"{path} was written by a newer program (file version {version}, this one knows"
            f" {FILE_VERSION}).",
            remedy="Update the program.",
        )


def connection_to(path: Path, mode: str) -> sqlite3.Connection:
    """Open a file for "ro", "rw" or "rwc" (create); transactions are begun by hand."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=_WAIT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        # EXTRA: the deletion of the rollback journal, which commits, is synced too
        for pragma in ("synchronous=EXTRA", "trusted_schema=OFF", "cell_size_check=ON"):
            connection.execute(f"PRAGMA {pragma}")
        if mode != "ro":
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()  # undoes what was half done
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def connected(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    """As `connection_to`, closed at the end."""
    connection = connection_to(path, mode)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing; locks out other writers from its beginning."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
