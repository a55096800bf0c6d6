"""Blobs of an open project: every file that names some has them, and undo finds all others.

A journal entry is written with the blobs that it names, in one transaction. Saving, and beginning a
journal anew, delete what nothing in the file names any more; until the project is closed those
blobs are kept aside, because an undo may name them again.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING

from latentsync_studio.core.errors import StudioError
from latentsync_studio.storage.project import digest_of
from latentsync_studio.storage.project_blobs import SpareBlobs, named_in, packed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from latentsync_studio.storage.project import ProjectFile

log = logging.getLogger(__name__)


class ProjectBlobs:
    """What waits to be written and what is kept aside; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[str, bytes] = {}
        self._aside = SpareBlobs()

    def add(self, data: bytes, digest: str = "") -> str:
        """Let bytes wait and return their digest, which need not be given; never waits itself."""
        digest = digest or digest_of(data)
        with self._lock:
            self._waiting.setdefault(digest, data)
        return digest

    def get(self, digest: str, files: Iterable[ProjectFile] = ()) -> bytes | None:
        """A blob that waits, is kept aside, or is in one of the files.

        Raises DamagedProjectError where it does not verify.
        """
        with self._lock:
            waiting = self._waiting.get(digest)
        found = waiting if waiting is not None else self._aside.get(digest)
        for file in files:
            if found is not None:
                break
            found = file.blob(digest)
        return found

    def needed(
        self, document: bytes, file: ProjectFile | None, others: Iterable[ProjectFile] = ()
    ) -> dict[str, bytes]:
        """Blobs that JSON names and `file` lacks, as far as they are anywhere."""
        lacking = named_in(document)
        if lacking and file is not None:
            with suppress(StudioError):  # a damaged file: whoever reads it next says so
                lacking -= file.blob_digests()
        found: dict[str, bytes] = {}
        for digest in lacking:
            try:
                data = self.get(digest, others)
            except StudioError as error:  # one damaged tile must not keep all else from the disk
                log.warning("A part of a mask is lost: %s", error)
                continue
            if data is not None:
                found[digest] = data
        return found

    def set_aside(self, file: ProjectFile, keep: Collection[str]) -> None:
        """Keep what will be deleted from a file: all blobs but those in `keep`."""
        try:
            gone = file.blob_digests() - frozenset(keep)
            self._aside.put(file.stored_blobs(gone))
        except StudioError as error:  # undo may miss it; what is saved comes first
            log.warning("Undo may lack parts of masks of %s: %s", file.path, error)

    def written(self, blobs: Collection[str]) -> None:
        """Note that these are in a file; what else waits has no place in it and is kept aside."""
        with self._lock:
            waiting = dict(self._waiting)
        others = {digest: packed(data) for digest, data in waiting.items() if digest not in blobs}
        try:
            self._aside.put(others)
        except StudioError as error:
            log.warning("Parts of masks stay in memory: %s", error)
            waiting = {digest: data for digest, data in waiting.items() if digest in blobs}
        with self._lock:
            for digest in waiting:
                self._waiting.pop(digest, None)

    def close(self) -> None:
        """Forget all."""
        with self._lock:
            self._waiting.clear()
        self._aside.close()
