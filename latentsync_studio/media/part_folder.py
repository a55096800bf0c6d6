"""A folder that appears under its name only when all of it is there.

Until then it is a hidden folder beside it, `.frames.<host>-<pid>-<random>.part`. An older folder of
that name is replaced if nothing but files of an older export lies in it.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from latentsync_studio.core.errors import InputError
from latentsync_studio.media.part_file import (
    check_name,
    growing,
    new_name,
    sweep,
    sync_folder,
    write_error,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType


class PartFolder:
    """A folder to write into, renamed to its final name by `commit`.

    Leaving the context without `commit` keeps what is in it, unless `discard` was called. The next
    run for this output removes it when its process is gone.
    """

    def __init__(self, path: Path, is_ours: Callable[[Path], bool]) -> None:
        """Create the part folder of `path`.

        Args:
            path: final name.
            is_ours: whether a file in an older folder is of an older export and may go.

        Raises:
            InputError: the name is too long, or something else lies there.
            DiskFullError, StorageError: it cannot be created.
        """
        self.path, self._is_ours = path.absolute(), is_ours
        check_name(path)
        refuse_others(self.path, is_ours)
        sweep(self.path)
        self.part = new_name(self.path)
        try:
            self.part.mkdir()
        except OSError as error:
            raise write_error(self.path, error) from error
        growing.add(self.part)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        growing.discard(self.part)

    def write(self, name: str, data: bytes) -> None:
        """Write one file.

        Raises:
            DiskFullError, StorageError: the disk refuses.
        """
        try:
            (self.part / name).write_bytes(data)
        except OSError as error:
            raise write_error(self.path, error, self.kept) from error

    @property
    def kept(self) -> str:
        """A sentence on where what was finished lies."""
        return f" What is done lies in {str(self.part)!r}."

    def discard(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.part, ignore_errors=True)

    def commit(self) -> None:
        """Put everything on the disk and give the folder its final name.

        Raises:
            InputError: something else lies there now.
            DiskFullError, StorageError: the disk refuses.
        """
        refuse_others(self.path, self._is_ours)
        old = new_name(self.path)
        try:
            if hasattr(os, "sync"):
                os.sync()
            if self.path.exists():
                self.path.rename(old)
            self.part.rename(self.path)
            sync_folder(self.path.parent)
        except OSError as error:
            with suppress(OSError):
                if old.exists() and not self.path.exists():
                    old.rename(self.path)
            raise write_error(self.path, error, self.kept) from error
        shutil.rmtree(old, ignore_errors=True)


def refuse_others(path: Path, is_ours: Callable[[Path], bool]) -> None:
    """Raise InputError where `path` is a file, or a folder that holds anything but ours."""
    if not path.exists():
        return
    if not path.is_dir():
        raise InputError(
            f"{str(path)!r} is a file, but a folder is written.",
            remedy="Choose the name of a new folder.",
        )
    other = next((held for held in sorted(path.iterdir()) if not is_ours(held)), None)
    if other is not None:
        raise InputError(
            f"The folder {str(path)!r} holds {other.name!r}, which is no part of an older export.",
            remedy="Choose the name of a new folder, or an empty one.",
        )
