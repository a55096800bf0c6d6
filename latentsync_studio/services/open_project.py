"""A project that a window works on: its edits are journaled, saved, and never lost.

    note(project)   any thread, at once: the newest state waits
    flush()         a worker, every 250 ms or less: it goes into the journal, synced

The journal lies in the project's own file. Where that cannot be (no name yet, read only, open in
another window, vanished, its disk full) the edits go to a file in the data folder instead, and are
found there after a crash. All but `note`, `add_blob` and the attributes touches the disk: call it
on a worker thread. All of it is safe to call from several threads.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from threading import RLock
from typing import TYPE_CHECKING

from latentsync_studio.core.errors import InputError, StudioError
from latentsync_studio.services.opened import Recovery
from latentsync_studio.services.project_blobs import ProjectBlobs
from latentsync_studio.services.project_edits import PendingEdits
from latentsync_studio.services.project_media import as_json, saved_form
from latentsync_studio.storage.project import digest_of
from latentsync_studio.storage.project_access import (
    hold,
    new_autosave,
    remove_autosave,
    replace_document,
    writable,
)
from latentsync_studio.storage.project_blobs import named_in
from latentsync_studio.storage.project_copies import (
    back_up,
    refuse_open_elsewhere,
    write_project,
    write_recovered,
)
from latentsync_studio.storage.project_errors import (
    DamagedProjectError,
)
from latentsync_studio.storage.project_journal import Journal
from latentsync_studio.storage.project_sqlite import with_suffix
from latentsync_studio.storage.recent import remember_recent

if TYPE_CHECKING:
    from pathlib import Path

    from latentsync_studio.core.timeline.model import Project
    from latentsync_studio.services.opened import Opened
    from latentsync_studio.services.project_edits import Pending
    from latentsync_studio.storage.project import ProjectFile

__all__ = ["OpenProject", "Recovery"]

log = logging.getLogger(__name__)

_SAVE_AS = "Save the project under another name."


class OpenProject:
    """One open project. Raises only StudioError.

    Attributes:
        project: as last saved.
        recovery: edits of a crash that the user has not decided about, else None.
        warnings: sentences for the user.
    """

    def __init__(self, opened: Opened) -> None:
        """Take over what was opened."""
        self.project = opened.project
        self.recovery = opened.recovery
        self.warnings = opened.warnings
        self._home, self._held, self._spare = opened.home, opened.held, opened.spare
        self._waiting = PendingEdits()
        self._blobs = ProjectBlobs()
        self._disk = RLock()
        self._digest = opened.digest
        self._n_bytes = opened.n_bytes
        self._fits = opened.fits
        self._written: Project | None = None  # the newest state in the journal, if ours
        self._journal = self._begin_journal()
        self._is_closed = False

    @property
    def path(self) -> Path | None:
        """The project's own file; None: it has no name yet."""
        return None if self._held is None else self._held.file.path

    @property
    def name(self) -> str:
        """Shown to people; "" where it has none yet."""
        return "" if self.path is None else self.path.stem

    @property
    def read_only(self) -> str:
        """Why it can only be saved under another name; "" where it can be saved."""
        return "" if self._held is None else self._held.read_only

    @property
    def locked_by(self) -> str | None:
        """Another window that has it open: process, host, user and since when."""
        holder = None if self._held is None else self._held.holder
        return None if holder is None else str(holder)

    @property
    def has_pending(self) -> bool:
        """Whether a state was noted and is not in the journal yet."""
        return not self._waiting.is_empty

    # --- edits

    def note(self, project: Project) -> None:
        """Hand over the newest state; cheap. Also what is about to be saved must be noted."""
        self._waiting.note(project)

    def flush(self) -> bool:
        """Write what was noted to the journal; whether there was anything.

        When it fails, the state waits for the next call.

        Raises:
            DiskFullError, StorageError: neither the project's file nor the data folder takes it.
            InputError: the project holds text that cannot be saved.
        """
        with self._disk:
            pending = None if self._is_closed else self._waiting.take()
            if pending is None:
                return False
            try:
                self._keep_undecided()
                self._append(pending)
            except BaseException:
                self._waiting.put_back(pending)
                raise
            return True

    def add_blob(self, data: bytes, digest: str = "") -> str:
        """Keep bytes with the project; call it before the state that names them is noted.

        They are written with the first state that names them; until the project is closed they are
        found whether any does or not.

        Returns their digest, by which the document names them, for those who do not have it.
        """
        return self._blobs.add(data, digest)

    def blob(self, digest: str) -> bytes | None:
        """Bytes that were kept, or None; raise DamagedProjectError where they do not verify."""
        found = self._blobs.get(digest)
        if found is not None:
            return found
        with self._disk:
            return self._blobs.get(digest, self._files())

    # --- after a crash

    def recover(self) -> Project:
        """Go on with the recovered state; it stays in the journal until it is saved."""
        with self._disk:
            if self.recovery is None:
                return self.project
            found, self.recovery = self.recovery, None
            self._journal.resume(found.edits)
            return found.project

    def discard_journal(self) -> None:
        """Forget every edit since the last save: the recovered ones, and what waits."""
        with self._disk:
            self._waiting.forget()
            self._forget_journal()

    def keep_copy(self) -> Path:
        """Write the recovered state to a file beside the project; go on as last saved.

        Where there it cannot be written, the file is made in the folder of backups.

        Raises:
            InputError: there is nothing to recover, or the project has no name: `recover` it.
            DiskFullError, StorageError: it could not be written; the recovery stays.
        """
        with self._disk:
            found = self.recovery
            if found is None or self._held is None:
                raise InputError("There is no recovered state.", remedy="Go on with the project.")
            path = write_recovered(
                self._held.file,
                lambda folder: saved_form(found.project, folder),
                found.time,
                self._home,
                self._lacking(as_json(found.project), self._held.file),
            )
            self._forget_journal()
            return path

    # --- saving

    def save(self, project: Project) -> None:
        """Save: when this returns, `project` is on the disk and its journal is empty.

        Raises:
            InputError: the project has no name yet, or holds text that cannot be saved.
            ProjectLockedError, ProjectChangedError, ReadOnlyProjectError: save as instead.
            DiskFullError, StorageError: it could not be written; the file is as before.
        """
        with self._disk:
            if self._held is None:
                raise InputError("The project has no name yet.", remedy=_SAVE_AS)
            self._keep_undecided()
            held = writable(self._held, self._home)
            document = saved_form(project, held.file.path.parent)
            blobs = self._lacking(document, held.file)
            self._blobs.set_aside(held.file, named_in(document))
            self._held = replace_document(held, document, self._digest, blobs, self._home)
            self._is_saved(project, document, held.file.path)

    def save_as(self, path: Path, project: Project) -> Path:
        """Save under another name and go on there; return the file, which ends in .lsp.

        The former file stays as it was last saved.

        Raises:
            ProjectLockedError: another window has `path` open.
            DiskFullError, StorageError, InputError: as `save`; nothing has changed.
        """
        with self._disk:
            target = with_suffix(path)
            if target == self.path:
                self.save(project)
                return target
            self._keep_undecided()
            document = self._write_whole(target, project)
            held = hold(target, self._home)
            self._leave_own(document)
            self._held = held
            self._is_saved(project, document, target)
            return target

    def save_copy(self, path: Path, project: Project) -> Path:
        """Write a copy to another file and go on here; return the file. Raises as `save_as`."""
        with self._disk:
            target = with_suffix(path)
            if target == self.path:
                raise InputError(f"{target} is this project.", remedy="Choose another name.")
            self._write_whole(target, project)
            return target

    def close(self) -> None:
        """Flush, give the lock back and close.

        Edits since the last save stay in the journal and are offered the next time; who does not
        want them calls `discard_journal` before.
        """
        with self._disk:
            if self._is_closed:
                return
            try:
                self.flush()
                if self._written is self.project and self.recovery is None:  # all was undone
                    self._forget_journal()
            except StudioError as error:
                log.warning("The last edits of %s could not be kept: %s", self.name, error)
            for held in (self._spare, self._held):
                if held is not None:
                    held.close()
            self._blobs.close()
            self._is_closed = True

    # --- where edits go

    def _begin_journal(self) -> Journal:
        """The journal behind what was saved last; a full entry comes first where in doubt."""
        base = self.project if self._fits and self._spare is None and not self.recovery else None
        if self._spare is not None:
            spare = self._spare.file.document()
            return Journal(spare.digest, None, len(spare.json))
        return Journal(self._digest, base, self._n_bytes)

    def _append(self, pending: Pending) -> None:
        """Journal in the project's own file, or else in the data folder."""
        own = self._own_file() if self._spare is None else None
        if own is not None:
            try:
                self._write_entry(own, pending)
            except StudioError as error:
                if isinstance(error, InputError) and not isinstance(error, DamagedProjectError):
                    raise  # the text of the project, not its file
                log.warning("Edits of %s go to the data folder: %s", self.name, error)
            else:
                return
        self._write_entry(self._spare_file(), pending)

    def _spare_file(self) -> ProjectFile:
        if self._spare is None:
            edits = self._journal.edits
            base = as_json(self.project)
            self._spare = new_autosave(self._home, base, self.path)
            self._spare.file.put_blobs(self._lacking(base, self._spare.file))
            self._journal = Journal(digest_of(base), None, len(base))
            self._journal.resume(edits)
        return self._spare.file

    def _write_entry(self, file: ProjectFile, pending: Pending) -> None:
        entry = self._journal.next_entry(pending.project, pending.edits)
        blobs = self._lacking(entry.data, file)
        if entry.kind == "full":  # all that the file says from now on
            keep = named_in(entry.data) | named_in(file.document().json)
            self._blobs.set_aside(file, keep)
            file.append(entry, blobs, alone=True, keep=keep)
        else:
            file.append(entry, blobs)
        self._journal.written(entry, pending.project)
        self._blobs.written(blobs.keys())
        self._written = pending.project

    def _forget_journal(self) -> None:
        self.recovery = None
        own = self._own_file()
        if own is not None:
            own.clear_journal()
        self._drop_spare()
        self._written = None
        self._journal = self._begin_journal()

    def _keep_undecided(self) -> None:
        """Who edits or saves before deciding about a recovery does not lose it."""
        if self.recovery is None:
            return
        if self._held is None:
            self.recover()
            return
        path = self.keep_copy()
        self.warnings = (*self.warnings, f"The recovered state was kept as {path}.")

    def _drop_spare(self, document: bytes = b"") -> None:
        if self._spare is not None:
            self._blobs.set_aside(self._spare.file, named_in(document))
            remove_autosave(self._spare)
            self._spare = None

    # --- how it is saved

    def _require_writable(self) -> None:
        if self._held is not None:
            self._held = writable(self._held, self._home)

    def _write_whole(self, target: Path, project: Project) -> bytes:
        refuse_open_elsewhere(target)
        document = saved_form(project, target.parent)
        source = None if self._held is None else self._held.file
        write_project(target, document, source=source, blobs=self._lacking(document, source))
        return document

    def _files(self) -> list[ProjectFile]:
        return [held.file for held in (self._held, self._spare) if held is not None]

    def _lacking(self, document: bytes, file: ProjectFile | None) -> dict[str, bytes]:
        """Blobs that JSON names and a file that is to have it lacks."""
        return self._blobs.needed(document, file, self._files())

    def _is_saved(self, project: Project, document: bytes, path: Path) -> None:
        self._waiting.saved(project, self._written)
        self.project, self._fits, self._written = project, True, None
        self._digest, self._n_bytes = digest_of(document), len(document)
        self._blobs.written(named_in(document))
        self._drop_spare(document)
        self._journal = self._begin_journal()
        remember_recent(path, self._home)
        try:
            back_up(path, self._home)
        except StudioError as error:
            log.warning("No backup of %s could be made: %s", path, error)

    def _leave_own(self, document: bytes) -> None:
        """Close the own file, as it was last saved; `document` lies in the next one."""
        own = self._own_file()
        if own is not None:
            self._blobs.set_aside(own, named_in(document))
            with suppress(StudioError):
                own.clear_journal(keep=named_in(own.document().json))
        if self._held is not None:
            self._held.close()

    def _own_file(self) -> ProjectFile | None:
        """The file where edits may be written: the lock is ours, it lies in its place."""
        held = self._held
        if held is None or held.lock is None:
            return None
        return held.file if held.lock.is_ours() and held.file.is_in_place() else None
