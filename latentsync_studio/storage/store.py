"""The patch store: cache, checkpoint and resume in one.

An entry is there if and only if its file verifies; nothing else is trusted.

    root/ab/cdef...   one file an entry, named by its key (format: storage.entry)
    root/pins/OWNER   what must not be evicted (storage.pins)
    root/index.db     sizes and last use for eviction (storage.index_db); may be deleted any time

Several threads and processes may use one store at once. Entries are only ever replaced whole, so a
reader sees an old one, a new one or none.
"""

from __future__ import annotations

import errno
import logging
from contextlib import suppress
from copy import copy
from typing import TYPE_CHECKING, Final, Self, TypeVar

import msgspec

from latentsync_studio.core.errors import DamagedEntryError, StudioError
from latentsync_studio.storage import entry
from latentsync_studio.storage.files import FileOps, write_atomic
from latentsync_studio.storage.sizes import disk_full, is_disk_full, storage_error
from latentsync_studio.storage.upkeep import Upkeep, entry_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

    import numpy as np
    import numpy.typing as npt

    from latentsync_studio.storage.files import Bytes

log = logging.getLogger(__name__)

DEFAULT_YOUNG_S: Final = 600.0

T = TypeVar("T")


class StoreInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a store holds.

    Attributes:
        folder: where it lies.
        entries: number of entries.
        bytes: size of all entries.
        budget_bytes: size above which the least recently used entries go.
        pinned: entries that stay whatever the budget.
        pinned_bytes: their size.
        damaged: damaged entries met and removed since the index was made.
        kinds: (entries, bytes) of each kind.
    """

    folder: str
    entries: int
    bytes: int
    budget_bytes: int
    pinned: int
    pinned_bytes: int
    damaged: int
    kinds: dict[str, tuple[int, int]]


class Store:
    """Content-addressed entries below one folder, within a size budget.

    A key is 32 to 128 lower-case hex digits, a kind 1 to 32 of a-z, 0-9, _ and -; anything else
    raises ValueError. `damaged` counts the entries that this object found damaged and removed.
    """

    def __init__(
        self,
        root: Path,
        budget_bytes: int,
        files: FileOps | None = None,
        *,
        young_s: float = DEFAULT_YOUNG_S,
    ) -> None:
        """Describe a store; nothing is read or written before its first use.

        Args:
            root: its folder, made on first writing.
            budget_bytes: size of all entries above which the least recently used are evicted.
            files: the file system.
            young_s: entries used within so many seconds are not evicted for the budget's sake,
                because a job that runs may be about to read them.
        """
        self.root, self.budget_bytes, self.damaged = root, budget_bytes, 0
        self._files = files if files is not None else FileOps()
        self._upkeep = Upkeep(root, budget_bytes, self._files, young_s=young_s)
        self._verified: dict[str, tuple[int, int, int]] = {}  # inode, size, mtime_ns
        self._owner = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def owned_by(self, owner: str) -> Store:
        """The same store, that pins for `owner` every entry it reads or writes: a job's checkpoint.

        Close either once; `unpin` releases everything.
        """
        mine = copy(self)
        mine._owner = owner  # noqa: SLF001 - the same class
        return mine

    @property
    def owner(self) -> str:
        """For whom entries are pinned; "" for nobody."""
        return self._owner

    def close(self) -> None:
        """Write what is remembered of uses and close the index; the store stays usable."""
        self._upkeep.flush()
        self._upkeep.index.close()

    def has(self, key: str) -> bool:
        """Whether an entry's file is there; only `get` tells whether it verifies."""
        path = entry_path(self.root, key)
        try:
            return self._files.stat(path).st_size >= entry.HEADER_BYTES
        except FileNotFoundError:
            return False
        except OSError as error:
            raise storage_error(error, path) from error

    def get(self, key: str) -> bytes | None:
        """The bytes put under `key`, verified, or None when there are none that verify.

        Raises ValueError when arrays were put under it, StorageError when the system refuses.
        """
        return self._read(key, self._load_bytes)

    def get_arrays(self, key: str) -> dict[str, np.memmap] | None:
        """The arrays put under `key`, mapped read-only, or None when there are none that verify.

        The whole file is verified on its first opening by this object. The mapping stays valid
        when the entry is evicted. Raises ValueError when bytes were put under the key.
        """
        return self._read(key, self._load_arrays)

    def put(self, key: str, kind: str, data: Bytes) -> None:
        """Store bytes; when this returns, they survive the loss of power.

        Raises DiskFullError (after evicting what may go) or StorageError; the store is then as it
        was before.
        """
        self._write(key, kind, entry.BYTES, [data])

    def put_arrays(
        self, key: str, kind: str, arrays: Mapping[str, npt.NDArray[np.generic]]
    ) -> None:
        """Store named arrays of numbers or bools, any shape; otherwise as `put`."""
        self._write(key, kind, entry.ARRAYS, entry.pack_arrays(arrays))

    def remove(self, keys: Iterable[str]) -> None:
        """Forget entries, pinned or not; those that are absent are no matter. Raises StorageError.

        A job that reads them at this moment finds them absent and makes them anew.
        """
        for key in keys:
            path = entry_path(self.root, key)
            try:
                self._files.unlink(path)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise storage_error(error, path) from error
            self._upkeep.note_removed(key)

    def pin(self, owner: str, keys: Iterable[str]) -> None:
        """Keep `keys` from eviction, present or to come, until `unpin` or 30 days without a pin.

        On a full disk the pins hold for this process only.
        """
        keys = list(keys)
        for key in keys:
            entry_path(self.root, key)
        try:
            self._upkeep.pins.add(owner, keys)
        except OSError as error:
            if not is_disk_full(error):
                raise storage_error(error, self.root / "pins") from error
            log.warning("Pins of %s could not be written: the disk is full.", owner)

    def unpin(self, owner: str) -> None:
        """Release everything that `owner` pinned."""
        try:
            self._upkeep.pins.drop(owner)
        except OSError as error:
            raise storage_error(error, self.root / "pins") from error

    def info(self) -> StoreInfo:
        """Count what is there. Raises StorageError."""
        try:
            rows, pinned = self._upkeep.rows(), self._upkeep.pins.keys()
        except OSError as error:
            raise storage_error(error, self.root) from error
        kinds: dict[str, tuple[int, int]] = {}
        for row in rows:
            n, size = kinds.get(row.kind, (0, 0))
            kinds[row.kind] = n + 1, size + row.size
        damaged = self.damaged
        with suppress(StudioError):  # a read-only store has no lasting count
            damaged = self._upkeep.index.damaged()
        return StoreInfo(
            folder=str(self.root),
            entries=len(rows),
            bytes=sum(row.size for row in rows),
            budget_bytes=self.budget_bytes,
            pinned=sum(row.key in pinned for row in rows),
            pinned_bytes=sum(row.size for row in rows if row.key in pinned),
            damaged=damaged,
            kinds=dict(sorted(kinds.items())),
        )

    def clear(self, kind: str | None = None, *, keep_pinned: bool = True) -> tuple[int, int]:
        """Remove the entries of `kind`, or all; return how many and their bytes.

        Pinned entries are an interrupted job's checkpoint and go only with `keep_pinned` False.
        Raises StorageError.
        """
        try:
            pinned = self._upkeep.pins.keys() if keep_pinned else set()
            rows = self._upkeep.rows()
        except OSError as error:
            raise storage_error(error, self.root) from error
        return self._upkeep.remove(
            row for row in rows if row.key not in pinned and kind in {None, row.kind}
        )

    def _write(self, key: str, kind: str, form: int, pieces: list[Bytes]) -> None:
        if not entry.KIND.fullmatch(kind):
            raise ValueError(f"A kind is 1 to 32 of a-z, 0-9, _ and -, not {kind!r}.")
        path = entry_path(self.root, key)
        if self._owner:
            self.pin(self._owner, [key])
        whole = [entry.header(key, kind, form, pieces), *pieces]
        size = sum(memoryview(piece).nbytes for piece in whole)
        try:
            self._write_or_make_room(path, whole, size)
        except OSError as error:
            raise self._error(error, path.parent, size) from error
        self._upkeep.note_put(key, kind, size)

    def _write_or_make_room(self, path: Path, whole: list[Bytes], size: int) -> None:
        try:
            write_atomic(path, whole, self._files)
        except OSError as error:
            if not is_disk_full(error) or not self._upkeep.make_room(size):
                raise
            write_atomic(path, whole, self._files)

    def _read(self, key: str, load: Callable[[str, Path], T]) -> T | None:
        path = entry_path(self.root, key)
        try:
            loaded = load(key, path)
        except FileNotFoundError:
            return None
        except DamagedEntryError as error:
            self._drop_damaged(key, path, error)
            return None
        except OSError as error:
            if error.errno != errno.EIO:  # a refusal or a lack of handles says nothing of the data
                raise storage_error(error, path) from error
            self._drop_damaged(key, path, error)
            return None
        self._upkeep.note_use(key)
        if self._owner:
            self.pin(self._owner, [key])
        return loaded

    def _load_bytes(self, key: str, path: Path) -> bytes:
        found = entry.verify(key, memoryview(self._files.read(path)))
        if found.form != entry.BYTES:
            raise ValueError(f"Entry {key} ({found.kind}) holds arrays; use get_arrays.")
        return bytes(found.payload)

    def _load_arrays(self, key: str, path: Path) -> dict[str, np.memmap]:
        blob, status = self._files.map(path)
        mark = status.st_ino, status.st_size, status.st_mtime_ns
        if self._verified.get(key) != mark:
            found = entry.verify(key, blob.data)
            if found.form != entry.ARRAYS:
                raise ValueError(f"Entry {key} ({found.kind}) holds bytes; use get.")
            self._verified[key] = mark
        return entry.unpack_arrays(key, blob[entry.HEADER_BYTES :])

    def _drop_damaged(self, key: str, path: Path, reason: Exception) -> None:
        log.warning("A stored entry is dropped and will be made anew: %s", reason)
        self.damaged += 1
        with suppress(OSError):  # where it stays it counts as absent, and the next put replaces it
            self._files.unlink(path)
        self._upkeep.note_damaged(key)

    def _error(self, error: OSError, folder: Path, needed: int) -> StudioError:
        if not is_disk_full(error):
            return storage_error(error, folder)
        free = 0
        with suppress(OSError):
            free = self._files.free_bytes(self.root)
        return disk_full(needed, free, self.root)
