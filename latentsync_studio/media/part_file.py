"""A file that appears under its name only when it is whole.

Until then it is a hidden file beside it, `.film.mp4.<host>-<pid>-<random>.part.mp4`: a name that no
file of the user's has, with the same ending, so that a player opens it.
"""

from __future__ import annotations

import errno
import os
import platform
import re
import secrets
import shutil
import time
from contextlib import suppress
from hashlib import blake2b
from typing import TYPE_CHECKING, BinaryIO, Final, Self

from latentsync_studio.core.errors import DiskFullError, InputError, StorageError, StudioError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_MIB: Final = 1024 * 1024
_LONGEST_LABEL: Final = 80  # bytes; some file systems take names of 143 bytes only
_ABANDONED_S: Final = 86_400.0  # whoever has the process id now, no render pauses for a day
growing: set[Path] = set()  # part files and folders that this process is writing


def check_name(path: Path) -> None:
    """Refuse a name that the file system cannot hold.

    Raises:
        InputError: it is too long.
    """
    try:
        path.lstat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise _too_long(path) from error


def leftovers(path: Path) -> list[Path]:
    """Part files of `path`, of this run and of others, dead or alive, in the order of names."""
    return [part for part, _, _ in _marked(path)]


def _marked(path: Path) -> list[tuple[Path, str, int]]:
    """Part files of `path` with the machine and the process that wrote them."""
    label = re.escape(_label(path))
    mark = re.compile(rf"\.{label}\.([0-9a-f]{{4}})-(\d+)-[0-9a-f]{{8}}\.part(?:\.\w+)?")
    try:
        names = sorted(held.name for held in path.parent.iterdir())
    except OSError:
        return []  # creating the new one tells what is wrong with the folder
    found = [match for name in names if (match := mark.fullmatch(name))]
    return [(path.with_name(match[0]), match[1], int(match[2])) for match in found]


def new_name(path: Path) -> Path:
    """A new hidden name beside `path`, of this process."""
    unique = f"{_host()}-{os.getpid()}-{secrets.token_hex(4)}"
    return path.with_name(f".{_label(path)}.{unique}.part{path.suffix}")


def _label(path: Path) -> str:
    """The output's name; the beginning and a digest of a long one."""
    name = os.fsencode(path.name)
    if len(name) <= _LONGEST_LABEL:
        return path.name
    begin = name[: _LONGEST_LABEL // 2].decode("utf-8", "ignore")
    return f"{begin}~{blake2b(name, digest_size=8).hexdigest()}"


def _host() -> str:
    return blake2b(platform.node().encode(), digest_size=2).hexdigest()


def sweep(path: Path) -> None:
    """Delete part files of `path` whose writers are dead; what cannot be deleted stays."""
    for part, host, pid in _marked(path):
        with suppress(OSError):
            quiet = time.time() - part.stat().st_mtime
            if quiet > _ABANDONED_S or (host == _host() and not _is_growing(part, pid)):
                shutil.rmtree(part) if part.is_dir() else part.unlink()


def _is_growing(part: Path, pid: int) -> bool:
    import psutil

    return part in growing if pid == os.getpid() else bool(psutil.pid_exists(pid))


def discard_growing() -> None:
    """Delete the part files that this process is writing: it is about to end at once."""
    for part in tuple(growing):
        with suppress(OSError):  # a folder, or open where that forbids it: the next run does it
            part.unlink()


class PartFile:
    """A writable file object that is renamed to its final name by `commit`.

    Leaving the context without `commit` closes it and keeps the part file, whatever it holds: it
    may be the only trace of hours of work. The next run for this output removes it.
    """

    def __init__(self, path: Path, needed_bytes: int = 0) -> None:
        """Create the part file of `path`.

        Args:
            path: final name.
            needed_bytes: expected size, only for the message when the disk is full.

        Raises:
            InputError: the name is too long for the file system.
            DiskFullError, StorageError: it cannot be created.
        """
        self.path, self.part = path.absolute(), new_name(path.absolute())
        self._needed = needed_bytes
        self.size = 0
        self.failure: StudioError | None = None
        check_name(path)
        sweep(self.path)
        try:
            self._file: BinaryIO = self.part.open("xb", buffering=0)
        except OSError as error:
            raise self._translated(error) from error
        growing.add(self.part)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def closed(self) -> bool:
        """Whether nothing more can be written."""
        return self._file.closed

    def write(self, data: bytes) -> int:
        """Write all of `data` at the current position; of what does not fit nothing stays.

        Half a header at the end keeps players from opening the rest.
        """
        view, begin = memoryview(data), self._file.tell()
        try:
            while view:
                written = self._file.write(view)
                view = view[written:]
        except OSError as error:
            if begin >= self.size:
                with suppress(OSError):
                    self._file.truncate(begin)
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
        growing.discard(self.part)

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
                    remedy="Keep other programs from this folder while it is rendered to.",
                )
            self.part.replace(self.path)
            sync_folder(self.path.parent)
        except OSError as error:
            raise self._translated(error) from error

    def _translated(self, error: OSError) -> StudioError:
        """Say in numbers what happened, and what to do."""
        kept = f" What is done lies in {str(self.part)!r}." if self.size else ""
        return write_error(self.path, error, kept, max(self._needed - self.size, 1))


def write_error(path: Path, error: OSError, kept: str = "", missing: int = 1) -> StudioError:
    """Why `path` could not be written, in numbers, and what to do.

    Args:
        path: final name of the output.
        error: what the system said.
        kept: a sentence on what remains, with a space before it.
        missing: bytes that are still to be written.
    """
    if error.errno == errno.ENAMETOOLONG:
        return _too_long(path)
    if error.errno in _FULL:
        free = shutil.disk_usage(path.parent).free
        return DiskFullError(
            f"The disk of {str(path.parent)!r} is full: {_mib(missing)} more are needed "
            f"for {path.name!r}, {_mib(free)} are free.{kept}",
            remedy=f"Free at least {_mib(missing)} there, or choose another output folder; "
            "then run the same command again.",
        )
    reason = error.strerror or type(error).__name__
    return StorageError(
        f"{str(path)!r} cannot be written: {reason}.{kept}",
        remedy="Check that the folder exists and that you may write to it.",
    )


def _too_long(path: Path) -> InputError:
    size = len(os.fsencode(path.name))
    return InputError(
        f"The file system cannot hold the name {path.name[:40]!r}... of {size} bytes "
        f"(the whole path has {len(os.fsencode(path))}).",
        remedy="Choose a shorter name for the output.",
    )


def sync_folder(folder: Path) -> None:
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
