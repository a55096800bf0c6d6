"""The project file: one SQLite file, `.lsp`.

    document   one row: the project as JSON, its digest, when and where it was saved
    journal    what was edited since, see storage/project_journal.py
    blobs      bytes by their digest (tiles of masks), see storage/project_blobs.py
    meta       few named JSON values

It keeps SQLite's rollback journal, not a write-ahead log: whenever nothing is being written, the
one file is complete. A transaction is synced before it counts, and undone by the next opener when
its process dies. `user_version` rises when older programs would misread the tables; tables and
columns that this program does not know are left alone.
"""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import contextmanager, suppress
from itertools import takewhile
from tempfile import TemporaryDirectory
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from latentsync_studio.core.errors import InputError
from latentsync_studio.storage import project_blobs
from latentsync_studio.storage.files import FileOps
from latentsync_studio.storage.project_errors import (
    DamagedProjectError,
    ProjectChangedError,
    from_sqlite,
    from_system,
    is_damage,
    is_refusal,
)
from latentsync_studio.storage.project_journal import Entry
from latentsync_studio.storage.project_sqlite import (
    APPLICATION_ID,
    FILE_VERSION,
    TABLES,
    check_header,
    connected,
    connection_to,
    transaction,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path


_NAMES: Final = frozenset({"document", "journal", "blobs", "meta"})
_CHECKED_BYTES: Final = 64_000_000  # larger files are not read through when they are opened
_MOSTLY_EMPTY: Final = 0.5  # of its pages: a file gives such room back to the disk


class Document(NamedTuple):
    """What was saved last.

    Attributes:
        json: the project as JSON.
        digest: of `json`.
        saved: seconds since 1970.
        folder: absolute folder that relative media paths start from.
    """

    json: bytes
    digest: str
    saved: float
    folder: str


digest_of = project_blobs.digest_of


class ProjectFile:
    """An open project file; safe to use from several threads. Raises only StudioError."""

    def __init__(self, path: Path, *, writable: bool, files: FileOps | None = None) -> None:
        """Open a file that exists and check it.

        Raises:
            InputError: missing, unreadable, no project, damaged or of a newer program.
            ReadOnlyProjectError: it was to be writable and is not.
        """
        self.path = path
        self._files = files if files is not None else FileOps()
        self._lock = RLock()
        self._copied: TemporaryDirectory[str] | None = None
        check_header(path, self._files)
        self._identity = self._identify()
        try:
            with self._translated():
                if writable:
                    self._connection = connection_to(path, "rw")
                else:
                    self._connection = self._connect_reading()
                self._check(writable=writable)
        except BaseException:
            self.close()
            raise

    @classmethod
    def create(
        cls,
        path: Path,
        document: bytes,
        meta: Mapping[str, object] | None = None,
        files: FileOps | None = None,
    ) -> ProjectFile:
        """Make a new file at `path`, which must not exist, and open it.

        Raises:
            DiskFullError: no room.
            StorageError: the system refuses.
        """
        files = files if files is not None else FileOps()
        try:
            with connected(path, "rwc") as connection:
                connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
                with transaction(connection):
                    for statement in TABLES:
                        connection.execute(statement)
                    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
                    connection.execute(f"PRAGMA user_version={FILE_VERSION}")
                    _write_document(connection, document, str(path.parent))
                    _write_meta(connection, {"created": time.time(), **(meta or {})})
        except sqlite3.Error as error:
            with suppress(OSError):
                files.unlink(path)
            raise from_sqlite(error, path, files, len(document)) from error
        return cls(path, writable=True, files=files)

    def document(self) -> Document:
        """What was saved last; raise DamagedProjectError where its digest is wrong."""
        with self._lock, self._translated():
            row = self._connection.execute(
                "SELECT CAST(json AS BLOB), CAST(digest AS TEXT), CAST(saved AS REAL),"
                " CAST(folder AS TEXT) FROM document"
            )
            found = row.fetchone()
        if found is None or None in found:
            raise DamagedProjectError(self.path, "it holds no document")
        document = Document(*found)
        if digest_of(document.json) != document.digest:
            raise DamagedProjectError(self.path, "the document does not match its digest")
        return document

    def save(
        self,
        document: bytes,
        expected: str,
        blobs: Mapping[str, bytes] | None = None,
        folder: Path | None = None,
        keep: Collection[str] | None = None,
    ) -> str:
        """Replace the document and clear the journal in one synced transaction.

        Args:
            document: JSON.
            expected: digest of the document that is to be replaced.
            blobs: bytes to be kept with it, by digest.
            folder: that relative media paths start from; None is the file's own.
            keep: digests of the only blobs that stay; None keeps all.

        Returns:
            The digest of `document`.

        Raises:
            ProjectChangedError: somebody else saved meanwhile.
            DiskFullError, StorageError: it could not be written; the file is as before.
        """
        place = str(folder if folder is not None else self.path.parent)
        stored = _packed(blobs)
        with self._writing(len(document) + _size(stored)) as connection:
            (found,) = connection.execute("SELECT digest FROM document").fetchone()
            if found != expected:
                raise ProjectChangedError(
                    f"{self.path} was saved by another window or program meanwhile.",
                    remedy="Save under another name, then compare both.",
                )
            connection.execute("DELETE FROM journal")
            project_blobs.put(connection, stored)
            if keep is not None:
                project_blobs.keep_only(connection, keep)
            digest = _write_document(connection, document, place)
        self._give_back()
        return digest

    def journal(self) -> list[Entry]:
        """What was edited since the last save, in order, unverified."""
        with self._lock, self._translated():
            rows = self._connection.execute(
                "SELECT CAST(time AS REAL), CAST(edits AS INTEGER), CAST(kind AS TEXT),"
                " CAST(data AS BLOB), CAST(digest AS TEXT) FROM journal ORDER BY seq"
            ).fetchall()
        return [Entry(*row) for row in takewhile(lambda row: None not in row, rows)]

    def append(
        self,
        entry: Entry,
        blobs: Mapping[str, bytes] | None = None,
        *,
        alone: bool = False,
        keep: Collection[str] | None = None,
    ) -> None:
        """Add to the journal, or with `alone` replace it, in one synced transaction.

        With `keep`, only blobs with these digests stay.
        """
        stored = _packed(blobs)
        with self._writing(len(entry.data) + _size(stored)) as connection:
            project_blobs.put(connection, stored)
            if alone:
                connection.execute("DELETE FROM journal")
            if keep is not None:
                project_blobs.keep_only(connection, keep)
            connection.execute(
                "INSERT INTO journal (time, edits, kind, data, digest) VALUES (?, ?, ?, ?, ?)",
                (entry.time, entry.edits, entry.kind, entry.data, entry.digest),
            )

    def clear_journal(self, keep: Collection[str] | None = None) -> None:
        """Forget what was edited since the last save, and all blobs but those in `keep`."""
        with self._writing() as connection:
            connection.execute("DELETE FROM journal")
            if keep is not None:
                project_blobs.keep_only(connection, keep)
        self._give_back()

    def put_blobs(self, blobs: Mapping[str, bytes]) -> None:
        """Keep bytes by their digests (see `digest_of`); what is there already stays."""
        stored = _packed(blobs)
        with self._writing(_size(stored)) as connection:
            project_blobs.put(connection, stored)

    def blob(self, digest: str) -> bytes | None:
        """The bytes with this digest, or None; raise DamagedProjectError where they are not."""
        stored = self.stored_blobs([digest])
        if not stored:
            return None
        data = project_blobs.unpacked(stored[digest], digest)
        if data is None:
            raise DamagedProjectError(self.path, f"the blob {digest} does not match its digest")
        return data

    def stored_blobs(self, digests: Iterable[str]) -> dict[str, bytes]:
        """Those of the blobs that are here, in their stored form, unverified."""
        with self._lock, self._translated():
            return dict(project_blobs.stored_forms(self._connection, digests))

    def blob_digests(self) -> frozenset[str]:
        """Digests of all blobs."""
        with self._lock, self._translated():
            return project_blobs.digests_in(self._connection)

    def meta(self, key: str) -> Any:  # noqa: ANN401 - any JSON
        """A named value, or None."""
        with self._lock, self._translated():
            found = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,))
            row = found.fetchone()
        with suppress(ValueError, TypeError):
            return None if row is None else json.loads(row[0])
        raise DamagedProjectError(self.path, f"its {key} is no JSON")

    def copy_into(self, path: Path) -> None:
        """Copy everything in here to a new file, with whatever newer programs put there."""
        with self._lock:
            try:
                with connected(path, "rwc") as target:
                    self._connection.backup(target)
            except sqlite3.Error as error:
                blamed = self.path if is_damage(error) else path
                raise from_sqlite(error, blamed, self._files) from error

    def is_in_place(self) -> bool:
        """Whether the file at the path is still the one that was opened."""
        return self._identity is not None and self._identify() == self._identity

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Keep every other process from writing meanwhile; nothing is written for it."""
        with self._writing():
            yield

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            with suppress(sqlite3.Error, AttributeError):
                self._connection.close()
            if self._copied is not None:
                self._copied.cleanup()
                self._copied = None

    def _identify(self) -> tuple[int, int] | None:
        try:
            status = self._files.stat(self.path)
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def _connect_reading(self) -> sqlite3.Connection:
        """Open for reading; a transaction that a dead process left is undone in a copy."""
        try:
            return connection_to(self.path, "ro")
        except sqlite3.Error as error:
            if not is_refusal(error):
                raise
        self._copied = TemporaryDirectory(prefix="latentsync-studio-")
        return connection_to(self._copy_aside(self._copied.name), "rw")

    def _copy_aside(self, folder: str) -> Path:
        from pathlib import Path
        from shutil import copyfile

        copy = Path(folder) / "project.lsp"
        try:
            copyfile(self.path, copy)
            with suppress(FileNotFoundError):
                copyfile(f"{self.path}-journal", f"{copy}-journal")
        except OSError as error:
            raise InputError(
                f"{self.path} cannot be read: {error.strerror}.",
                remedy="Check that there is room for temporary files.",
            ) from error
        return copy

    def _check(self, *, writable: bool) -> None:
        """Raise a StudioError or sqlite3.Error unless this is a whole project file."""
        if writable:  # a real write, as SQLite lets transactions begin in files it cannot write
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.execute(f"PRAGMA user_version={FILE_VERSION}")
            finally:
                with suppress(sqlite3.Error):  # it may be undone already
                    self._connection.execute("ROLLBACK")
        found = self._connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall()
        missing = _NAMES - {name for (name,) in found}
        if missing:
            raise DamagedProjectError(self.path, f"it lacks {', '.join(sorted(missing))}")
        size, page = self._files.stat(self.path).st_size, self._pages("page_size")
        if size % page and self._copied is None:
            raise DamagedProjectError(self.path, f"it ends within a page, after {size} bytes")
        if size <= _CHECKED_BYTES:
            (verdict,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise DamagedProjectError(self.path, str(verdict).replace("\n", " "))

    def _pages(self, pragma: str) -> int:
        return int(self._connection.execute(f"PRAGMA {pragma}").fetchone()[0])

    def _give_back(self) -> None:
        """Return room to the disk where most of the file is empty; no harm if it fails."""
        with self._lock, suppress(sqlite3.Error):
            free, pages = self._pages("freelist_count"), self._pages("page_count")
            if free > _MOSTLY_EMPTY * pages:
                # as a script: `execute` would free one page
                self._connection.executescript("PRAGMA incremental_vacuum")

    @contextmanager
    def _writing(self, n_bytes: int = 0) -> Iterator[sqlite3.Connection]:
        with self._lock, self._translated(n_bytes), transaction(self._connection):
            yield self._connection

    @contextmanager
    def _translated(self, n_bytes: int = 0) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise from_sqlite(error, self.path, self._files, n_bytes) from error
        except OSError as error:
            raise from_system(error, self.path, self._files, n_bytes) from error


def _write_document(connection: sqlite3.Connection, document: bytes, folder: str) -> str:
    digest = digest_of(document)
    connection.execute(
        "INSERT OR REPLACE INTO document (id, json, digest, saved, folder) VALUES (1, ?, ?, ?, ?)",
        (document, digest, time.time(), folder.encode(errors="backslashreplace").decode()),
    )
    return digest


def _write_meta(connection: sqlite3.Connection, values: Mapping[str, object]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO meta VALUES (?, ?)",
        [(key, json.dumps(value)) for key, value in values.items()],
    )


def _packed(blobs: Mapping[str, bytes] | None) -> dict[str, bytes]:
    return {digest: project_blobs.packed(data) for digest, data in (blobs or {}).items()}


def _size(stored: Mapping[str, bytes]) -> int:
    return sum(map(len, stored.values()))
