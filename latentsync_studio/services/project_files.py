"""Opening projects: by path, new, after a crash; and which were open lately.

What comes back is a `services.open_project.OpenProject`. All of it touches the disk: call it on a
worker thread, all but `new_untitled`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from latentsync_studio.core.errors import InputError, StudioError
from latentsync_studio.core.timeline.document import from_json, to_json
from latentsync_studio.core.timeline.model import Project
from latentsync_studio.services.open_project import OpenProject
from latentsync_studio.services.opened import Opened, Recovery
from latentsync_studio.services.project_media import located, placed
from latentsync_studio.storage import recent
from latentsync_studio.storage.files import FileOps
from latentsync_studio.storage.paths import autosave_folder
from latentsync_studio.storage.project import ProjectFile, digest_of
from latentsync_studio.storage.project_access import (
    Abandoned,
    abandoned,
    has_edits_left,
    hold,
    remove_autosave,
)
from latentsync_studio.storage.project_copies import backups_of
from latentsync_studio.storage.project_errors import DamagedProjectError, ProjectLockedError
from latentsync_studio.storage.project_journal import replay
from latentsync_studio.storage.project_sqlite import SUFFIX, resolved

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from latentsync_studio.storage.project import Document
    from latentsync_studio.storage.project_access import Held

__all__ = [
    "SUFFIX",
    "Abandoned",
    "OpenProject",
    "Recovery",
    "backups_of",
    "discard_recoverable",
    "forget_recent",
    "new_untitled",
    "open_project",
    "read_project",
    "recent_projects",
    "recoverable",
    "remember_recent",
    "with_unsaved_work",
]

_MAX_JSON: int = 1_000_000_000

recent_projects = recent.recent_projects
remember_recent = recent.remember_recent
forget_recent = recent.forget_recent


def new_untitled(home: Path | None = None, project: Project | None = None) -> OpenProject:
    """An empty project without a name, or `project`; nothing is written before the first edit."""
    return OpenProject(Opened(home=home, project=project if project is not None else Project()))


def open_project(path: Path, home: Path | None = None, *, take_over: bool = False) -> OpenProject:
    """Open a project for a window, or an autosave file of `recoverable`.

    Where it cannot be written, or another window has it, it opens all the same: see `read_only`,
    `locked_by` and `warnings`.

    Args:
        path: the project.
        home: the data folder; None is the user's.
        take_over: take it from the window that has it.

    Raises:
        InputError: missing, unreadable, no project, damaged or of a newer program.
    """
    path = resolved(path)
    held = _held(path, home, take_over=take_over)
    try:
        if path.parent == autosave_folder(home):
            return _recovered_untitled(held, home)
        return _opened(held, home)
    except BaseException:
        held.close()
        raise


def read_project(path: Path) -> Project:
    """The project in a file as last saved, its media found; for reading only.

    `path` may also be a document in JSON. Raises InputError as `open_project`.
    """
    path = resolved(path)
    if path.suffix.lower() == ".json":
        try:
            return located(from_json(FileOps().read(path, _MAX_JSON)), path.parent, "")
        except OSError as error:
            raise InputError(
                f"{path} cannot be read: {error.strerror}.", remedy="Check the name of the file."
            ) from error
    file = ProjectFile(path, writable=False)
    try:
        document = file.document()
        return located(_decoded(path, document), path.parent, document.folder)
    finally:
        file.close()


def recoverable(home: Path | None = None) -> tuple[Abandoned, ...]:
    """Projects without a name, or whose file is gone, and whose window is no more.

    The latest comes first.

    Open one with `open_project(found.path)` and `recover()` it, or discard it.
    """
    return tuple(
        each for each in abandoned(home) if each.origin is None or not each.origin.exists()
    )


def with_unsaved_work(paths: Iterable[Path], home: Path | None = None) -> frozenset[Path]:
    """Those projects whose last window ended before all edits were saved; a glance, for lists."""
    origins = {each.origin for each in abandoned(home)}
    return frozenset(path for path in paths if path in origins or has_edits_left(path))


def discard_recoverable(found: Abandoned, home: Path | None = None) -> None:
    """Delete what `recoverable` found, unless a window has it by now."""
    with suppress(StudioError):
        held = hold(found.path, home)
        if held.lock is None:
            held.close()
        else:
            remove_autosave(held)


def _held(path: Path, home: Path | None, *, take_over: bool) -> Held:
    try:
        return hold(path, home, over=take_over)
    except DamagedProjectError as error:
        raise _with_backup(error, path, home) from error


def _with_backup(error: StudioError, path: Path, home: Path | None) -> StudioError:
    """A damaged project's error names its newest backup."""
    backups = backups_of(path, home)
    if backups:
        error.remedy = f"Open its newest backup: {backups[0]}"
    return error


