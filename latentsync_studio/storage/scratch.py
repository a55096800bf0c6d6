"""Numbers too many for the memory, kept in a file without a name while they are made."""

from __future__ import annotations

import math
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Self

import numpy as np

from latentsync_studio.storage.files import FileOps
from latentsync_studio.storage.sizes import disk_full, is_disk_full, storage_error

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    import numpy.typing as npt

    from latentsync_studio.core.errors import StudioError


class Scratch:
    """An array that grows at its end and lies on the disk.

    It has no name in its folder, so that nothing stays behind whatever happens to the process. What
    `mapped` returned stays valid after leaving the context.
    """

    def __init__(
        self,
        folder: Path,
        dtype: npt.DTypeLike,
        row: tuple[int, ...] = (),
        files: FileOps | None = None,
    ) -> None:
        """Begin an array of no rows.

        Args:
            folder: made where it is missing.
            dtype: of its elements.
            row: shape of one row.
            files: the file system.

        Raises:
            DiskFullError, StorageError: it cannot be made.
        """
        self._files = files if files is not None else FileOps()
        self._folder, self._dtype, self._row = folder, np.dtype(dtype), row
        self._rows = 0
        try:
            self._files.make_folder(folder)
            self._file = self._files.unnamed(folder)
        except OSError as error:
            raise self._translated(error, 0) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._rows

    def append(self, rows: npt.NDArray[np.generic]) -> None:
        """Add (n, *row) values of the dtype to the end.

        Raises:
            DiskFullError, StorageError: the disk refuses.
        """
        if rows.dtype != self._dtype or rows.shape[1:] != self._row:
            raise ValueError(f"{rows.dtype} {rows.shape} is no piece of {self._dtype} {self._row}.")
        if not rows.size:
            return
        try:
            self._files.write(self._file.fileno(), np.ascontiguousarray(rows).data)
        except OSError as error:
            raise self._translated(error, rows.nbytes) from error
        self._rows += len(rows)

    def skip(self, count: int) -> None:
        """Add `count` rows of zeros to the end: a hole that takes no room on the disk.

        Raises:
            DiskFullError, StorageError: the disk refuses.
        """
        if count <= 0:
            return
        size = count * self._dtype.itemsize * math.prod(self._row)
        try:
            self._file.truncate(self._file.seek(size, os.SEEK_END))
        except OSError as error:
            raise self._translated(error, size) from error
        self._rows += count

    def mapped(self) -> npt.NDArray[np.generic]:
        """All rows up to now, read-only; a memory map unless there are none."""
        shape = (self._rows, *self._row)
        if not self._rows:
            empty = np.zeros(shape, self._dtype)
            empty.flags.writeable = False
            return empty
        try:
            return np.memmap(self._file, self._dtype, "r", shape=shape)
        except OSError as error:
            raise self._translated(error, 0) from error

    def _translated(self, error: OSError, needed: int) -> StudioError:
        if not is_disk_full(error):
            return storage_error(error, self._folder)
        free = 0
        with suppress(OSError):
            free = self._files.free_bytes(self._folder)
        return disk_full(needed, free, self._folder)
