"""Digests of weights: remembered while a file is unchanged, and trusted from first use on."""

from __future__ import annotations

from contextlib import closing, suppress
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Self

import msgspec

from latentsync_studio.core.errors import StorageError
from latentsync_studio.storage import paths
from latentsync_studio.storage.database import Database
from latentsync_studio.storage.digests import DigestBook

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from latentsync_studio.core.progress import Progress

_SCHEMA: Final = (
    """CREATE TABLE known (
        model TEXT, name TEXT, sha256 TEXT NOT NULL, seen TEXT NOT NULL,
        PRIMARY KEY (model, name)
    ) WITHOUT ROWID""",
)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What a file was when it was first seen.

    Attributes:
        sha256: hex digest.
        seen: the day, as YYYY-MM-DD.
    """

    sha256: str
    seen: str


class Ledger:
    """Digests of weights below a data folder; use it as a context.

    In a data folder that cannot be written it remembers nothing and still answers.
    """

    def __init__(self, home: Path | None = None) -> None:
        self._book_file = paths.weight_digests_file(home)
        self._known_file = paths.known_weights_file(home)
        self._book = DigestBook(self._book_file, sha256)
        self._known = Database(
            self._known_file, _SCHEMA, version=1, durable=True, keep_damaged=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with closing(self._book), closing(self._known):
            pass

    def sha256(self, path: Path, progress: Progress | None = None) -> str:
        """SHA-256 of a file; read only when it changed since the last time.

        Reports the stage "read" in MB. Raises InputError, Cancelled.
        """
        try:
            return self._book.digest(path, progress)
        except StorageError:
            return _read(path, progress)

    def recalled(self, path: Path) -> str | None:
        """The digest of a file that was read before and has not changed since; reads nothing."""
        if not self._book_file.exists():
            return None
        with suppress(StorageError):
            return self._book.recalled(path)
        return None

    def known(self, model: str, name: str) -> Known | None:
        """What a file of a model was when it was first seen; None before."""
        if not self._known_file.exists():
            return None
        with suppress(StorageError), self._known.reading() as connection:
            row = connection.execute(
                "SELECT sha256, seen FROM known WHERE model = ? AND name = ?", (model, name)
            ).fetchone()
            return None if row is None else Known(sha256=row[0], seen=row[1])
        return None

    def remember(self, model: str, name: str, digest: str) -> bool:
        """Trust this digest from now on; False where the data folder cannot be written."""
        today = date.today().isoformat()  # noqa: DTZ011 - the user's own calendar
        with suppress(StorageError), self._known.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO known VALUES (?, ?, ?, ?)", (model, name, digest, today)
            )
            return True
        return False


def _read(path: Path, progress: Progress | None) -> str:
    digest, done = sha256(), 0
    size = path.stat().st_size
    with path.open("rb") as file:
        while piece := file.read(4 << 20):
            digest.update(piece)
            done += len(piece)
            if progress is not None:
                progress.report("read", done // 1_000_000, size // 1_000_000)
    return digest.hexdigest()
