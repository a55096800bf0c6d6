"""Has exact copies of frames made around the playhead while there is nothing else to do.

    something changed -> a rest -> is anything else at work? -> plan, make one piece -> again

Playing, jobs and all other work of the background come first; a piece that is being made is
finished in about two seconds.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer

from latentsync_studio.core.errors import InputError, InvalidEditError
from latentsync_studio.ui.jobs.words import size

if TYPE_CHECKING:
    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import Project
    from latentsync_studio.services.media_bin.exact_frames import ExactFrames, Plan
    from latentsync_studio.ui.workbench import Workbench
    from latentsync_studio.ui.workers.background import Ticket

log = logging.getLogger(__name__)

REST_MS: Final = 700
_MIB: Final = 1024**2


class FrameKeeper(QObject):
    """Decides when the next piece is made.

    Attributes:
        plan: what was to be kept at the last look, or None.
    """

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._workbench = workbench
        self._frames: ExactFrames | None = None
        self._work: Ticket | None = None
        self._told: object = None  # the media of which it was said that there is no room
        self._is_hindered = False  # nothing can be written: not tried again before the next start
        self.plan: Plan | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.look)
        workbench.store.changed.connect(self._on_changed)
        workbench.session.sequence_changed.connect(self.wake)
        workbench.session.playhead_changed.connect(self.wake)
        workbench.session.playing_changed.connect(self.wake)
        workbench.preferences.changed.connect(self.wake)
        workbench.background.idle_changed.connect(self._on_idle)

    def wake(self, *_: object) -> None:
        """Look once it has been quiet for a while."""
        if self._is_wanted() and self._work is None:
            self._rest.start()

    def look(self) -> None:
        """Make the next piece, unless something else has to be done."""
        workbench = self._workbench
        sequence = workbench.session.sequence
        if sequence is None or not self._is_wanted() or not self._is_quiet():
            return
        frames, project = self._opened(), workbench.store.project
        playhead, known = workbench.session.playhead, self.plan

        def work(progress: Progress) -> tuple[Plan, bool]:
            plan = frames.plan(project, sequence.id, playhead)
            if plan.missing:
                if known is None or not known.missing:
                    log.info("Exact frames: %d pieces to make.", len(plan.missing))
                frames.make(plan.missing[0], progress)
            else:
                frames.close()
            return plan, bool(plan.missing)

        self._work = workbench.background.submit(work, self._on_made, self._on_failed)

    def close(self) -> None:
        """Stop; a piece that is being made is given up."""
        self._rest.stop()
        self._is_hindered = True
        if self._work is not None:
            self._work.cancel()
        if self._frames is not None:
            self._frames.close()

    def _is_wanted(self) -> bool:
        wanted = self._workbench.preferences.current.performance.exact_frames
        return wanted and not self._is_hindered and bool(self._workbench.store.project.media)

    def _is_quiet(self) -> bool:
        workbench = self._workbench
        is_idle = not workbench.background.pending and self._work is None
        return is_idle and not workbench.session.is_playing and workbench.jobs.running is None

    def _opened(self) -> ExactFrames:
        if self._frames is None:
            from latentsync_studio.services.media_bin.exact_frames import ExactFrames

            self._frames = ExactFrames(self._workbench.services)
        return self._frames

    def _on_changed(self, before: Project, after: Project) -> None:
        if before.sequences is not after.sequences or before.media is not after.media:
            self.wake()

    def _on_idle(self, pending: int) -> None:
        if not pending and self._work is None and not self._rest.isActive():
            self.wake()

    def _on_made(self, answer: tuple[Plan, bool]) -> None:
        self._work = None
        self.plan, is_made = answer
        if is_made:
            self.look()
        elif self.plan.left_out:
            self._tell_room(self.plan)

    def _on_failed(self, error: StudioError) -> None:
        self._work = None
        if isinstance(error, InputError | InvalidEditError):  # that medium is not tried again
            log.info("No exact frames: %s", error)
            self._rest.start()
            return
        self._is_hindered = True
        self._workbench.tell(
            self.tr("No more exact frames are kept: {0} {1}").format(error, error.remedy), "warning"
        )

    def _tell_room(self, plan: Plan) -> None:
        media = self._workbench.store.project.media
        if self._told is media:
            return
        self._told = media
        share = plan.kept / (plan.kept + plan.left_out)
        self._workbench.tell(
            self.tr(
                "Exact frames are at hand for the {0} % of the cut next to the playhead, which is"
                " what {1} have room for. Farther off a paused frame comes a moment later."
            ).format(f"{100 * share:.0f}", size(plan.room / _MIB))
        )
