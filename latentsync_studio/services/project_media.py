"""Where the media of a project lie: relative to its file when it is saved, found when opened."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.timeline.document import to_json

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.model import MediaItem, Project


def saved_form(project: Project, folder: Path) -> bytes:
    """The JSON of a project whose file lies in `folder`.

    Raises:
        InputError: it holds text that no file can hold.
    """
    return as_json(placed(project, folder))


def as_json(project: Project) -> bytes:
    """The JSON of a project, its media paths as they are; raises as `saved_form`."""
    try:
        return to_json(project)
    except UnicodeEncodeError as error:
        raise InputError(
            f"The project holds text that is no Unicode: {error.object!r}.",
            remedy="Rename that file or part; file names must be valid UTF-8.",
        ) from error


def placed(project: Project, folder: Path) -> Project:
    """The project with relative media paths that start from `folder`, its file's."""
    media = tuple(_placed(item, folder) for item in project.media)
    same = all(new is old for new, old in zip(media, project.media, strict=True))
    return project if same else replace(project, media=media)


def located(project: Project, folder: Path, saved_in: str) -> Project:
    """The project with the absolute paths at which its media lie now.

    Where the project was moved, a file at the relative path comes first; else one at the absolute
    path. A file of another size does not count (of numbered pictures only the first is looked
    for); a medium that is nowhere keeps its path.

    Args:
        project: as it was read.
        folder: where its file lies now.
        saved_in: where its file lay when it was saved.
    """
    was_moved = str(folder) != saved_in
    media = tuple(_located(item, folder, was_moved=was_moved) for item in project.media)
    same = all(new is old for new, old in zip(media, project.media, strict=True))
    return project if same else replace(project, media=media)


def _placed(item: MediaItem, folder: Path) -> MediaItem:
    try:
        relative = Path(os.path.relpath(item.path, folder)).as_posix()
    except ValueError:  # on another drive
        relative = ""
    return item if relative == item.relative else replace(item, relative=relative)


def _located(item: MediaItem, folder: Path, *, was_moved: bool) -> MediaItem:
    beside = Path(os.path.normpath(folder / PurePosixPath(item.relative)))
    choices = [Path(item.path)]
    if item.relative:
        choices.insert(0 if was_moved else 1, beside)
    for choice in choices:
        with suppress(OSError, ValueError):
            size = choice.stat().st_size
            if item.images is not None or item.size in {0, size}:
                return item if str(choice) == item.path else replace(item, path=str(choice))
    return item
