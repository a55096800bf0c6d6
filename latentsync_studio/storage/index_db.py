"""The store's index: size, kind and last use of each entry, in SQLite.

The files are the truth. All of this can be read from them again, so losing or ignoring the index
loses no entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from latentsync_studio.storage.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_SCHEMA: Final = (
    """CREATE TABLE entries (
        key TEXT PRIMARY KEY, kind TEXT NOT NULL, size INTEGER NOT NULL, used REAL NOT NULL
    ) WITHOUT ROWID""",
    "CREATE TABLE counts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    "INSERT INTO counts VALUES ('bytes', 0), ('damaged', 0)",
    """CREATE TRIGGER added AFTER INSERT ON entries BEGIN
        UPDATE counts SET value = value + new.size WHERE name = 'bytes';
    END""",
    """CREATE TRIGGER dropped AFTER DELETE ON entries BEGIN
        UPDATE counts SET value = value - old.size WHERE name = 'bytes';
    END""",
)


class Row(NamedTuple):
    """What the index knows of an entry; `used` is seconds since 1970, `size` the file's bytes."""

    key: str
    kind: str
    size: int
    used: float


class IndexDb:
    """All methods raise only StorageError or DiskFullError; a store goes on without its index."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _SCHEMA, version=1, durable=False, keep_damaged=False)

    def generation(self) -> int:
        """Grows whenever a file was opened that may hold less than the one before."""
        with self._database.reading():
            return self._database.generation

    def record(self, rows: Iterable[Row]) -> None:
        """Add entries, or replace what is known of them."""
        with self._database.writing() as connection:
            for row in rows:
                # A replacing insert would not run the trigger that takes the old size away.
                connection.execute("DELETE FROM entries WHERE key = ?", (row.key,))
                connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?)", row)

    def forget(self, rows: Iterable[Row]) -> None:
        """Remove entries that were not used again since `rows` were read."""
        with self._database.writing() as connection:
            connection.executemany(
                "DELETE FROM entries WHERE key = ? AND used <= ?",
                ((row.key, row.used) for row in rows),
            )

    def touch(self, used: Iterable[tuple[str, float]]) -> None:
        """Set when entries were last used, seconds since 1970."""
        with self._database.writing() as connection:
            connection.executemany(
                "UPDATE entries SET used = max(used, ?) WHERE key = ?",
                ((moment, key) for key, moment in used),
            )

    def oldest(self) -> list[Row]:
        """All entries, least recently used first."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT key, kind, size, used FROM entries ORDER BY used")
            return [Row(*row) for row in found.fetchall()]

    def total_bytes(self) -> int:
        """Bytes of all entries."""
        return self._count("bytes")

    def damaged(self) -> int:
        """Damaged entries met since the index was made."""
        return self._count("damaged")

    def count_damaged(self) -> None:
        """Add one to the damaged entries ever met."""
        with self._database.writing() as connection:
            connection.execute("UPDATE counts SET value = value + 1 WHERE name = 'damaged'")

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._database.close()

    def _count(self, name: str) -> int:
        with self._database.reading() as connection:
            found = connection.execute("SELECT value FROM counts WHERE name = ?", (name,))
            return int(found.fetchone()[0])
