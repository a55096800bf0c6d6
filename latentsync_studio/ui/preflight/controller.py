"""Looks before jobs: asks services on a thread, shows what speaks against them, begins them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject

from latentsync_studio.ui.export.forecast import clips_to_draw
from latentsync_studio.ui.preflight.actions import FindingActions
from latentsync_studio.ui.widgets.choice_dialog import window_of
from latentsync_studio.ui.widgets.wait_dialog import WaitDialog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.preflight import Preflight
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.model import ClipId, Project
    from latentsync_studio.services.timeline.requests import SynthesisRequest
    from latentsync_studio.ui.preflight.dialog import PreflightDialog
    from latentsync_studio.ui.workbench import Workbench

_KEY = "preflight"
PREFERENCE = "editing.preflight"


class Wish(NamedTuple):
    """A job that is wanted.

    Attributes:
        clips: ids; none: all that speech drives.
        frames: of the sequence; None: all.
        output: movie; None: none is written.
        make: the synthesis in a document, where it is not simply that of `clips` and `frames`.
        go: begins it; None: the user only wants to look.
    """

    clips: tuple[ClipId, ...] = ()
    frames: FrameRange | None = None
    output: Path | None = None
    make: Callable[[Project], SynthesisRequest] | None = None
    go: Callable[[], object] | None = None


class PreflightController(QObject):
    """The gate before synthesis and export, and the command that looks without a job.

    `dialog` is what is shown, else None. Where nothing speaks against a job it begins at once;
    where the user does not want to be asked, it begins unchecked.
    """

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._workbench = workbench
        self.actions = FindingActions(workbench, self)
        self.dialog: PreflightDialog | None = None
        self.waiting: WaitDialog | None = None
        self._wish: Wish | None = None
        workbench.actions.bind("clip.preflight", self.look)
        workbench.jobs.commands.gate = self
        workbench.session.sequence_changed.connect(self._on_sequence)
        workbench.store.changed.connect(self._on_changed)
        self._enable()

    # --- the gate

    def before_synthesis(self, clips: Sequence[ClipId], go: Callable[[], object]) -> None:
        """See jobs.gate.Gate."""
        self._before(Wish(clips=tuple(clips), go=go))

    def before_request(
        self, make: Callable[[Project], SynthesisRequest], go: Callable[[], object]
    ) -> None:
        """See jobs.gate.Gate."""
        self._before(Wish(make=make, go=go))

    def before_export(
        self,
        output: Path | None,
        frames: FrameRange | None,
        clips: Sequence[ClipId],
        go: Callable[[], object],
    ) -> None:
        """See jobs.gate.Gate."""
        self._before(Wish(clips=tuple(clips), frames=frames, output=output, go=go))

    def look(self) -> None:
        """Tell what speaks against synthesizing the selected clips, or all of the sequence."""
        sequence = self._workbench.session.sequence
        if sequence is None:
            return
        chosen = self._workbench.session.clips
        pictures = [
            clip.id
            for track in sequence.tracks
            if track.kind == "video"
            for clip in track.clips
            if clip.id in chosen
        ]
        self._ask(Wish(clips=tuple(pictures), frames=sequence.work_area))

    @property
    def is_asking(self) -> bool:
        """Whether the user wants to be asked before jobs."""
        return self._workbench.preferences.current.editing.preflight

    def close(self) -> None:
        """Take back what is shown."""
        self._workbench.background.cancel(_KEY)
        self._end_waiting()
        self._wish = None
        if self.dialog is not None:
            self.dialog.close()

    def _before(self, wish: Wish) -> None:
        if wish.go is not None and not self.is_asking:
            wish.go()
        else:
            self._ask(wish)

    # --- looking

    def _ask(self, wish: Wish) -> None:
        """Look on a thread; a moment later a window says so, with a way to begin regardless."""
        self._wish = wish
        self._end_waiting()
        if self.dialog is None:
            self.waiting = WaitDialog(
                self.tr("Preflight"),
                self.tr("Looking for what speaks against it..."),
                window_of(self._workbench),
            )
            self.waiting.cancelled.connect(self._on_cancelled)
        else:
            self.dialog.show_looking()
        self._submit(wish)

    def _submit(self, wish: Wish) -> None:
        bench = self._workbench
        sequence, project, services = bench.session.sequence, bench.store.project, bench.services
        if sequence is None:
            return
        from latentsync_studio.core.ranges import FrameRange

        shown = wish.frames or FrameRange(0, max(sequence.stop, 1))
        to_draw = clips_to_draw(sequence, shown, bench.spans)
        known = {
            clip.id: to_draw.get(clip.id, 0)
            for track in sequence.tracks
            for clip in track.clips
            if bench.spans.spans_of(clip.id)
        }

        def work(progress: Progress) -> Preflight:
            from latentsync_studio.services.preflight.sequence import (
                SequenceRequest,
                preflight_sequence,
            )

            if wish.make is not None:
                made = wish.make(project)
                request = SequenceRequest(
                    project=made.project,
                    sequence=made.sequence,
                    clips=made.clips,
                    frames=made.frames,
                )
            else:
                request = SequenceRequest(
                    project=project,
                    sequence=sequence.id,
                    clips=wish.clips,
                    frames=wish.frames,
                    to_draw=known,
                    output=wish.output,
                )
            return preflight_sequence(request, services, progress)

        bench.background.submit(work, self._on_found, self._on_failed, key=_KEY)

    def _on_found(self, found: Preflight) -> None:
        self._end_waiting()
        wish = self._wish
        if wish is None:
            return
        if wish.go is not None and not found.warnings and self.dialog is None:
            self._wish = None
            wish.go()
            return
        if self.dialog is None:
            from latentsync_studio.ui.preflight.dialog import PreflightDialog

            self.dialog = PreflightDialog(
                self._workbench, has_job=wish.go is not None, parent=window_of(self._workbench)
            )
            self.dialog.begin_asked.connect(self._on_begin)
            self.dialog.action_asked.connect(self.actions.do)
            self.dialog.finished.connect(self._on_finished)
            self.dialog.show_found(found)
            self.dialog.show()
        else:
            self.dialog.show_found(found)

    def _on_failed(self, error: StudioError) -> None:
        """The look itself failed; that keeps nobody from trying, the job tells it better."""
        self._end_waiting()
        wish, self._wish = self._wish, None
        if self.dialog is not None:
            self.dialog.close()
        self._workbench.tell_error(error)
        if wish is not None and wish.go is not None:
            wish.go()

    def _on_begin(self, ask_again: bool) -> None:
        wish, self._wish = self._wish, None
        if not ask_again:
            self._workbench.preferences.set(PREFERENCE, False)
        if wish is not None and wish.go is not None:
            wish.go()

    def _on_finished(self, *_: object) -> None:
        self.dialog = None
        self._wish = None
        self._workbench.background.cancel(_KEY)

    def _on_cancelled(self) -> None:
        self.waiting = self._wish = None
        self._workbench.background.cancel(_KEY)

    def _end_waiting(self) -> None:
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            waiting.end()

    # --- the document

    def again(self) -> None:
        """Look again where findings are shown."""
        if self.dialog is not None and self._wish is not None:
            self._ask(self._wish)

    def _on_changed(self, before: Project, after: Project) -> None:
        self._enable()
        if before is not after:
            self.again()

    def _on_sequence(self) -> None:
        self._enable()
        if self.dialog is not None:  # what is shown is about another sequence
            self.dialog.close()

    def _enable(self) -> None:
        sequence = self._workbench.session.sequence
        has_clips = sequence is not None and any(track.clips for track in sequence.tracks)
        self._workbench.actions.enable(has_clips, "clip.preflight")
