"""What a medium consists of: its files, their digest, the facts of them."""

from __future__ import annotations

import re
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.errors import InputError
from latentsync_studio.core.render.keys import cache_key

if TYPE_CHECKING:
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import ImageRun, MediaItem
    from latentsync_studio.media.facts import MediaFacts
    from latentsync_studio.services.wiring import Services

_WINDOWS: Final = re.compile(r"[A-Za-z]:[\\/]|\\\\")
FACTS: Final = "facts"
FACTS_VERSION: Final = "1"  # raise when probing finds more or other facts


def files_of(path: Path, images: ImageRun | None = None) -> list[Path]:
    """All files of a medium that lies at `path` (of a run of pictures: the first one's path)."""
    if images is None:
        return [path]
    return [path.parent / images.name(frame) for frame in range(images.count)]


def content_digest(
    path: Path,
    images: ImageRun | None,
    services: Services,
    progress: Progress | None = None,
) -> str:
    """Digest of everything that a medium shows and plays: 40 hex digits.

    Files are read only where they have changed since the last time.

    Raises:
        InputError: a file is missing, unreadable or changes while it is read.
        Cancelled: the user stopped it.
    """
    if images is None:
        return services.digests.digest(path, progress)
    parts = [services.digests.digest(each, progress) for each in files_of(path, images)]
    return cache_key("images", files=parts)


def timed_digest(item: MediaItem) -> str:
    """Digest of an item's content with its times: a run of pictures has those the user wants.

    Raises:
        InputError: the item has no digest, because it has never been read.
    """
    if not item.digest:
        raise InputError(
            f"{item.name} has not been read yet.", remedy="Import it again, or relink it."
        )
    if item.images is None or item.video is None:
        return item.digest
    return cache_key("timed", of=item.digest, rate=item.video.rate)


def facts_of(item: MediaItem, path: Path, services: Services) -> MediaFacts:
    """Facts of an item, from the store where they were found before.

    Raises:
        InputError: it is no readable medium.
    """
    from latentsync_studio.media.facts import MediaFacts
    from latentsync_studio.media.opening_reader import open_reader
    from latentsync_studio.media.probe import probe

    key = cache_key(FACTS, of=timed_digest(item), version=FACTS_VERSION)
    kept = services.store.get(key)
    if kept is not None:
        found = msgspec.json.decode(kept, type=decodable(MediaFacts))
        return msgspec.structs.replace(found, path=str(path))
    if item.images is None:
        found = probe(path)
    else:
        with open_reader(path, item) as reader:
            found = reader.facts
    services.store.put(key, FACTS, msgspec.json.encode(found))
    return found


def path_of(item: MediaItem, project_folder: Path | None = None) -> Path:
    """Where an item lies: by its path from the project's folder if it is there, else as last seen.

    The file may be missing; `status.media_state` tells.
    """
    if project_folder is not None and item.relative:
        moved = project_folder / item.relative
        if moved.is_file():
            return moved
    return Path(item.path)


def saved_path(text: str) -> PurePath:
    """A saved path, as the system reads it on which it was saved."""
    return PureWindowsPath(text) if _WINDOWS.match(text) else PurePosixPath(text)
