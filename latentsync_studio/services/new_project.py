"""A new project file of a clip and the speech that its lips shall follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.timeline.edits.pair import clip_and_speech
from latentsync_studio.core.timeline.model import Project
from latentsync_studio.services.project_files import new_untitled
from latentsync_studio.storage.project_sqlite import with_suffix

if TYPE_CHECKING:
    from pathlib import Path

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import MediaItem
    from latentsync_studio.services.wiring import Services


class NewProject(msgspec.Struct, frozen=True, kw_only=True):
    """What was made.

    Attributes:
        project: path of the file.
        sequence: id of the sequence.
        clip: id of the picture's clip.
        frames: of the sequence.
        rate: frames a second, (numerator, denominator).
        width: px.
        height: px.
        notes: what is unusual about the media.
    """

    project: str
    sequence: str
    clip: str
    frames: int
    rate: tuple[int, int]
    width: int
    height: int
    notes: tuple[str, ...] = ()


class _Pair(msgspec.Struct, frozen=True):
    clip: MediaItem
    speech: MediaItem
    notes: tuple[str, ...]


def make_project(
    path: Path,
    pair: tuple[Path, Path],
    services: Services,
    progress: Progress,
    *,
    replace: bool = False,
) -> NewProject:
    """Make a project file of a clip and speech.

    Args:
        path: the file; it gets the ending .lsp.
        pair: the clip and the speech.
        services: remember digests and facts.
        progress: told how far the media are looked at; may cancel.
        replace: write over a file that is there.

    Raises:
        InputError: the file exists, or the clip or the speech cannot be used.
        InvalidEditError: the clip has no picture, or the speech no sound.
        StorageError, DiskFullError: the file cannot be written.
    """
    target = with_suffix(path)
    if target.exists() and not replace:
        raise InputError(
            f"{target} exists already.", remedy="Choose another name, or add --replace."
        )
    found = _imported(pair, services, progress)
    project = clip_and_speech(Project(), found.clip, found.speech)
    opened = new_untitled()
    try:
        opened.save_as(target, project)
    finally:
        opened.close()
    sequence = project.sequences[-1]
    return NewProject(
        project=str(target),
        sequence=sequence.id,
        clip=sequence.tracks[0].clips[0].id,
        frames=sequence.stop,
        rate=(sequence.rate.num, sequence.rate.den),
        width=sequence.width,
        height=sequence.height,
        notes=found.notes,
    )


def _imported(pair: tuple[Path, Path], services: Services, progress: Progress) -> _Pair:
    from latentsync_studio.services.media_bin.importing import import_media

    items: list[MediaItem] = []
    notes: list[str] = []
    for path in pair:
        for found in import_media((path,), services, progress, join_images=False)[:1]:
            if found.problem is not None:
                raise found.problem
            if found.item is not None:
                items.append(found.item)
                if path == pair[0]:  # of the speech only the sound is used
                    notes += [f"{found.item.name}: {badge.meaning}" for badge in found.badges]
    if len(items) < len(pair):
        raise InputError("There is nothing to import.", remedy="Give a clip and a sound file.")
    return _Pair(items[0], items[1], tuple(notes))