def _decoded(path: Path, document: Document) -> Project:
    try:
        return from_json(document.json)
    except InputError as error:
        raise InputError(f"{path}: {error}", remedy=error.remedy) from error


class _Found(NamedTuple):
    """A journal that leads somewhere else than the saved document, and its file."""

    recovery: Recovery
    spare: Held | None


def _opened(held: Held, home: Path | None) -> OpenProject:
    path = held.file.path
    warnings = [held.read_only] if held.read_only else []
    try:
        document = held.file.document()
    except DamagedProjectError as error:
        raise _with_backup(error, path, home) from error
    saved = _decoded(path, document)
    found = None
    if held.holder is None:  # else its journal is being written
        own = _recovery(held.file, saved, document, warnings)
        found = _newest(own, _spare_of(path, home, saved))
    project = located(saved, path.parent, document.folder)
    return OpenProject(
        Opened(
            home=home,
            project=project,
            held=held,
            spare=found.spare if found else None,
            digest=document.digest,
            n_bytes=len(document.json),
            fits=not held.file.journal() and digest_of(to_json(project)) == document.digest,
            recovery=_located_recovery(found, path, document) if found else None,
            warnings=tuple(warnings),
        )
    )


def _located_recovery(found: _Found, path: Path, document: Document) -> Recovery:
    kept = found.recovery
    project = located(kept.project, path.parent, document.folder)
    return Recovery(
        project=project, edits=kept.edits, time=kept.time, saved=kept.saved, lost=kept.lost
    )


def _recovery(
    file: ProjectFile, saved: Project, document: Document, warnings: list[str]
) -> Recovery | None:
    """What the journal of a file leads to, or None: nowhere else than to `saved`."""
    entries = file.journal()
    replayed = replay(document.json, document.digest, entries)
    project = None
    if replayed.json is not None:
        with suppress(InputError):
            project = from_json(replayed.json)
    lost = replayed.lost if project is not None else len(entries)
    if lost:
        warnings.append(f"{lost} of {len(entries)} unsaved steps of {file.path.name} are damaged.")
    if project is None or _same(project, saved, file.path.parent):
        return None
    return Recovery(
        project=project, edits=replayed.edits, time=replayed.time, saved=document.saved, lost=lost
    )


def _same(a: Project, b: Project, folder: Path) -> bool:
    """Whether two states differ at most in how media paths are noted."""
    return a == b or placed(a, folder) == placed(b, folder)


def _spare_of(path: Path, home: Path | None, saved: Project) -> _Found | None:
    """The newest autosave file that holds edits of the project at `path`."""
    for each in abandoned(home):
        if each.origin != path:
            continue
        with suppress(StudioError):
            held = hold(each.path, home)
            if held.lock is None:
                held.close()
                continue
            recovery = _recovery(held.file, saved, held.file.document(), [])
            if recovery is not None:
                return _Found(recovery, held)
            remove_autosave(held)  # all that it holds was saved
    return None


def _newest(own: Recovery | None, spare: _Found | None) -> _Found | None:
    if spare is None or (own is not None and own.time > spare.recovery.time):
        if spare is not None and spare.spare is not None:
            spare.spare.close()
        return None if own is None else _Found(own, None)
    return spare


def _recovered_untitled(held: Held, home: Path | None) -> OpenProject:
    """A project without a name, from its autosave file."""
    if held.lock is None:
        raise ProjectLockedError(held.read_only, remedy="Go on in that window.")
    document = held.file.document()
    saved = _decoded(held.file.path, document)
    warnings: list[str] = []
    recovery = _recovery(held.file, saved, document, warnings)
    return OpenProject(
        Opened(
            home=home,
            project=saved,
            spare=held,
            recovery=recovery,
            warnings=tuple(warnings),
        )
    )
