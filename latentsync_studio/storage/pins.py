"""Pins: which entries of the store must not be evicted, and for whom.

One text file an owner, a key a line, appended to: a pin survives its process, so that an
interrupted job finds its work again, and a torn last line costs one pin. Owners that pin nothing
for thirty days lose their pins, or abandoned jobs would fill the budget for ever.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from latentsync_studio.storage.files import FileOps

KEY: Final = re.compile(r"[0-9a-f]{32,128}")
_OWNER: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
_KEPT_S: Final = 30 * 86_400.0


class Pins:
    """Raises OSError where a file cannot be used, ValueError for a name that is no owner.

    What could not be written is pinned nevertheless, as long as this object lives.
    """

    def __init__(self, folder: Path, files: FileOps) -> None:
        self._folder, self._files = folder, files
        self._held: dict[str, set[str]] = {}  # pins of this process, written or not
        self._written: dict[str, set[str]] = {}
        self._lock = Lock()

    def add(self, owner: str, keys: Iterable[str]) -> None:
        """Pin `keys` for `owner`, beside those it already has."""
        path = self._path(owner)
        with self._lock:
            written = self._written.setdefault(owner, set())
            new = [key for key in keys if key not in written]
            if not new:
                return
            self._held.setdefault(owner, set()).update(new)
            # The leading line end closes a line that a killed process left torn.
            line = "\n" + "\n".join(new) + "\n"
            try:
                self._files.append(path, line.encode("ascii"))
            except FileNotFoundError:
                self._files.make_folder(self._folder)
                self._files.append(path, line.encode("ascii"))
            written.update(new)

    def drop(self, owner: str) -> None:
        """Forget all pins of `owner`."""
        path = self._path(owner)
        with self._lock:
            self._held.pop(owner, None)
            self._written.pop(owner, None)
            with suppress(FileNotFoundError):
                self._files.unlink(path)

    def keys(self) -> set[str]:
        """All pinned keys of all owners; pins of owners long gone are dropped on the way."""
        with self._lock:
            pinned = set().union(*self._held.values())
        for name in self._files.names(self._folder):
            path = self._folder / name
            with suppress(FileNotFoundError):
                if time.time() - self._files.stat(path).st_mtime > _KEPT_S:
                    self._files.unlink(path)
                    continue
                lines = self._files.read(path).decode("ascii", "replace").splitlines()
                pinned.update(line for line in lines if KEY.fullmatch(line))
        return pinned

    def _path(self, owner: str) -> Path:
        if not _OWNER.fullmatch(owner):
            raise ValueError(f"An owner is 1 to 80 letters, digits, _ and -, not {owner!r}.")
        return self._folder / owner
