"""Small facts about this machine, kept between runs in one JSON file. Losing it loses nothing."""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.core.decoding import decodable
from latentsync_studio.storage.files import FileOps, write_atomic

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

log = logging.getLogger(__name__)

_MOST_BYTES: Final = 1_000_000
_MOST_NAMES: Final = 200


class NotesFile:
    """Named numbers; threads may share it, processes too (the last one to write a name wins)."""

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
        with self._lock:
            known = self._all()
            for name, values in rows.items():
                known.pop(name, None)
                known[name] = dict(values)
            self._store(known)

    def write(self, name: str, values: Mapping[str, float]) -> None:
        """See core.engine.MachineNotes."""
        self.write_all({name: values})

    def _store(self, known: dict[str, dict[str, float]]) -> None:
        rows = dict(list(known.items())[-_MOST_NAMES:])
        data = msgspec.json.format(msgspec.json.encode(rows), indent=2)
        try:
            write_atomic(self._path, [data], self._files)
        except OSError as error:
            log.warning("%s cannot be written: %s", self._path, error)

    def _all(self) -> dict[str, dict[str, float]]:
        try:
            data = self._files.read(self._path, _MOST_BYTES)
            return msgspec.json.decode(data, type=decodable(dict[str, dict[str, float]]))
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("%s cannot be read: %s", self._path, error)
            return {}
