"""Commands that make jobs, and what is said when one ends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices, QKeySequence

from latentsync_studio.core.timeline.showing import find_placed
from latentsync_studio.ui.jobs.gate import OpenGate
from latentsync_studio.ui.jobs.remedies import Remedies
from latentsync_studio.ui.jobs.words import title_of
from latentsync_studio.ui.remedy_words import error_words
from latentsync_studio.ui.widgets.choice_dialog import window_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.timeline.model import ClipId
    from latentsync_studio.services.queue import Job
    from latentsync_studio.ui.export.dialog import ExportDialog
    from latentsync_studio.ui.jobs.controller import JobsController
    from latentsync_studio.ui.jobs.gate import Gate
    from latentsync_studio.ui.workbench import Workbench


class JobCommands(QObject):
    """Binds clip.synthesize, clip.synthesize_all and file.export_movie.

    `dialog` is the export dialog while it is open, else None. `gate` is asked before a job is put
    into the queue.
    """

    def __init__(self, jobs: JobsController, workbench: Workbench) -> None:
        super().__init__(jobs)
        self._jobs, self._workbench = jobs, workbench
        self.remedies = Remedies(jobs, workbench)
        self.dialog: ExportDialog | None = None
        self.gate: Gate = OpenGate()
        self._failures: dict[str, str] = {}  # what was told of jobs that failed
        bind = workbench.actions.bind
        bind("clip.synthesize", self.synthesize_selected)
        bind("clip.synthesize_all", self.synthesize_all)
        bind("file.export_movie", self.ask_export)
        workbench.session.selection_changed.connect(self._enable)
        workbench.session.sequence_changed.connect(self._enable)
        workbench.store.changed.connect(self._enable)
        self._enable()

    def synthesize_selected(self) -> None:
        """Draw the selected clips."""
        session = self._workbench.session
        if not session.clips:
            self._workbench.tell(self._select_first(), "warning")
        elif self._has_lane():
            sequence = session.sequence
            pictures = {
                clip.id
                for track in (sequence.tracks if sequence is not None else ())
                if track.kind == "video"
                for clip in track.clips
            }
            chosen = sorted(session.clips & pictures)
            if chosen:
                self.gate.before_synthesis(chosen, lambda: self._jobs.synthesize(chosen))
            else:
                self._workbench.tell(self.tr("Select clips with a picture."), "warning")

    def synthesize_all(self) -> None:
        """Draw all driven clips of the shown sequence."""
        if self._has_lane():
            self.gate.before_synthesis((), self._jobs.synthesize)

    def ask_export(self) -> None:
        """Ask as what, where to and how the shown sequence is exported; the dialog begins it."""
        sequence = self._workbench.session.sequence
        if sequence is None or not sequence.stop:
            self._workbench.tell(self.tr("There is nothing to export: place a clip first."))
            return
        if self.dialog is not None:
            self.dialog.activateWindow()
            return
        from latentsync_studio.ui.export.dialog import ExportDialog

        self.dialog = ExportDialog(self._workbench, window_of(self._workbench))
        self.dialog.finished.connect(self._forget_dialog)
        self.dialog.open()

    def synthesis_title(self, clips: Sequence[ClipId]) -> str:
        """What a synthesis is called in the list."""
        sequence, project = self._workbench.session.sequence, self._workbench.store.project
        if sequence is None:
            return self.tr("Synthesize")
        placed = find_placed(sequence, clips[0]) if clips else None
        if placed is None:
            return self.tr("Synthesize {0}").format(sequence.name)
        clip = placed[1]
        media = next((item.name for item in project.media if item.id == clip.media), "")
        name = clip.name or media
        if len(clips) == 1:
            return self.tr("Synthesize {0}").format(name)
        return self.tr("Synthesize {0} and {1} more").format(name, len(clips) - 1)

    def tell_done(self, job: Job | None, report: object) -> None:
        """Say that a job is done, with a way to its output."""
        title = title_of(job) if job is not None else self.tr("The job")
        notes = " ".join(getattr(report, "notes", ()))
        output = getattr(report, "output", "")
        text = self.tr("{0}: done. {1}").format(title, notes).strip()
        if not output:
            self._workbench.tell(text)
            return
        path = Path(output)
        self._workbench.tell(
            text,
            "info",
            (
                (self.tr("Open"), lambda: show_file(path)),
                (self.tr("Show in folder"), lambda: show_file(path.parent)),
            ),
        )

    def tell_failed(self, job: Job | None, error: StudioError) -> None:
        """Say why a job failed, with buttons for what can be done about it."""
        title = title_of(job) if job is not None else self.tr("The job")
        buttons = self.remedies.of_error(job, error) if job is not None else ()
        text = self.tr("{0} failed. {1}").format(title, error_words(error))
        if job is not None:
            self._failures[job.id] = text
        self._workbench.tell(text, "error", [(each.label, each.run) for each in buttons])

    def mended(self) -> tuple[str, ...]:
        """What was told of jobs that failed and that run or wait again by now, or are gone."""
        failed = {job.id for job in self._jobs.jobs() if job.state == "failed"}
        over = [job_id for job_id in self._failures if job_id not in failed]
        return tuple(self._failures.pop(job_id) for job_id in over)

    def _select_first(self) -> str:
        action = self._workbench.actions["clip.synthesize_all"]
        key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        if not key:
            return self.tr("Select a clip first.")
        return self.tr("Select a clip first, or press {0} for the sequence.").format(key)

    def _has_lane(self) -> bool:
        sequence = self._workbench.session.sequence
        if sequence is not None and any(track.speech is not None for track in sequence.tracks):
            return True
        self._workbench.tell(
            self.tr(
                "No audio track drives the lips. Select the track with the speech and choose"
                " Sequence > Track drives the lips."
            ),
            "warning",
        )
        return False

    def _forget_dialog(self, *_: object) -> None:
        self.dialog = None

    def _enable(self, *_: object) -> None:
        session = self._workbench.session
        sequence = session.sequence
        has_clips = sequence is not None and any(track.clips for track in sequence.tracks)
        commands = ("clip.synthesize", "clip.synthesize_all", "file.export_movie")
        self._workbench.actions.enable(has_clips, *commands)


def show_file(path: Path) -> None:
    """Open a file or a folder with the program that the system has for it."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
