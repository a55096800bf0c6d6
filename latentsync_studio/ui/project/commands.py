"""The commands of the project: menus, keys and the large buttons of the welcome page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from latentsync_studio.core.installed import resource
from latentsync_studio.core.timeline.edits.pair import clip_and_speech
from latentsync_studio.ui.project.timeline_import import TimelineImport
from latentsync_studio.ui.widgets.choice_dialog import window_of
from latentsync_studio.ui.widgets.file_dialogs import FileQuestion, ask_for_file, last_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QDialog, QFileDialog

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import MediaItem
    from latentsync_studio.services.project_backups import BackedUp
    from latentsync_studio.ui.project.controller import ProjectController
    from latentsync_studio.ui.workbench import Workbench


class ProjectCommands(QObject):
    """Binds the commands; `dialog` is the one that is open, or None."""

    def __init__(self, project: ProjectController, workbench: Workbench) -> None:
        super().__init__(project)
        self._project, self._workbench = project, workbench
        self.dialog: QDialog | QFileDialog | None = None
        self.timelines = TimelineImport(workbench, self)
        bind = workbench.actions.bind
        bind("file.new", self._new)
        bind("file.open", self.ask_open)
        bind("file.open_backup", self._open_backup)
        bind("file.try_sample", self.try_sample)
        bind("file.clip_and_speech", self.ask_clip_and_speech)
        bind("file.import_timeline", self.timelines.ask)
        bind("file.save", self._save)
        bind("file.save_as", self._save_as)
        bind("file.save_copy", self._save_copy)
        self._bind_undo()

    def _new(self) -> None:
        self._project.new()

    def _save(self) -> None:
        self._project.save()

    def _save_as(self) -> None:
        self._project.save_as()

    def _save_copy(self) -> None:
        self._project.save_copy()

    def _bind_undo(self) -> None:
        actions, stack = self._workbench.actions, self._workbench.store.undo_stack
        store = self._workbench.store
        actions.bind("edit.undo", store.undo, enabled=stack.canUndo())
        actions.bind("edit.redo", store.redo, enabled=stack.canRedo())
        stack.canUndoChanged.connect(self._show_undo)
        stack.canRedoChanged.connect(self._show_redo)
        store.coming_changed.connect(lambda: self._show_undo(stack.canUndo()))
        store.coming_changed.connect(lambda: self._show_redo(stack.canRedo()))
        stack.undoTextChanged.connect(self._name_undo)
        stack.redoTextChanged.connect(self._name_redo)

    def _show_undo(self, can_undo: bool) -> None:
        has_coming = self._workbench.store.has_coming
        self._workbench.actions["edit.undo"].setEnabled(can_undo or has_coming)

    def _show_redo(self, can_redo: bool) -> None:
        has_coming = self._workbench.store.has_coming  # and may be undone before this is redone
        self._workbench.actions["edit.redo"].setEnabled(can_redo or has_coming)

    def _name_undo(self, step: str) -> None:
        self._workbench.actions["edit.undo"].setText(self.tr("Undo {0}").format(step).strip())

    def _name_redo(self, step: str) -> None:
        self._workbench.actions["edit.redo"].setText(self.tr("Redo {0}").format(step).strip())

    def ask_open(self) -> None:
        """Ask for a project and open it."""
        question = FileQuestion(
            title=self.tr("Open project"),
            filters=self.tr("LatentSync Studio projects (*.lsp)"),
            suggestion=last_folder(self._workbench.preferences, "projects"),
        )
        self.dialog = ask_for_file(
            window_of(self._workbench), question, self._on_open_chosen, self._forget_dialog
        )

    def _open_backup(self) -> None:
        self.ask_backup()

    def ask_backup(self, wanted: Path | None = None) -> None:
        """List the backups of a project, else of the open one, and of those of late; open one."""
        first = [path for path in (wanted, self._project.path) if path is not None]
        home = self._workbench.home

        def work(_progress: Progress) -> tuple[BackedUp, ...]:
            from latentsync_studio.services.project_backups import list_backups
            from latentsync_studio.services.project_files import recent_projects

            late = [Path(each.path) for each in recent_projects(home)]
            return list_backups((*first, *late), home)

        self._workbench.background.submit(work, self._on_backups, key="backups")

    def _on_backups(self, found: tuple[BackedUp, ...]) -> None:
        if not found:
            self._workbench.tell(
                self.tr("There are no backups yet: one is made whenever a project is saved.")
            )
            return
        from latentsync_studio.ui.project.backups import BackupsDialog

        dialog = BackupsDialog(found, window_of(self._workbench))
        dialog.chosen.connect(self._project.open)
        dialog.finished.connect(self._forget_dialog)
        self.dialog = dialog
        dialog.open()

    def ask_clip_and_speech(self) -> None:
        """Ask for a clip and a speech, and lay them on the timeline."""
        from latentsync_studio.ui.project.pair_dialog import PairDialog

        dialog = PairDialog(self._workbench.preferences, window_of(self._workbench))
        dialog.chosen.connect(self._on_pair)
        dialog.finished.connect(self._forget_dialog)
        self.dialog = dialog
        dialog.open()

    def try_sample(self) -> None:
        """Lay the sample on the timeline, in a project of its own."""
        pair = (resource("sample/portrait.mp4"), resource("sample/speech.wav"))
        if self._workbench.store.project.media or self._project.path is not None:
            self._project.new(lambda: self._lay(pair))
        else:
            self._lay(pair)

    def bring(self, paths: Sequence[Path]) -> None:
        """Import media; a clip and a speech alone come onto the timeline where it is empty."""
        self._workbench.media.import_paths(paths, self._on_brought if len(paths) == 2 else None)

    def _on_open_chosen(self, path: Path) -> None:
        self.dialog = None
        self._project.open(path)

    def _on_pair(self, clip: Path, speech: Path) -> None:
        self._lay((clip, speech))

    def _forget_dialog(self, *_: object) -> None:
        self.dialog = None

    def _lay(self, pair: tuple[Path, Path]) -> None:
        """Import a clip and a speech and lay them on the timeline."""

        def imported(items: tuple[MediaItem, ...]) -> None:
            by_path = {Path(item.path): item for item in items}
            clip, speech = (by_path.get(path.absolute()) for path in pair)
            if clip is not None and speech is not None:
                self._lay_items(clip, speech)

        self._workbench.media.import_paths(pair, imported)

    def _on_brought(self, items: tuple[MediaItem, ...]) -> None:
        """Of two files: lay a picture and a mere sound on the timeline where nothing is."""
        pictures = [item for item in items if item.video is not None]
        sounds = [item for item in items if item.video is None and item.audio is not None]
        sequences = self._workbench.store.project.sequences
        if len(pictures) == len(sounds) == 1 and all(each.stop == 0 for each in sequences):
            self._lay_items(pictures[0], sounds[0])

    def _lay_items(self, clip: MediaItem, speech: MediaItem) -> None:
        store, session = self._workbench.store, self._workbench.session
        is_laid = store.edit(
            self.tr("Clip and speech"), lambda project: clip_and_speech(project, clip, speech)
        )
        if is_laid:
            session.show_sequence(store.project.sequences[-1].id)
            self._workbench.tell(
                self.tr("{0} follows {1} once it is synthesized.").format(clip.name, speech.name),
                "info",
                ((self.tr("Synthesize now"), self._synthesize),),
            )

    def _synthesize(self) -> None:
        self._workbench.actions.trigger("clip.synthesize_all")
