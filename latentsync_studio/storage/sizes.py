"""Sizes and failures of the disk in words: what is needed, what is free, and where."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from latentsync_studio.core.errors import DiskFullError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def size_text(n_bytes: int) -> str:
    """Decimal units with one digit: 512 B, 1.5 kB, 1.2 GB."""
    if n_bytes < 1000:
        return f"{n_bytes} B"
    size = float(n_bytes)
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 999.95:
            return f"{size:.1f} {unit}"
    return f"{size / 1000:.1f} TB"


def is_disk_full(error: OSError) -> bool:
    """Whether `error` says that the disk or the user's quota is used up."""
    return error.errno in _NO_ROOM


def disk_full(needed_bytes: int, free_bytes: int, folder: Path) -> DiskFullError:
    """The error for a disk without room: both numbers and the folder."""
    return DiskFullError(
        f"The disk is full: {size_text(needed_bytes)} needed,"
        f" {size_text(free_bytes)} free in {folder}.",
        remedy="Free some space there and run the same command again: what is done is kept."
        " `latentsync-studio cache clear` empties the cache.",
    )


def storage_error(error: OSError, path: Path) -> StorageError:
    """The error for a file of ours that the system does not let us use."""
    reason = error.strerror or str(error)
    remedy = "Check the disk, then run the same command again: what is done is kept."
    if error.errno in _REFUSED:
        remedy = (
            "Allow this user to write there, or set LATENTSYNC_STUDIO_HOME to a folder that"
            " can be written."
        )
    elif error.errno == errno.EFBIG:
        remedy = "Choose a folder on a disk, and for a user, without a limit on the size of files."
    return StorageError(f"{path} cannot be used: {reason}.", remedy=remedy)
