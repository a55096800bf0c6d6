"""Brings a timeline of another program into the open project.

file -> folders and rate -> read and searched on a thread -> may files elsewhere be opened?
     -> added on a thread -> one undo step -> what was lost, what is missing
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject

from latentsync_studio.ui.project import questions
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
    from latentsync_studio.core.timeline.model import Project
    from latentsync_studio.core.timeline.rate import FrameRate
    from latentsync_studio.services.interchange.importing import (
        FoundTimeline,
        ImportRequest,
        TimelineReport,
    )
    from latentsync_studio.ui.project.timeline_dialog import TimelineDialog
    from latentsync_studio.ui.workbench import Workbench
    from latentsync_studio.ui.workers.background import Ticket

    Added = tuple[Project, TimelineReport]

FOLDER = "timelines"  # under this name the last folder of timelines is kept
KEY = "timeline"
T = TypeVar("T")


class TimelineImport(QObject):
    """One import at a time; it changes nothing before it is complete.

    `dialog` asks for the file, then how to read it; `waiting` shows how far it is; `details` tells
    what came of it. None where there is none.
    """

    def __init__(self, workbench: Workbench, parent: QObject) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self.dialog: QFileDialog | TimelineDialog | None = None
        self.waiting: WaitDialog | None = None
        self.details: DetailsDialog | None = None
        self._ticket: Ticket | None = None
        self._request: ImportRequest | None = None
        workbench.store.opened.connect(self.cancel)

    # asking

    def ask(self) -> None:
        """Ask for a timeline file, then how to read it."""
        if self.dialog is not None:
            self.dialog.activateWindow()
            return
        question = FileQuestion(
            title=self.tr("Import timeline"),
            filters=self.tr("Timelines (*.xml *.fcpxml *.edl *.otio);;All files (*)"),
            suggestion=last_folder(self._workbench.preferences, FOLDER),
        )
        self.dialog = ask_for_file(
            window_of(self._workbench), question, self._on_file, self._forget_dialog
        )

    def _on_file(self, path: Path) -> None:
        self.dialog = None
        self.take(path)

    def take(self, path: Path) -> None:
        """Ask how to read a timeline file."""
        if self.dialog is not None:
            self.dialog.activateWindow()
            return
        remember_folder(self._workbench.preferences, FOLDER, path.absolute().parent)
        from latentsync_studio.ui.project.timeline_dialog import TimelineDialog

        dialog = TimelineDialog(self._workbench, path, window_of(self._workbench))
        dialog.chosen.connect(self._on_chosen)
        dialog.finished.connect(self._forget_dialog)
        self.dialog = dialog
        dialog.open()

    def _forget_dialog(self, *_: object) -> None:
        self.dialog = None

    def _on_chosen(self, timeline: Path, folders: tuple[Path, ...], rate: FrameRate | None) -> None:
        from latentsync_studio.services.interchange.importing import ImportRequest

        self._find(ImportRequest(timeline=timeline, media_roots=folders, rate=rate))

    # reading

    def _find(self, request: ImportRequest, *, may_ask: bool = True) -> None:
        """Read the timeline and look for its media; then ask about files elsewhere, or add it."""
        services = self._workbench.services
        self._request = request

        def work(progress: Progress) -> FoundTimeline:
            from latentsync_studio.services.interchange.importing import find_timeline

            return find_timeline(request, services, PacedProgress(progress))

        def done(found: FoundTimeline) -> None:
            if may_ask and found.outside:
                self._end_waiting()
                self._ask_elsewhere(request, found)
            else:
                self._add(found)

        self._wait(request.timeline.name)
        self._submit(work, done)

    def _ask_elsewhere(self, request: ImportRequest, found: FoundTimeline) -> None:
        from msgspec.structs import replace

        def answered(key: str) -> None:
            if key == questions.OPEN:
                self._find(replace(request, media_files=found.outside), may_ask=False)
            elif key == questions.LEAVE:
                self._add(found)
            else:
                self._on_cancelled()

        self._workbench.project.asker.ask(
            lambda parent: questions.media_elsewhere(found.outside, parent), answered
        )

    def _add(self, found: FoundTimeline) -> None:
        """Add it to the project as it is now; once more where that changes meanwhile."""
        base = self._workbench.store.project

        def work(_progress: Progress) -> Added:
            from latentsync_studio.services.interchange.importing import add_timeline

            return add_timeline(base, found)

        def done(added: Added) -> None:
            after, report = added
            store = self._workbench.store
            label = self.tr("Import timeline")
            if store.edit(label, lambda now: after if now is base else now):
                self._end_waiting()
                self._workbench.session.show_sequence(after.sequences[-len(report.sequences)].id)
                self._tell(report)
            else:
                self._add(found)

        self._submit(work, done)

    def _submit(self, work: Callable[[Progress], T], done: Callable[[T], None]) -> None:
        told = self.waiting.show_report if self.waiting is not None else None
        self._ticket = self._workbench.background.submit(
            work, done, self._on_failed, key=KEY, told=told
        )

    # waiting

    def _wait(self, name: str) -> None:
        self._end_waiting()
        self.waiting = WaitDialog(
            self.tr("Import timeline"),
            self.tr("Reading {0} and looking for its media.").format(name),
            window_of(self._workbench),
        )
        self.waiting.cancelled.connect(self._on_cancelled)

    def _end_waiting(self) -> None:
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            waiting.end()

    def _on_cancelled(self) -> None:
        self.waiting = None
        self.cancel()
        self._workbench.tell(self.tr("The import was stopped; nothing was changed."))

    def _on_failed(self, error: StudioError) -> None:
        self._end_waiting()
        self._workbench.tell_error(error)

    def cancel(self, *_: object) -> None:
        """Stop; nothing is changed."""
        if self._ticket is not None:
            self._ticket.cancel()
            self._ticket = None
        self._end_waiting()

    # telling

    def _tell(self, report: TimelineReport) -> None:
        """Say in short what came; what was lost and is missing in a dialog."""
        said = [
            self.tr("%n sequence(s) imported.", "", len(report.sequences)),
            self.tr("%n file(s) found.", "", len(report.found)),
        ]
        if report.missing:
            said.append(self.tr("%n file(s) missing.", "", len(report.missing)))
        if report.losses:
            said.append(self.tr("%n thing(s) could not be taken over.", "", len(report.losses)))
        text = " ".join(said)
        lines = [
            *(self.tr("Missing: {0}").format(name) for name in report.missing),
            *(self.tr("Lost: {0}").format(loss) for loss in report.losses),
            *(self.tr("Note: {0}").format(note) for note in report.notes),
        ]
        if not lines:
            self._workbench.tell(text)
            return
        show = (self.tr("Details..."), lambda: self._show_details(text, lines, report))
        self._workbench.tell(text, "warning", (show,))
        self._show_details(text, lines, report)

    def _show_details(self, text: str, lines: list[str], report: TimelineReport) -> None:
        self.details = DetailsDialog(
            self.tr("Import timeline"), text, lines, window_of(self._workbench)
        )
        if report.missing:
            self.details.add_button(
                self.tr("&Find in a folder..."), self._workbench.media.relinking.ask_folder
            )
        self.details.open()

    def close(self) -> None:
        """Ask, wait and tell no more."""
        self.cancel()
        if self.dialog is not None:
            self.dialog.blockSignals(True)
            self.dialog.close()
            self.dialog = None
