"""Housekeeping of a store: its index, the order of use, the size budget, room on a full disk.

Nothing here decides whether an entry exists. Whatever fails, no entry is lost or half there; at
worst the store is larger than its budget until the next tidy-up.
"""

from __future__ import annotations

import logging
import re
import time
from contextlib import suppress
from threading import RLock
from typing import TYPE_CHECKING, Final

from latentsync_studio.core.errors import StudioError
from latentsync_studio.storage.entry import HEADER_BYTES, peek_kind
from latentsync_studio.storage.files import sweep
from latentsync_studio.storage.index_db import IndexDb, Row
from latentsync_studio.storage.pins import KEY, Pins

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from latentsync_studio.storage.files import FileOps

log = logging.getLogger(__name__)

_FOLDER: Final = re.compile(r"[0-9a-f]{2}")
_LOW_WATER: Final = 0.95  # evicting a little more than needed makes evictions rare
_USES: Final = 64  # uses remembered before they are written to the index
_PAUSE_S: Final = 30.0  # before evicting again after finding nothing that may go
_UNKNOWN: Final = "unknown"


def entry_path(root: Path, key: str) -> Path:
    """Where the entry `key` lies; raise ValueError for what is no key."""
    if not KEY.fullmatch(key):
        raise ValueError(f"A key is 32 to 128 lower-case hex digits, not {key!r}.")
    return root / key[:2] / key[2:]


class Upkeep:
    """Shared by the threads of one `Store`."""

    def __init__(self, root: Path, budget_bytes: int, files: FileOps, *, young_s: float) -> None:
        self.pins = Pins(root / "pins", files)
        self.index = IndexDb(root / "index.db")
        self._root, self._budget, self._files, self._young_s = root, budget_bytes, files, young_s
        self._matched: int | None = None  # generation of the index that matches the files
        self._used: dict[str, float] = {}
        self._not_before = 0.0
        self._lock = RLock()

    def note_use(self, key: str) -> None:
        """Remember that an entry was read."""
        with self._lock:
            self._used[key] = time.time()
            if len(self._used) >= _USES:
                self.flush()

    def flush(self) -> None:
        """Write remembered uses to the index."""
        with self._lock:
            used, self._used = self._used, {}
            if used:
                with suppress(StudioError):  # only the order of eviction suffers
                    self.index.touch(used.items())

    def note_put(self, key: str, kind: str, size: int) -> None:
        """Index a new entry and keep to the budget; never raises, for the entry is already safe."""
        try:
            with self._lock:
                self.index.record([Row(key, kind, size, time.time())])
                self._match()
                if self.index.total_bytes() > self._budget and time.time() >= self._not_before:
                    self._evict(key)
        except (OSError, StudioError) as error:
            self._matched = None
            log.warning("The store %s could not be tidied: %s", self._root, error)

    def note_removed(self, key: str) -> None:
        """Index that an entry is gone."""
        with suppress(StudioError):
            self.index.forget([Row(key, _UNKNOWN, 0, time.time())])

    def note_damaged(self, key: str) -> None:
        """Index that an entry was found damaged and is gone."""
        with suppress(StudioError):
            self.index.forget([Row(key, _UNKNOWN, 0, time.time())])
            self.index.count_damaged()

    def rows(self) -> list[Row]:
        """All entries, least recently used first. Raises OSError.

        Where the index cannot be used (no room, read-only folder) the files' times serve.
        """
        self.flush()
        try:
            self._match()
            return self.index.oldest()
        except StudioError as error:
            log.warning("The store is read without its index: %s", error)
            keys = [folder.name + name for folder, names in self._folders() for name in names]
            found = [self._row_of_file(key) for key in keys if KEY.fullmatch(key)]
            return sorted((row for row in found if row), key=lambda row: row.used)

    def make_room(self, needed: int) -> bool:
        """Free `needed` bytes on a full disk; return whether anything could go.

        Leftovers of killed writers go first, then entries that are not pinned, young ones too.
        """
        try:
            swept = sum(sweep(folder, names, self._files) for folder, names in self._folders())
            pinned = self.pins.keys()
            rows = (row for row in self.rows() if row.key not in pinned)
            removed, _ = self.remove(rows, stop_bytes=needed)
        except OSError as error:
            log.warning("No room could be made in %s: %s", self._root, error)
            return False
        return swept + removed > 0

    def remove(self, rows: Iterable[Row], stop_bytes: int | None = None) -> tuple[int, int]:
        """Delete entries in order until `stop_bytes` are free; return how many and their bytes."""
        gone: list[Row] = []
        freed = 0
        for row in rows:
            if stop_bytes is not None and freed >= stop_bytes:
                break
            try:
                with suppress(FileNotFoundError):  # another process was faster; it is free
                    self._files.unlink(entry_path(self._root, row.key))
            except ValueError:  # no key of ours: only the row can go
                log.warning("The store's index named %r.", row.key)
            except OSError as error:
                log.warning("Entry %s could not be removed: %s", row.key, error)
                continue
            gone.append(row)
            freed += row.size
        try:
            if gone:
                self.index.forget(gone)
        except StudioError:
            self._matched = None  # the rows go when the index is next matched with the files
        return len(gone), freed

    def _evict(self, new: str) -> None:
        """Remove old entries until the budget holds, but never the one that was just put."""
        self.flush()
        excess = self.index.total_bytes() - int(self._budget * _LOW_WATER)
        limit = time.time() - self._young_s
        pinned = self.pins.keys() | {new}
        rows = [row for row in self.index.oldest() if row.used <= limit and row.key not in pinned]
        _, freed = self.remove(rows, stop_bytes=excess)
        if freed < excess:
            self._not_before = time.time() + min(_PAUSE_S, self._young_s)

    def _match(self) -> None:
        """Make the index match the files, once for every index file that is opened."""
        with self._lock:
            # Rows are read before files: what is put meanwhile is then only noted twice.
            if self._matched is not None and self._matched == self.index.generation():
                return
            known = {row.key: row for row in self.index.oldest()}
            there: set[str] = set()
            for folder, names in self._folders():
                sweep(folder, names, self._files)
                there.update(key for name in names if KEY.fullmatch(key := folder.name + name))
            new = [self._row_of_file(key) for key in there - known.keys()]
            self.index.record(row for row in new if row)
            self.index.forget(known[key] for key in known.keys() - there)
            self._matched = self.index.generation()

    def _folders(self) -> Iterator[tuple[Path, list[str]]]:
        for name in self._files.names(self._root):
            if _FOLDER.fullmatch(name):
                yield self._root / name, self._files.names(self._root / name)

    def _row_of_file(self, key: str) -> Row | None:
        path = entry_path(self._root, key)
        with suppress(OSError):
            status = self._files.stat(path)
            kind = peek_kind(self._files.read(path, HEADER_BYTES))
            return Row(key, kind or _UNKNOWN, status.st_size, status.st_mtime)
        return None
