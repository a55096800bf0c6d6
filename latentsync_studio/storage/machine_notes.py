"""Small facts about this machine, kept between runs in one JSON file. Losing it loses nothing."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.core.decoding import decodable
from latentsync_studio.storage.files import FileOps, write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

log = logging.getLogger(__name__)

_MOST_BYTES: Final = 1_000_000
_MOST_NAMES: Final = 200
_PATIENCE_S: Final = 5.0  # with others that write; each takes some milliseconds


class NotesFile:
    """Named numbers that threads and processes share; the last one to write a name wins.

    Whoever writes holds a lock file beside it from reading to replacing, so that nobody's names are
    lost to another's; the system lets go of it when a process dies. Readers see one whole file.
    """

    def __init__(self, path: Path, files: FileOps | None = None) -> None:
        self._path, self._files = path, files if files is not None else FileOps()
        self._lock = Lock()

    def read(self, name: str) -> Mapping[str, float]:
        """See core.engine.MachineNotes."""
        with self._lock:
            return self._all().get(name, {})

    def below(self, prefix: str) -> dict[str, Mapping[str, float]]:
        """All that was written under names that begin with `prefix`, in the order of writing."""
        with self._lock:
            known = self._all()
        return {name: row for name, row in known.items() if name.startswith(prefix)}

    def write_all(self, rows: Mapping[str, Mapping[str, float]]) -> None:
        """Keep several at once; see `write`."""
        try:
            with self._lock, self._turn():
                known = self._all()
                for name, values in rows.items():
                    known.pop(name, None)
                    known[name] = dict(values)
                self._store(known)
        except OSError as error:  # one of them is that it was not our turn in time
            log.warning("%s cannot be written: %s", self._path, error)

    def write(self, name: str, values: Mapping[str, float]) -> None:
        """See core.engine.MachineNotes."""
        self.write_all({name: values})

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait until no other process writes."""
        from filelock import FileLock

        self._files.make_folder(self._path.parent)
        with FileLock(self._path.with_name(f"{self._path.name}.lock"), timeout=_PATIENCE_S):
            yield

    def _store(self, known: dict[str, dict[str, float]]) -> None:
        rows = dict(list(known.items())[-_MOST_NAMES:])
        data = msgspec.json.format(msgspec.json.encode(rows), indent=2)
        write_atomic(self._path, [data], self._files)

    def _all(self) -> dict[str, dict[str, float]]:
        try:
            data = self._files.read(self._path, _MOST_BYTES)
            return msgspec.json.decode(data, type=decodable(dict[str, dict[str, float]]))
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("%s cannot be read: %s", self._path, error)
            return {}
