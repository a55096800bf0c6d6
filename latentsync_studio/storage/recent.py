"""Projects that were open lately, in one small file of JSON."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.core.decoding import decodable
from latentsync_studio.storage.files import FileOps, sweep, write_atomic
from latentsync_studio.storage.paths import recent_file

if TYPE_CHECKING:
    from collections.abc import Sequence

log = logging.getLogger(__name__)

_KEPT: Final = 12
_MAX_BYTES: Final = 1_000_000


class Recent(msgspec.Struct, frozen=True):
    """A project that was opened or saved.

    Attributes:
        path: absolute.
        time: when last, seconds since 1970.
    """

    path: str
    time: float

    @property
    def name(self) -> str:
        """Shown to people."""
        return Path(self.path).stem

    @property
    def is_there(self) -> bool:
        """Whether the file exists now; asks the disk."""
        try:
            return Path(self.path).is_file()
        except OSError:
            return False


def recent_projects(home: Path | None = None, files: FileOps | None = None) -> tuple[Recent, ...]:
    """The latest first, at most 12; none where the list cannot be read."""
    files = files if files is not None else FileOps()
    try:
        # the json module: names that are no UTF-8 come back as lone surrogates
        found = json.loads(files.read(recent_file(home), _MAX_BYTES))
        return tuple(msgspec.convert(found, decodable(list[Recent])))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, msgspec.ValidationError) as error:
        log.warning("The list of recent projects cannot be read: %s", error)
        return ()


def remember_recent(path: Path, home: Path | None = None, files: FileOps | None = None) -> None:
    """Put a project first; that the list cannot be written is told to the log only."""
    full = str(path.absolute())
    others = [each for each in recent_projects(home) if each.path != full]
    _write([Recent(full, time.time()), *others][:_KEPT], home, files)


def forget_recent(path: Path, home: Path | None = None, files: FileOps | None = None) -> None:
    """Take a project off the list."""
    full = str(path.absolute())
    _write([each for each in recent_projects(home) if each.path != full], home, files)


def _write(recents: Sequence[Recent], home: Path | None, files: FileOps | None) -> None:
    data = json.dumps(msgspec.to_builtins(recents), indent=1).encode("ascii")
    files, path = files if files is not None else FileOps(), recent_file(home)
    try:
        sweep(path.parent, files.names(path.parent), files)
        write_atomic(path, [data], files)
    except OSError as error:
        log.warning("The list of recent projects cannot be written: %s", error)
