"""What the buttons beside findings do; each is an edit that can be undone, or a question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace
from PySide6.QtCore import QObject

from latentsync_studio.core.settings import latentsync as mouth_levels
from latentsync_studio.core.settings import quality as export_levels
from latentsync_studio.core.settings.fields import apply
from latentsync_studio.core.timeline.edits.clips import override, settings_of
from latentsync_studio.core.timeline.edits.lengths import end_with_picture, repeat_picture
from latentsync_studio.core.timeline.edits.media import set_settings
from latentsync_studio.core.timeline.model import ClipId, MediaId
from latentsync_studio.core.timeline.showing import find_placed
from latentsync_studio.ui.preflight.words import tr
from latentsync_studio.ui.widgets.choice_dialog import Choice, ChoiceDialog, window_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.preflight import Finding
    from latentsync_studio.core.timeline.model import Clip, Project
    from latentsync_studio.services.inspect import EngineListing
    from latentsync_studio.ui.preflight.controller import PreflightController
    from latentsync_studio.ui.workbench import Workbench

REPEAT, END, KEEP = "repeat", "end", "keep"
_EMBEDDED: Final = "mouthbank"  # runs everywhere


class FindingActions(QObject):
    """Does what a button says; `question` is the one that is open, or None."""

    def __init__(self, workbench: Workbench, controller: PreflightController) -> None:
        super().__init__(controller)
        self._workbench, self._controller = workbench, controller
        self.question: ChoiceDialog | None = None

    def do(self, finding: Finding, action: str, number: int) -> None:
        """Do something about a finding; number: how often that was done before."""
        if action == "jump":
            self._jump(finding, number)
            return
        doers: dict[str, Callable[[Finding], object]] = {
            "length-policy": self._ask_length,
            "choose-face": self._go_to_face,
            "find-faces": self._go_to_face,
            "other-engine": self._use_other_engine,
            "faster": self._draw_faster,
            "relink": self._relink,
            "clear-cache": self._clear_cache,
            "choose-output": self._choose_output,
            "open-weights": self._open_preferences,
        }
        doers[action](finding)

    def _jump(self, finding: Finding, number: int) -> None:
        """Put the playhead on the next of the places, and select the clip."""
        if finding.spans:
            start, _stop = finding.spans[number % len(finding.spans)]
            self._select(finding)
            self._workbench.session.seek(start)

    def _select(self, finding: Finding) -> None:
        clip = self._clip_of(finding)
        if clip is not None:
            self._workbench.session.select(clips=[clip.id])

    def _clip_of(self, finding: Finding) -> Clip | None:
        """The clip that a finding is about; of a medium the first one that shows it."""
        sequence = self._workbench.session.sequence
        if sequence is None or not finding.subject_id:
            return None
        placed = find_placed(sequence, ClipId(finding.subject_id))
        if placed is not None:
            return placed[1]
        clips = [clip for track in sequence.tracks for clip in track.clips]
        return next((clip for clip in clips if clip.media == finding.subject_id), None)

    def _go_to_face(self, finding: Finding) -> None:
        """The inspector's list of faces, which looks for them where nobody did."""
        self._select(finding)
        self._workbench.actions.trigger("window.inspector")
        self._workbench.actions.trigger("clip.choose_face")

    # --- settings

    def _use_other_engine(self, finding: Finding) -> None:
        """The embedded engine in the place of another one, or the other way round."""
        clip, project = self._clip_of(finding), self._workbench.store.project
        settings = project.settings if clip is None else settings_of(project, clip)
        wanted = _EMBEDDED if settings.engine != _EMBEDDED else ""
        if wanted:
            self._set_engine(clip, wanted)
            return
        engines = self._workbench.services.engines

        def work(_progress: object) -> tuple[EngineListing, ...]:
            from latentsync_studio.services.inspect import list_engines

            return list_engines(engines)

        def listed(found: tuple[EngineListing, ...]) -> None:
            other = next((e.id for e in found if e.available and e.id != _EMBEDDED), None)
            if other is None:
                self._workbench.tell(tr("No other engine can run on this machine."), "warning")
            else:
                self._set_engine(clip, other)

        self._workbench.background.submit(work, listed)

    def _set_engine(self, clip: Clip | None, engine: str) -> None:
        def change(project: Project) -> Project:
            if clip is not None and clip.overrides:
                return override(project, [clip.id], "engine", engine)
            return set_settings(project, replace(project.settings, engine=engine))

        self._workbench.store.edit(tr("Change engine"), change)

    def _draw_faster(self, _finding: Finding) -> None:
        """One level down on the slider of the mouth, else of the export."""
        settings = self._workbench.store.project.settings
        mouth = mouth_levels.shown_level(settings.latentsync)[0]
        export = export_levels.shown_level(settings.encode).level
        if settings.engine == "latentsync" and mouth > 0:
            changed = apply(settings, mouth_levels.values_of(mouth - 1))
        elif export > 0:
            changed = export_levels.with_quality(settings, export - 1)
        else:
            self._workbench.tell(tr("It is as fast as it can be set."))
            return
        self._workbench.store.edit(
            tr("One step faster"), lambda project: set_settings(project, changed)
        )

    # --- lengths

    def _ask_length(self, _finding: Finding) -> None:
        """Ask what becomes of speech that goes on after the picture."""
        sequence = self._workbench.session.sequence
        if sequence is None or self.question is not None:
            return
        choices = (
            Choice(KEEP, tr("Cancel"), is_cancel=True),
            Choice(END, tr("&End with the picture"), tr("Sets the work area; nothing is cut.")),
            Choice(
                REPEAT, tr("&Show the clip again"), tr("Until the speech ends."), is_default=True
            ),
        )
        parent: QWidget | None = self._controller.dialog or window_of(self._workbench)
        self.question = ChoiceDialog(
            tr("Length"),
            tr("The speech goes on after the last picture."),
            choices,
            detail=tr("Both can be undone."),
            parent=parent,
        )
        self.question.chosen.connect(self._on_length)
        self.question.open()

    def _on_length(self, key: str) -> None:
        self.question = None
        sequence = self._workbench.session.sequence
        if sequence is None or key == KEEP:
            return
        name = sequence.id
        if key == REPEAT:
            label = tr("Show the clip again")
            self._workbench.store.edit(label, lambda project: repeat_picture(project, name))
        else:
            label = tr("End with the picture")
            self._workbench.store.edit(label, lambda project: end_with_picture(project, name))

    # --- files and room

    def _relink(self, finding: Finding) -> None:
        """Ask where the file is; of several that are missing, in which folder."""
        clip = self._clip_of(finding)
        wanted = MediaId(finding.subject_id) if clip is None else clip.media
        media = self._workbench.store.project.media
        item = next((each for each in media if each.id == wanted), None)
        if item is None:
            self._workbench.media.relinking.ask_folder()
        else:
            self._workbench.media.relinking.ask_file(item)

    def _clear_cache(self, _finding: Finding) -> None:
        clearing = self._workbench.jobs.commands.remedies.clearing
        parent = self._controller.dialog or window_of(self._workbench)
        clearing.ask(parent, self._controller.again)

    def _choose_output(self, _finding: Finding) -> None:
        """Ask anew for the export; what was asked for before is not begun."""
        if self._controller.dialog is not None:
            self._controller.dialog.reject()
        self._workbench.actions.trigger("file.export_movie")

    def _open_preferences(self, _finding: Finding) -> None:
        self._workbench.actions.trigger("edit.preferences")
