"""Copies of the media that a cut shows and plays, under names that every host reads."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.check import find_media
from latentsync_studio.media.part_file import write_error
from latentsync_studio.services.delivery.names import plain_name
from latentsync_studio.services.timeline.movie_target import used_clips

if TYPE_CHECKING:
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import MediaItem, Project, Sequence

_BLOCK: Final = 8 << 20


def copy_originals(
    project: Project,
    sequence: Sequence,
    frames: FrameRange | None,
    folder: Path,
    progress: Progress,
) -> Project:
    """Copy the media that are used within `frames`, and return the project with the copies.

    Numbered pictures go into a folder of their own and keep their names.

    Raises:
        DiskFullError, StorageError: a file cannot be read or written.
        Cancelled: the user asked to stop.
    """
    shown = frames or FrameRange(0, sequence.stop)
    used = dict.fromkeys(clip.media for _, clip in used_clips(sequence, shown))
    folder.mkdir()
    copies: dict[str, MediaItem] = {}
    for name in used:
        item = find_media(project, name)
        copies[item.id] = _copied(item, folder, progress)
    media = tuple(copies.get(item.id, item) for item in project.media)
    return msgspec.structs.replace(project, media=media)


def _copied(item: MediaItem, folder: Path, progress: Progress) -> MediaItem:
    source = Path(item.path)
    plain = f"{plain_name(source.stem)}_{item.id}"
    if item.images is None:
        target = folder / f"{plain}{source.suffix.lower()}"
        _copy(source, target, progress)
        return msgspec.structs.replace(item, path=str(target), relative="", name=target.name)
    within = folder / plain
    within.mkdir()
    for frame in range(item.images.count):
        name = item.images.name(frame)
        _copy(source.parent / name, within / name, progress)
    return msgspec.structs.replace(item, path=str(within / item.images.name(0)), relative="")


def _copy(source: Path, target: Path, progress: Progress) -> None:
    try:
        with source.open("rb") as given, target.open("wb") as copy:
            while block := given.read(_BLOCK):
                progress.check()
                copy.write(block)
        shutil.copystat(source, target)
    except OSError as error:
        raise write_error(target, error) from error
