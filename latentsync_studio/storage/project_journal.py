"""The journal of a project: what was edited since the last save, so that a crash loses nothing.

An entry is a whole document ("full") or what changed since the entry before ("delta"). Its digest
covers what it builds on: a full one the saved document, a delta the entry before. So an entry that
does not belong where it stands is found, and never applied.

A journal is never larger than twice the document and some: when its deltas outgrow that, the next
entry is a full one, alone. A full one of 10,000 clips is megabytes, a delta some hundred bytes.
"""

from __future__ import annotations

import time
from hashlib import blake2b
from hmac import compare_digest
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.timeline.changes import changes_between, with_changes
from latentsync_studio.core.timeline.document import to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.timeline.model import Project

MAX_DELTAS: Final = 1000
MIN_DELTA_BYTES: Final = 256_000

_DIGEST_BYTES: Final = 20


class Entry(NamedTuple):
    """A row of the journal.

    Attributes:
        time: when it was written, seconds since 1970.
        edits: how many edits it adds; of a full one: all since the last save.
        kind: "full" or "delta".
        data: JSON of a document, or of changes.
        digest: of data, kind and what they build on.
    """

    time: float
    edits: int
    kind: Literal["full", "delta"]
    data: bytes
    digest: str


class Replayed(NamedTuple):
    """What a journal leads to.

    Attributes:
        json: the newest document that verifies, or None where no entry does.
        edits: since the last save.
        time: of the last entry that counts.
        lost: entries that do not verify, with all behind them.
    """

    json: bytes | None
    edits: int
    time: float
    lost: int


class Journal:
    """What the next entry must say; the writer's side of a journal.

    `next_entry` changes nothing: call `written` once the entry is safe.
    """

    def __init__(self, document_digest: str, base: Project | None, document_bytes: int) -> None:
        """Begin behind a saved document.

        Args:
            document_digest: of the saved JSON.
            base: the project that was saved, or None where a full entry must come first.
            document_bytes: length of the saved JSON.
        """
        self._document = document_digest
        self._tip, self._base = document_digest, base
        self._full_bytes = document_bytes
        self._edits, self._deltas, self._delta_bytes = 0, 0, 0

    def resume(self, edits: int) -> None:
        """Go on behind `edits` edits that are recovered: the next entry is full and has them."""
        self._edits, self._base = edits, None

    @property
    def edits(self) -> int:
        """Edits since the last save that are written."""
        return self._edits

    def next_entry(self, project: Project, edits: int) -> Entry:
        """The entry that says `project`, `edits` edits after the last one.

        A full one is to replace all others. Raises InputError for text that cannot be saved.
        """
        try:
            delta = self._delta(project)
            if delta is not None:
                return self._sealed("delta", delta, edits, self._tip)
            return self._sealed("full", to_json(project), self._edits + edits, self._document)
        except UnicodeEncodeError as error:
            raise InputError(
                f"The project holds text that is no Unicode: {error.object!r}.",
                remedy="Rename that file or part; file names must be valid UTF-8.",
            ) from error

    def written(self, entry: Entry, project: Project) -> None:
        """Note that `entry`, which says `project`, is in the file."""
        if entry.kind == "full":
            self._edits, self._deltas, self._delta_bytes = entry.edits, 0, 0
            self._full_bytes = len(entry.data)
        else:
            self._edits += entry.edits
            self._deltas += 1
            self._delta_bytes += len(entry.data)
        self._tip, self._base = entry.digest, project

    def _delta(self, project: Project) -> bytes | None:
        if self._base is None or self._deltas >= MAX_DELTAS:
            return None
        if self._delta_bytes > max(MIN_DELTA_BYTES, self._full_bytes):
            return None
        return changes_between(self._base, project)

    def _sealed(self, kind: Literal["full", "delta"], data: bytes, edits: int, base: str) -> Entry:
        return Entry(time.time(), edits, kind, data, _digest(base, kind, data))


def replay(document: bytes, document_digest: str, entries: Sequence[Entry]) -> Replayed:
    """Follow a journal from the saved document as far as its entries verify."""
    base, tip, edits, at = document, document_digest, 0, 0.0
    deltas: list[bytes] = []
    n_good = 0
    for entry in entries:
        builds_on = document_digest if entry.kind == "full" else tip
        if not compare_digest(_digest(builds_on, entry.kind, entry.data), entry.digest):
            break
        if entry.kind == "full":
            base, deltas, edits = entry.data, [], 0
        else:
            deltas.append(entry.data)
        tip, at, n_good = entry.digest, entry.time, n_good + 1
        edits += entry.edits
    lost = len(entries) - n_good
    if n_good == 0:
        return Replayed(None, 0, at, lost)
    try:
        return Replayed(with_changes(base, deltas), edits, at, lost)
    except InputError:
        return Replayed(None, 0, at, len(entries))


def _digest(builds_on: str, kind: str, data: bytes) -> str:
    digest = blake2b(f"{builds_on}:{kind}:".encode(), digest_size=_DIGEST_BYTES)
    digest.update(data)
    return digest.hexdigest()
