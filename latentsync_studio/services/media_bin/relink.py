"""Media that moved: found again by name, size and content; what moved along is found with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from latentsync_studio.core.errors import Cancelled, InputError, InvalidEditError, StudioError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.timeline.check import find_media
from latentsync_studio.core.timeline.edits.media import set_media
from latentsync_studio.services.media_bin.content import content_digest, files_of, saved_path
from latentsync_studio.services.media_bin.relink_search import search
from latentsync_studio.services.media_bin.status import media_state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import (
        AudioFacts,
        MediaId,
        MediaItem,
        Project,
        VideoFacts,
    )
    from latentsync_studio.services.wiring import Services

RELINK: Final = "relink"  # the stage that progress is told of, in media
_SAME_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Relink:
    """What was found.

    Attributes:
        changes: media in their new places, by id; cuts stay as they are.
        warnings: sentences on what differs, and on what was found but not taken.
        missing: names of the media whose files are still not there, in the order of the project.
    """

    changes: dict[MediaId, MediaItem] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def find_relinks(
    project: Project,
    item_id: MediaId,
    new_path: Path,
    services: Services,
    progress: Progress | None = None,
    project_folder: Path | None = None,
) -> Relink:
    """Take `new_path` for a medium, and look where other missing media lie by the same change.

    The chosen file is taken whatever it holds, with a warning for everything that differs. Others
    are taken only where size and content are the same.

    Args:
        project: as it is now.
        item_id: the medium.
        new_path: a file, or a folder in which a file of its name lies.
        services: remember digests and facts.
        progress: told of stage "relink" in media; may cancel.
        project_folder: where the project lies.

    Raises:
        InputError: the file cannot be used, or is too short for what the cuts show of it.
        InvalidEditError: there is no such medium.
        Cancelled: the user stopped it.
    """
    progress = progress if progress is not None else CallbackProgress()
    item = find_media(project, item_id)
    path = _chosen(item, new_path)
    new = _taken(item, path, services, progress)
    _need_enough(project, new)
    found = _Found(project)
    found.take(new, differences(item, new))
    change = prefix_change(item.origin or item.path, path)
    others = [each for each in _offline(project, project_folder) if each.id != item_id]
    for done, other in enumerate(others):
        progress.report(RELINK, done, len(others), other.name)
        moved = moved_path(other.origin or other.path, change)
        if moved is not None:
            found.consider(other, moved, services, progress)
    return found.relink(others)


def search_folder(
    project: Project,
    folder: Path,
    services: Services,
    progress: Progress | None = None,
    project_folder: Path | None = None,
) -> Relink:
    """Look for all missing media below a folder: by name and size, or size and content alone.

    Looks through at most 8 levels of folders and 20 s; a warning tells where it stopped.

    Raises:
        Cancelled: the user stopped it.
    """
    progress = progress if progress is not None else CallbackProgress()
    missing = _offline(project, project_folder)
    candidates, notes = search(missing, folder, progress)
    found = _Found(project, list(notes))
    for done, item in enumerate(missing):
        progress.report(RELINK, done, len(missing), item.name)
        for path in candidates.get(item.id, ()):
            if found.consider(item, path, services, progress):
                break
    return found.relink(missing)


def apply_relink(project: Project, relink: Relink) -> Project:
    """Put the media that were found in their places.

    Media that were removed meanwhile are passed over.

    Raises:
        InvalidEditError: a clip was changed meanwhile and uses more than the new file has.
    """
    there = {item.id for item in project.media}
    for item in relink.changes.values():
        if item.id in there:
            project = set_media(project, item)
    return project


def differences(old: MediaItem, new: MediaItem) -> tuple[str, ...]:
    """Sentences on what is not as before; none when the content is the same."""
    if old.digest and old.digest == new.digest:
        return ()
    found = list(_differing(old, new))
    if not found and old.size != new.size:
        found.append(f"it has {new.size} bytes, before {old.size}")
    if not found:
        found.append("its content is not the same")
    return (f"{new.name} differs from what was imported: {'; '.join(found)}.",)


def prefix_change(old: str, new: Path) -> tuple[PurePath, Path]:
    """What was exchanged at the beginning of a path: (before, now), without the common end."""
    before = saved_path(old)
    same = 0
    most = min(len(before.parts), len(new.parts)) - 1
    while same < most and before.parts[-1 - same] == new.parts[-1 - same]:
        same += 1
    cut = max(same, 1)  # a file of another name: its folder
    return type(before)(*before.parts[:-cut]), Path(*new.parts[:-cut])


def moved_path(old: str, change: tuple[PurePath, Path]) -> Path | None:
    """Where a file lies after the same change; None where the change is not about it."""
    before, now = change
    path = saved_path(old)
    if type(path) is not type(before) or not path.is_relative_to(before):
        return None
    if ".." in path.parts:  # of an imported timeline, which must not lead anywhere else
        return None
    return now.joinpath(*path.relative_to(before).parts)


class _Found:
    """Collects changes and warnings."""

    def __init__(self, project: Project, warnings: list[str] | None = None) -> None:
        self._project = project
        self._changes: dict[MediaId, MediaItem] = {}
        self._warnings = warnings if warnings is not None else []

    def take(self, new: MediaItem, warnings: tuple[str, ...]) -> None:
        """Accept a medium in its new place."""
        self._changes[new.id] = new
        self._warnings += warnings

    def consider(self, item: MediaItem, path: Path, services: Services, progress: Progress) -> bool:
        """Take a file for a medium where it has the same content; warn where it is another."""
        try:
            size = sum(each.stat().st_size for each in files_of(path, item.images))
        except OSError:
            return False
        if item.size and size != item.size:
            self._warnings.append(
                f"{path} was not taken for {item.name}: it has {size} bytes, not {item.size}."
            )
            return False
        try:
            new = _taken(item, path, services, progress)
            _need_enough(self._project, new)
        except Cancelled:
            raise
        except StudioError as error:
            self._warnings.append(f"{path} was not taken for {item.name}: {error}")
            return False
        if item.digest and new.digest != item.digest:
            self._warnings.append(f"{path} was not taken for {item.name}: its content differs.")
            return False
        self.take(new, ())
        return True

    def relink(self, wanted: list[MediaItem]) -> Relink:
        """What came of it, and which of the `wanted` media were not found."""
        return Relink(
            changes=self._changes,
            warnings=tuple(self._warnings),
            missing=tuple(item.name for item in wanted if item.id not in self._changes),
        )


def _offline(project: Project, project_folder: Path | None) -> list[MediaItem]:
    return [m for m in project.media if media_state(m, project_folder).state == "offline"]


def _chosen(item: MediaItem, new_path: Path) -> Path:
    """The file that is meant: of a folder, or of a run of pictures, the one of the right name."""
    folder = new_path if new_path.is_dir() else new_path.parent
    if item.images is not None:
        path = folder / item.images.name(0)
        if not path.is_file():
            raise InputError(
                f"There is no {path.name!r} in {str(folder)!r}, with which the pictures begin.",
                remedy="Choose the folder with the pictures.",
            )
        return path.absolute()
    path = new_path / saved_path(item.path).name if new_path.is_dir() else new_path
    if not path.is_file():
        raise InputError(
            f"There is no file {str(path)!r}.", remedy="Choose the file itself, or search a folder."
        )
    return path.absolute()


def _taken(item: MediaItem, path: Path, services: Services, progress: Progress) -> MediaItem:
    """The medium as it is at another place; facts are found anew unless the content is known."""
    digest = content_digest(path, item.images, services, progress)
    named = item.name == saved_path(item.path).name
    name = path.name if named and item.images is None else item.name
    if item.digest == digest:
        return replace(item, path=str(path), relative="", name=name)
    from latentsync_studio.services.media_bin.importing import IMAGES_RATE, item_at

    rate = item.video.rate if item.images is not None and item.video is not None else IMAGES_RATE
    found, _ = item_at(path, item.images, services, progress, rate)
    for had, has, what in (
        (item.video, found.video, "picture"),
        (item.audio, found.audio, "sound"),
    ):
        if had is not None and has is None:
            raise InputError(
                f"{str(path)!r} has no {what}, but {item.name} has.", remedy="Choose another file."
            )
    return replace(found, id=item.id, name=name, unknown=item.unknown)


def _need_enough(project: Project, new: MediaItem) -> None:
    """Refuse a file that is too short for what the cuts show of it."""
    try:
        set_media(project, new)
    except InvalidEditError as error:
        raise InputError(
            f"{new.path} is too short: {error}",
            remedy="Trim the clips that use it first, or choose another file.",
        ) from error


def _differing(old: MediaItem, new: MediaItem) -> Iterator[str]:
    if old.video is not None and new.video is not None:
        yield from _other_picture(old.video, new.video)
    if old.audio is not None and new.audio is not None:
        yield from _other_sound(old.audio, new.audio)
    elif new.audio is not None:
        yield "it has sound, before it had none"


def _other_picture(old: VideoFacts, new: VideoFacts) -> Iterator[str]:
    if old.rate != new.rate:
        yield f"{new.rate} frames/s, before {old.rate}"
    if old.n_frames != new.n_frames:
        yield f"{new.n_frames} frames, before {old.n_frames}"
    if (old.width, old.height) != (new.width, new.height):
        yield f"{new.width} x {new.height} px, before {old.width} x {old.height}"
    if old.timecode != new.timecode:
        yield f"it begins at {new.timecode or 'no time code'}, before {old.timecode or 'none'}"


def _other_sound(old: AudioFacts, new: AudioFacts) -> Iterator[str]:
    if old.rate_hz != new.rate_hz:
        yield f"sound of {new.rate_hz} Hz, before {old.rate_hz}"
    now, before = new.n_samples / new.rate_hz, old.n_samples / old.rate_hz
    if abs(now - before) > _SAME_SECONDS:
        yield f"{now:.2f} s of sound, before {before:.2f}"
    if old.channels != new.channels:
        yield f"{new.channels} channels, before {old.channels}"
