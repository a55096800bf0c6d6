"""Small results: never over what was read, and whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.core.errors import InputError, StorageError
from latentsync_studio.storage.files import FileOps, write_atomic
from latentsync_studio.storage.sizes import disk_full, is_disk_full

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def refuse_overwriting(output: Path, inputs: Iterable[Path]) -> None:
    """Raise InputError when `output` is one of the `inputs`, by whatever name or link."""
    for given in inputs:
        try:
            same = output.samefile(given)
        except (OSError, ValueError):  # one of them is not there
            continue
        if same:
            raise InputError(
                f"The output {output} is the input {given}; it would be overwritten.",
                remedy="Choose another name for the output.",
            )


def write_whole(path: Path, data: bytes) -> None:
    """Make `path` hold exactly `data`, or leave it as it was.

    Raises:
        DiskFullError: its disk has no room.
        StorageError: the system refuses.
    """
    files = FileOps()
    try:
        write_atomic(path, [data], files)
    except OSError as error:
        if is_disk_full(error):
            raise disk_full(len(data), files.free_bytes(path.parent), path.parent) from error
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}.",
            remedy="Choose another folder, or change its permissions.",
        ) from error
