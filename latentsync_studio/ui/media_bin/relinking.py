"""Finding media again that are not where they were: a chosen file, or all below a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from latentsync_studio.ui.widgets.choice_dialog import window_of
from latentsync_studio.ui.widgets.details_dialog import DetailsDialog
from latentsync_studio.ui.widgets.file_dialogs import (
    FileQuestion,
    ask_for_file,
    last_folder,
    remember_folder,
)
from latentsync_studio.ui.widgets.wait_dialog import WaitDialog
from latentsync_studio.ui.workers.paced import PacedProgress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QFileDialog

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import MediaItem, Project
    from latentsync_studio.services.media_bin.relink import Relink
    from latentsync_studio.services.wiring import Services
    from latentsync_studio.ui.workbench import Workbench
    from latentsync_studio.ui.workers.background import Ticket

FOLDER = "media"  # under this name the last folder of media is kept
NAMED = 4  # so many names stand in a message


class Relinking(QObject):
    """One search at a time.

    `dialog` asks where to look, `waiting` shows how far a search is; None where there is none.
    """

    def __init__(self, workbench: Workbench, parent: QObject) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self.dialog: QFileDialog | None = None
        self.waiting: WaitDialog | None = None
        self.details: DetailsDialog | None = None  # the one that was opened last
        self._ticket: Ticket | None = None

    # asking where

    def ask_file(self, item: MediaItem) -> None:
        """Ask for the file of one medium; what moved along with it is found too."""
        self._ask(
            FileQuestion(
                title=self.tr("Where is {0}?").format(item.name),
                filters=self.tr("All files (*)"),
                suggestion=last_folder(self._workbench.preferences, FOLDER),
            ),
            lambda path: self.take_file(item, path),
        )

    def ask_folder(self) -> None:
        """Ask for a folder in which to look for everything that is missing."""
        self._ask(
            FileQuestion(
                title=self.tr("Look for missing media in"),
                filters="",
                is_folder=True,
                suggestion=last_folder(self._workbench.preferences, FOLDER),
            ),
            self.search_folder,
        )

    def _ask(self, question: FileQuestion, chosen: Callable[[Path], None]) -> None:
        def answered(path: Path) -> None:
            self.dialog = None
            chosen(path)

        if self.dialog is not None:
            self.dialog.activateWindow()
            return
        window = window_of(self._workbench)
        self.dialog = ask_for_file(window, question, answered, self._forget_dialog)

    def _forget_dialog(self) -> None:
        self.dialog = None

    # looking

    def take_file(self, item: MediaItem, path: Path) -> None:
        """Take a file for a medium, and look where others lie by the same change of place.

        What was found is one undo step; what differs, and what is still missing, is told.
        """
        project, services, base = self._about()

        def work(progress: Progress) -> Relink:
            from latentsync_studio.services.media_bin.relink import find_relinks

            return find_relinks(project, item.id, path, services, PacedProgress(progress), base)

        remember_folder(self._workbench.preferences, FOLDER, path.parent)
        self._begin(work, self.tr("Looking at {0} and for what moved with it.").format(path))

    def search_folder(self, folder: Path) -> None:
        """Look below a folder for everything that is missing; told as by `take_file`."""
        project, services, base = self._about()

        def work(progress: Progress) -> Relink:
            from latentsync_studio.services.media_bin.relink import search_folder

            return search_folder(project, folder, services, PacedProgress(progress), base)

        remember_folder(self._workbench.preferences, FOLDER, folder)
        self._begin(work, self.tr("Looking for missing media in {0}.").format(folder))

    def _about(self) -> tuple[Project, Services, Path | None]:
        """What a search needs: the project, services, and where relative paths begin."""
        lies = self._workbench.project.path
        base = lies.parent if lies is not None else None
        return self._workbench.store.project, self._workbench.services, base

    def _begin(self, work: Callable[[Progress], Relink], text: str) -> None:
        self.cancel()
        self.waiting = WaitDialog(self.tr("Find media"), text, window_of(self._workbench))
        self.waiting.cancelled.connect(self._on_cancelled)
        self._ticket = self._workbench.background.submit(
            work, self._on_found, self._on_failed, key="relink", told=self.waiting.show_report
        )

    def cancel(self) -> None:
        """Stop looking; nothing is changed."""
        if self._ticket is not None:
            self._ticket.cancel()
        self._end()

    def _on_cancelled(self) -> None:
        self.waiting = None
        self.cancel()
        self._workbench.tell(self.tr("The search was stopped; nothing was changed."))

    def _end(self) -> None:
        self._ticket = None
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            waiting.end()

    # telling

    def _on_failed(self, error: StudioError) -> None:
        self._end()
        self._workbench.tell_error(error)

    def _on_found(self, found: Relink) -> None:
        from latentsync_studio.services.media_bin.relink import apply_relink

        self._end()
        count = len(found.changes)
        if count:
            label = self.tr("Relink %n file(s)", "", count)
            if not self._workbench.store.edit(label, lambda now: apply_relink(now, found)):
                return  # why not was told
        parts = [self.tr("%n file(s) found again.", "", count)]
        if found.missing:
            parts.append(self.tr("Still missing: {0}.").format(self._named(found.missing)))
        if found.warnings and len(found.warnings) == 1:
            parts += found.warnings
        elif found.warnings:
            parts.append(self.tr("%n thing(s) to know.", "", len(found.warnings)))
        is_all_well = not found.missing and not found.warnings
        self._workbench.tell(
            " ".join(parts), "info" if is_all_well else "warning", self._buttons(found)
        )

    def _named(self, names: tuple[str, ...]) -> str:
        text = ", ".join(names[:NAMED])
        rest = len(names) - NAMED
        return text if rest <= 0 else self.tr("{0} and %n more", "", rest).format(text)

    def _buttons(self, found: Relink) -> tuple[tuple[str, Callable[[], object]], ...]:
        buttons: list[tuple[str, Callable[[], object]]] = []
        if len(found.missing) > NAMED or len(found.warnings) > 1:
            missing = [self.tr("{0} is still missing.").format(name) for name in found.missing]
            lines = (*found.warnings, *missing)
            buttons.append((self.tr("Details..."), lambda: self._show_details(lines)))
        if found.missing:
            buttons.append((self.tr("Find in a folder..."), self.ask_folder))
        return tuple(buttons)

    def _show_details(self, lines: tuple[str, ...]) -> None:
        self.details = DetailsDialog(
            self.tr("Find media"),
            self.tr("What the search came to:"),
            lines,
            window_of(self._workbench),
        )
        self.details.open()

    def close(self) -> None:
        """Ask and look no more."""
        self.cancel()
        if self.dialog is not None:
            self.dialog.blockSignals(True)
            self.dialog.close()
            self.dialog = None
