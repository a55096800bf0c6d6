"""Looking through a folder for missing media, by names and sizes alone."""

from __future__ import annotations

import os
import time
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from latentsync_studio.services.media_bin.content import saved_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import MediaId, MediaItem

SEARCH: Final = "search"  # the stage that progress is told of, in folders
MOST_LEVELS: Final = 8
MOST_SECONDS: Final = 20.0
MOST_CANDIDATES: Final = 4  # files of one medium's size whose content is compared


def search(
    media: Sequence[MediaItem],
    folder: Path,
    progress: Progress,
    *,
    levels: int = MOST_LEVELS,
    seconds: float = MOST_SECONDS,
) -> tuple[dict[MediaId, tuple[Path, ...]], tuple[str, ...]]:
    """Files that may be one of `media`, the likeliest first.

    Args:
        media: what is missing.
        folder: hidden folders in it are left out.
        progress: told of stage "search"; may cancel.
        levels: of folders below it.
        seconds: after which it stops.

    Returns:
        Paths by id: those of the same name, then those of the same size; and sentences on what
        was not looked at.

    Raises:
        Cancelled: the user stopped it.
    """
    names: dict[str, list[MediaItem]] = defaultdict(list)
    sizes: dict[int, list[MediaItem]] = defaultdict(list)
    for item in media:
        names[_plain(_name(item))].append(item)
        if item.size and item.images is None:
            sizes[item.size].append(item)
    by_name: dict[MediaId, list[Path]] = defaultdict(list)
    by_size: dict[MediaId, list[Path]] = defaultdict(list)
    notes: list[str] = []
    deadline = time.monotonic() + seconds
    for looked, (at, folders, files) in enumerate(os.walk(folder)):
        progress.report(SEARCH, looked, 0, at)
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        if len(Path(at).relative_to(folder).parts) >= levels:
            if folders:
                notes.append(f"Folders below {at} were not looked through; search there itself.")
            folders.clear()
        for name in sorted(files):
            for item in names.get(_plain(name), ()):
                by_name[item.id].append(Path(at) / name)
        _note_sizes(Path(at), files, sizes, by_size)
        if time.monotonic() > deadline:
            notes.append(
                f"The search stopped after {seconds:.0f} s in {at}; choose a folder in it."
            )
            break
    found = {
        item.id: _likeliest(by_name[item.id], by_size[item.id], item)
        for item in media
        if by_name[item.id] or by_size[item.id]
    }
    return found, tuple(notes)


def _note_sizes(
    folder: Path,
    files: Iterable[str],
    sizes: dict[int, list[MediaItem]],
    found: dict[MediaId, list[Path]],
) -> None:
    for name in files if sizes else ():
        path = folder / name
        try:
            size = path.stat().st_size
        except OSError:
            continue
        for item in sizes.get(size, ()):
            found[item.id].append(path)


def _likeliest(named: list[Path], sized: list[Path], item: MediaItem) -> tuple[Path, ...]:
    """Of the right name and size, of the right size, of the right name."""
    both = [path for path in named if path in set(sized)]
    renamed = [path for path in sized if path not in both]
    if not item.digest:  # a file of the same size alone proves nothing
        renamed = []
    others = [path for path in named if path not in both]
    return (*both, *renamed[:MOST_CANDIDATES], *others)


def _name(item: MediaItem) -> str:
    return item.images.name(0) if item.images is not None else saved_path(item.path).name


def _plain(name: str) -> str:
    """A name without differences that copying between systems makes."""
    return unicodedata.normalize("NFC", name).casefold()
