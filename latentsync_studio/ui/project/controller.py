"""The project as a file: new, open, save, recover, close; and files that are brought to it.

    begin(paths)      once, when the window is painted
    open_paths(paths) from the command line, a drop, or a dialog
    may_close(window) True, or it asks and closes the window again

The disk is touched on one thread, in order. A failure leaves everything as it was.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from latentsync_studio.core.timeline.model import Project
from latentsync_studio.services.interchange.reading import SUFFIXES as TIMELINES
from latentsync_studio.services.mask_tiles import MaskTiles
from latentsync_studio.services.project_backups import is_backup
from latentsync_studio.services.project_files import SUFFIX, new_untitled
from latentsync_studio.ui.project import questions
from latentsync_studio.ui.project.autosave import Autosave
from latentsync_studio.ui.project.closing import Closing
from latentsync_studio.ui.project.commands import ProjectCommands
from latentsync_studio.ui.project.opening import Opening
from latentsync_studio.ui.project.saving import Saving
from latentsync_studio.ui.remedy_words import error_words
from latentsync_studio.ui.widgets.choice_dialog import Asker
from latentsync_studio.ui.workers.background import Background

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QMainWindow

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.open_project import OpenProject
    from latentsync_studio.services.project_files import Abandoned
    from latentsync_studio.ui.workbench import Workbench

DAMAGED = "damaged-project"  # code of the error of a project that a backup can replace


class ProjectController(QObject):
    """The open project of the window.

    Signals:
        title_changed(): another path, or modified or not.
        recent_changed(): the list of recent projects is another one.
        opened(): another project is shown.
    """

    title_changed = Signal()
    recent_changed = Signal()
    opened = Signal()

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._workbench, self._store = workbench, workbench.store
        self._files = Background(1, self)
        self._files.failed.connect(workbench.tell_error)
        self._recent: tuple[Path, ...] = ()
        self._unsaved: frozenset[Path] = frozenset()  # recent ones with work to recover
        self._opening: Opening | None = None
        self._then: Callable[[], object] | None = None  # once what is being opened is shown
        self.asker = Asker(workbench)
        self._open = new_untitled(workbench.home, workbench.store.project)
        self.tiles = MaskTiles(self._open)  # of the masks that are painted in it
        workbench.services.paintings.attach(self.tiles)
        self._autosave = Autosave(self._files, self._store, self)
        self._autosave.failed.connect(self._on_autosave_failed)
        self._autosave.use(self._open)
        self._saving = Saving(workbench, self._files, self)
        self._saving.saved.connect(self._on_saved)
        self._saving.changed.connect(self.title_changed)
        self._closing = Closing(self, workbench)
        self._store.undo_stack.cleanChanged.connect(self.title_changed)
        self.commands = ProjectCommands(self, workbench)

    @property
    def path(self) -> Path | None:
        """The project's file; None: it has no name yet."""
        return self._open.path

    @property
    def name(self) -> str:
        """Shown to people."""
        return self.path.name if self.path is not None else self.tr("Untitled")

    @property
    def is_modified(self) -> bool:
        """Whether there is something that was not saved."""
        return not self._store.undo_stack.isClean()

    @property
    def is_saving(self) -> bool:
        """Whether it is being saved just now."""
        return self._saving.is_busy

    @property
    def read_only(self) -> str:
        """Why it can only be saved under another name, or ""."""
        return self._open.read_only

    def recent(self) -> tuple[Path, ...]:
        """Projects that were open lately, the latest first."""
        return self._recent

    def has_unsaved_work(self, path: Path) -> bool:
        """Whether a recent project seems to have work that opening it offers to recover."""
        return path in self._unsaved

    # --- at the start

    def begin(self, paths: Sequence[Path] = (), then: Callable[[], object] | None = None) -> None:
        """Open what was asked for, or offer what a crash left behind.

        `then` is called when what was left behind is asked about, so that its own question follows.
        """
        self._load_recent()
        if paths:
            self.open_paths(paths)
            if then is not None:
                then()
        else:
            self._offer_recoverable(then)

    def _load_recent(self) -> None:
        home = self._workbench.home

        def work(_progress: Progress) -> tuple[tuple[Path, ...], frozenset[Path]]:
            from latentsync_studio.services.project_files import recent_projects, with_unsaved_work

            there = tuple(Path(each.path) for each in recent_projects(home) if each.is_there)
            return there, with_unsaved_work(there, home)

        self._files.submit(work, self._on_recent)

    def _on_recent(self, found: tuple[tuple[Path, ...], frozenset[Path]]) -> None:
        if found != (self._recent, self._unsaved):
            self._recent, self._unsaved = found
            self.recent_changed.emit()

    def _offer_recoverable(self, then: Callable[[], object] | None) -> None:
        home = self._workbench.home

        def work(_progress: Progress) -> tuple[Abandoned, ...]:
            from latentsync_studio.services.project_files import recoverable

            return recoverable(home)

        def done(found: tuple[Abandoned, ...]) -> None:
            self._ask_recoverable(found)
            if then is not None:
                then()

        self._files.submit(work, done)

    def _ask_recoverable(self, found: tuple[Abandoned, ...]) -> None:
        if not found or self.is_modified or self.path is not None:
            return
        first, rest = found[0], found[1:]

        def answered(key: str) -> None:
            if key == questions.RECOVER:
                self._begin_opening(first.path, is_untitled=True)
            elif key == questions.DELETE:
                self._delete_recoverable(first)
                self._ask_recoverable(rest)

        self.asker.ask(
            lambda parent: questions.untitled_recovery(first.edits, first.time, len(rest), parent),
            answered,
        )

    def _delete_recoverable(self, found: Abandoned) -> None:
        home = self._workbench.home

        def work(_progress: Progress) -> None:
            from latentsync_studio.services.project_files import discard_recoverable

            discard_recoverable(found, home)

        self._files.submit(work, _nothing_more)

    # --- another project

    def new(self, then: Callable[[], object] | None = None) -> None:
        """Begin an empty project; asks about unsaved changes first."""

        def go_on() -> None:
            self._show(new_untitled(self._workbench.home), Project(), is_recovered=False)
            if then is not None:
                then()

        self.leave(go_on)

    def open(self, path: Path, then: Callable[[], object] | None = None) -> None:
        """Open a project; asks about unsaved changes first. What fails leaves this one open.

        `then` is called once it is shown.
        """
        if self.path is not None and path.absolute() == self.path.absolute():
            self._workbench.tell(self.tr("{0} is open already.").format(path.name))
            return
        self.leave(lambda: self._begin_opening(path, then=then))

    def leave(self, then: Callable[[], object]) -> None:
        """Call `then` once the unsaved changes are saved or given up; never where cancelled."""
        if self._store.has_coming:
            self._store.after_coming(lambda: self.leave(then))
        elif self._saving.is_busy:
            self._saving.after(lambda is_saved: self.leave(then) if is_saved else None)
        elif not self.is_modified:
            then()
        else:

            def answered(key: str) -> None:
                if key == questions.DISCARD:
                    then()
                elif key == questions.SAVE:
                    self.save(lambda is_saved: then() if is_saved else None)

            name = self.name
            self.asker.ask(lambda parent: questions.unsaved(name, parent), answered)

    def _begin_opening(
        self,
        path: Path,
        *,
        is_untitled: bool = False,
        then: Callable[[], object] | None = None,
    ) -> None:
        if self._opening is not None:
            return
        self._then = then
        self._opening = Opening(self._files, self.asker, path, self._workbench.home)
        self._opening.opened.connect(self._on_opened)
        self._opening.failed.connect(self._on_open_failed)
        self._opening.given_up.connect(self._end_opening)
        self._opening.told.connect(self._workbench.tell)
        self._opening.begin(is_untitled=is_untitled)

    def _end_opening(self) -> None:
        if self._opening is not None:
            self._opening.deleteLater()
            self._opening = None

    def _on_opened(self, opened: OpenProject, project: Project, is_recovered: bool) -> None:
        self._end_opening()
        self._show(opened, project, is_recovered=is_recovered)
        for warning in opened.warnings:
            self._workbench.tell(warning, "warning")
        then, self._then = self._then, None
        if then is not None:
            then()

    def _on_open_failed(self, error: StudioError) -> None:
        path = self._opening.path if self._opening is not None else None
        self._end_opening()
        backups = (self.tr("Open a backup..."), lambda: self.commands.ask_backup(path))
        self._workbench.tell_error(error, (backups,) if error.code == DAMAGED else ())
        self._load_recent()

    def _show(self, opened: OpenProject, project: Project, *, is_recovered: bool) -> None:
        """Put another project in the place of this one, whose unsaved changes are given up."""
        self._finish(self._open, discard=True)
        self._open = opened
        self._workbench.services.paintings.detach(self.tiles)
        self.tiles = MaskTiles(opened)
        self._workbench.services.paintings.attach(self.tiles)
        self._autosave.use(opened)
        self._store.open(project)
        if is_recovered:
            self._store.undo_stack.resetClean()
        if opened.path is not None and not is_backup(opened.path, self._workbench.home):
            self._remember(opened.path)
        self.title_changed.emit()
        self.opened.emit()

    def _finish(self, opened: OpenProject, *, discard: bool) -> None:
        def work(_progress: Progress) -> None:
            if discard:
                opened.discard_journal()
            opened.close()

        self._files.submit(work, _nothing_more)

    def _remember(self, path: Path) -> None:
        home = self._workbench.home

        def work(_progress: Progress) -> None:
            from latentsync_studio.services.project_files import remember_recent

            remember_recent(path, home)

        self._files.submit(work, _nothing_more)
        self._load_recent()

    # --- saving

    def save(self, then: Callable[[bool], object] | None = None) -> None:
        """Save, asking for a name where there is none; `then(is_saved)` is called at the end."""
        if self._store.has_coming:
            self._store.after_coming(lambda: self.save(then))
        elif self.path is None or self.read_only:
            self.save_as(then)
        else:
            self._saving.save(self._open, then)

    def save_as(self, then: Callable[[bool], object] | None = None) -> None:
        """Ask for a name and save there."""
        self._saving.ask_save_as(self._open, then)

    def save_copy(self) -> None:
        """Ask for a name and write a copy there; go on here."""
        self._saving.ask_save_copy(self._open)

    def after_saving(self, then: Callable[[bool], object]) -> None:
        """Call `then(is_saved)` when the save that is under way has ended."""
        self._saving.after(then)

    def _on_saved(self) -> None:
        if self.path is not None:
            self._remember(self.path)
        self.title_changed.emit()

    def _on_autosave_failed(self, error: StudioError) -> None:
        button = (self.tr("Save as..."), self.save_as)
        self._workbench.tell(
            self.tr("The unsaved edits cannot be kept safe: {0}").format(error_words(error)),
            "error",
            (button,),
        )

    # --- files that are brought here

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open a project among `paths`, ask about a timeline, and import the others as media.

        A clip and a speech alone come onto the timeline where it is empty.
        """
        projects = [path for path in paths if path.suffix.lower() == SUFFIX]
        timelines = [path for path in paths if path.suffix.lower() in TIMELINES]
        media = [path for path in paths if path.suffix.lower() not in {SUFFIX, *TIMELINES}]
        if len(projects) > 1:
            self._workbench.tell(
                self.tr("One window shows one project: {0} is opened.").format(projects[0].name),
                "warning",
            )
        if len(timelines) > 1:
            self._workbench.tell(
                self.tr("One timeline is imported at a time: {0}.").format(timelines[0].name),
                "warning",
            )

        def bring() -> None:
            if media:
                self.commands.bring(media)
            if timelines:
                self.commands.timelines.take(timelines[0])

        if projects:
            self.open(projects[0], bring)
        else:
            bring()

    # --- at the end

    def may_close(self, window: QMainWindow) -> bool:
        """Whether nothing is left to ask; else it asks, and closes the window when answered."""
        return self._closing.may_close(window)

    def close(self) -> None:
        """Finish what is being written, give the lock back and end the thread."""
        self.asker.close()
        self.commands.timelines.close()
        self._autosave.close()
        self._saving.close()
        self._finish(self._open, discard=self._closing.is_discarding or not self.is_modified)
        self._files.close(finish=True)


def _nothing_more(_result: None) -> None:
    """Nobody waits for it."""
