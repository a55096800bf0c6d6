"""A file that appears under its name only when it is whole; until then it is `name.part.ext`."""

from __future__ import annotations

import errno
import os
import shutil
from typing import TYPE_CHECKING, BinaryIO, Final, Self

from latentsync_studio.core.errors import DiskFullError, StorageError, StudioError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_MIB: Final = 1024 * 1024


def part_name(path: Path) -> Path:
    """Where `path` grows: beside it, with the same ending, so that a player opens it."""
    return path.with_name(f"{path.stem}.part{path.suffix}")


class PartFile:
    """A writable file object that is renamed to its final name by `commit`.

    Leaving the context without `commit` closes it and keeps the part file, whatever it holds: it
    may be the only trace of hours of work. A part file of an earlier run is replaced.
    """

    def __init__(self, path: Path, needed_bytes: int = 0) -> None:
        """Create the part file of `path`.

        Args:
            path: final name.
            needed_bytes: expected size, only for the message when the disk is full.

        Raises:
            DiskFullError, StorageError: it cannot be created.
        """
        self.path, self.part = path, part_name(path)
        self._needed = needed_bytes
        self.size = 0
        self.failure: StudioError | None = None
        try:
            self.part.unlink(missing_ok=True)
            self._file: BinaryIO = self.part.open("xb", buffering=0)
        except OSError as error:
            raise self._translated(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def closed(self) -> bool:
        """Whether nothing more can be written."""
        return self._file.closed

    def write(self, data: bytes) -> int:
        """Write all of `data` at the current position."""
        view = memoryview(data)
        try:
            while view:
                written = self._file.write(view)
                view = view[written:]
        except OSError as error:
            self.failure = self._translated(error)
            raise self.failure from error
        self.size = max(self.size, self._file.tell())
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move the position."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """The position."""
        return self._file.tell()

    def close(self) -> None:
        """Close without renaming; the part file stays."""
        self._file.close()

    def commit(self) -> None:
        """Put everything on the disk and give the file its final name, replacing an older one.

        Raises:
            DiskFullError, StorageError: the disk refuses, or somebody else replaced the part file.
        """
        try:
            os.fsync(self._file.fileno())
            mine = os.fstat(self._file.fileno())
            self._file.close()
            if not os.path.samestat(mine, self.part.stat()):
                raise StorageError(
                    f"{str(self.part)!r} was replaced by another program while it was written.",
                    remedy="Make sure that only one render writes to this output.",
                )
            self.part.replace(self.path)
            _sync_folder(self.path.parent)
        except OSError as error:
            raise self._translated(error) from error

    def _translated(self, error: OSError) -> StudioError:
        """Say in numbers what happened, and what to do."""
        kept = f" What is done lies in {str(self.part)!r}." if self.size else ""
        if error.errno in _FULL:
            free = shutil.disk_usage(self.path.parent).free
            missing = max(self._needed - self.size, 1)
            return DiskFullError(
                f"The disk of {str(self.path.parent)!r} is full: {_mib(missing)} more are needed "
                f"for {self.path.name!r}, {_mib(free)} are free.{kept}",
                remedy=f"Free at least {_mib(missing)} there, or choose another output folder; "
                "then run the same command again.",
            )
        reason = error.strerror or type(error).__name__
        return StorageError(
            f"{str(self.path)!r} cannot be written: {reason}.{kept}",
            remedy="Check that the folder exists and that you may write to it.",
        )


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _mib(size: int) -> str:
    return f"{max(size / _MIB, 0.1):.1f} MiB"
