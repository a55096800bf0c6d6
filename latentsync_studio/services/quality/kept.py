"""Where what was measured is kept: beside the jobs for movies, in the store for clips."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from latentsync_studio.core.errors import DamagedEntryError, StorageError
from latentsync_studio.core.quality.curves import ClipQuality
from latentsync_studio.storage import paths
from latentsync_studio.storage.files import FileOps, write_atomic

if TYPE_CHECKING:
    from pathlib import Path

    from latentsync_studio.services.wiring import Services

KIND: Final = "quality"
SUFFIX: Final = ".quality"
_MOST_KEPT: Final = 200  # movies; an hour takes some 8 MB
_JOB: Final = re.compile(r"[0-9a-zA-Z-]{1,80}")


def save_movie(job: str, quality: ClipQuality, services: Services) -> None:
    """Keep what was measured on a movie under its job; the oldest beyond 200 are let go.

    Raises:
        StorageError: it cannot be written.
    """
    path = _path(job, services)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, [quality.to_bytes()], FileOps())
    except OSError as error:
        raise StorageError(
            f"What was measured cannot be kept in {path.parent}: {error.strerror}.",
            remedy="Make room on that disk, or measure the movie with score.",
        ) from error
    _tidy(path.parent)


def load_movie(job: str, services: Services) -> ClipQuality | None:
    """What was measured on the movie of a job; None where nothing is kept, or it is damaged."""
    try:
        return ClipQuality.from_bytes(_path(job, services).read_bytes())
    except (OSError, DamagedEntryError):
        return None


def save_clip(key: str, quality: ClipQuality, services: Services) -> None:
    """Keep what was measured on a clip of a timeline; raises StorageError, DiskFullError."""
    services.store.put(key, KIND, quality.to_bytes())


def load_clip(key: str, services: Services) -> ClipQuality | None:
    """What was measured under the same key; None where nothing is kept, or it is damaged."""
    data = services.store.get(key)
    if data is None:
        return None
    try:
        return ClipQuality.from_bytes(data)
    except DamagedEntryError:
        return None


def _path(job: str, services: Services) -> Path:
    if not _JOB.fullmatch(job):
        raise StorageError(f"{job!r} is no name of a job.", remedy="Ask for a job of the list.")
    return paths.quality_folder(services.store.root.parent) / f"{job}{SUFFIX}"


def _tidy(folder: Path) -> None:
    with suppress(OSError):
        kept = sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime)
        for path in kept[:-_MOST_KEPT]:
            path.unlink(missing_ok=True)
