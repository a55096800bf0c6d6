"""Whether a medium's files are where they were, and the same."""

from __future__ import annotations

import os
import stat
from pathlib import Path  # noqa: TC003 - msgspec reads it
from typing import TYPE_CHECKING, Literal

import msgspec

from latentsync_studio.services.media_bin.content import files_of, path_of

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.model import MediaItem
    from latentsync_studio.services.wiring import Services

Presence = Literal["online", "changed", "offline"]


class MediaState(msgspec.Struct, frozen=True, kw_only=True):
    """What was found.

    Attributes:
        state: "changed": there, but not what was imported.
        path: where it lies, or where it was last seen.
        text: a sentence; empty when online.
    """

    state: Presence
    path: Path
    text: str = ""


def media_state(
    item: MediaItem, project_folder: Path | None = None, services: Services | None = None
) -> MediaState:
    """Look at an item's files without reading them (a network drive may take its time).

    Args:
        item: as saved; found by its path from `project_folder` first.
        project_folder: where the project lies, None when it was never saved.
        services: to notice other content of the same size where the files were read meanwhile.
    """
    path = path_of(item, project_folder)
    if item.images is not None:
        return _of_images(item, path)
    try:
        status = path.stat()
    except (OSError, ValueError):
        text = f"{item.origin} was not found." if item.origin else f"{path} is not there."
        return MediaState(state="offline", path=path, text=text)
    if not stat.S_ISREG(status.st_mode):
        return MediaState(state="offline", path=path, text=f"{path} is not a file.")
    text = ""
    if item.size and status.st_size != item.size:
        text = f"{path} has {status.st_size} bytes; when it was imported it had {item.size}."
    elif services is not None and item.digest:
        known = services.digests.recalled(path)
        if known not in {None, item.digest}:
            text = f"{path} holds something else than when it was imported."
    return MediaState(state="changed" if text else "online", path=path, text=text)


def _of_images(item: MediaItem, path: Path) -> MediaState:
    try:
        with os.scandir(path.parent) as entries:
            sizes = {entry.name: entry.stat().st_size for entry in entries if entry.is_file()}
    except OSError:
        return MediaState(state="offline", path=path, text=f"{path.parent} is not there.")
    names = [each.name for each in files_of(path, item.images)]
    missing = [name for name in names if name not in sizes]
    if len(missing) == len(names):
        text = f"None of the {len(names)} pictures is in {path.parent}."
        return MediaState(state="offline", path=path, text=text)
    if missing:
        text = f"{len(missing)} of {len(names)} pictures are missing, {missing[0]} first."
        return MediaState(state="changed", path=path, text=text)
    total = sum(sizes[name] for name in names)
    if item.size and total != item.size:
        text = f"The pictures have {total} bytes; when they were imported they had {item.size}."
        return MediaState(state="changed", path=path, text=text)
    return MediaState(state="online", path=path)
