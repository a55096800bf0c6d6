"""Shows anew what changed on the disk: finished frames of a job, media that came or went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from latentsync_studio.services.timeline.synthesize import FrameDone
    from latentsync_studio.ui.workbench import Workbench

EVERY_MS = 120  # at most so often: the job must not wait for the viewer


class Follower(QObject):
    """Listens to jobs and media.

    The playhead goes along until the user puts it elsewhere, and again with the next job.

    Attributes:
        is_following: whether it goes along at all; else only its own frame is shown anew.
    """

    def __init__(self, workbench: Workbench, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._playback = workbench.session, workbench.playback
        self.is_following = True
        self._is_let_go = False  # the user moved the playhead since the last job began
        self._is_moving = False
        self._job: str | None = None
        self._newest: int | None = None
        self._is_own_done = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._show)
        workbench.jobs.frame_finished.connect(self._on_finished)
        workbench.jobs.jobs_changed.connect(self._on_jobs)
        self._session.playhead_changed.connect(self._on_playhead)
        self._jobs = workbench.jobs
        workbench.media.states_changed.connect(self._on_media)

    def close(self) -> None:
        """Show nothing more."""
        self._timer.stop()

    @property
    def goes_along(self) -> bool:
        """Whether the next finished frame will be shown wherever it is."""
        return self.is_following and not self._is_let_go

    def follow(self, *, on: bool) -> None:
        """Go along with jobs, or stay."""
        self.is_following, self._is_let_go = on, False

    def _on_jobs(self) -> None:
        """A new job takes the playhead along; frames of one that ended may still come."""
        if self._jobs.running not in {self._job, None}:
            self._is_let_go = False
        self._job = self._jobs.running

    def _on_playhead(self, _frame: int) -> None:
        if not self._is_moving:
            self._is_let_go = True

    def _on_finished(self, done: FrameDone) -> None:
        """Of any sequence of the project."""
        sequence = self._session.sequence
        if sequence is None or done.sequence != sequence.id:
            return
        self._newest = done.frame
        self._is_own_done = self._is_own_done or done.frame == self._session.playhead
        if not self._timer.isActive() and (self.goes_along or self._is_own_done):
            self._timer.start()

    def _on_media(self) -> None:
        """Files came, went or changed."""
        if not self._session.is_playing:
            self._playback.look_again()

    def _show(self) -> None:
        newest, self._newest = self._newest, None
        own, self._is_own_done = self._is_own_done, False
        if self._session.is_playing:
            return
        if self.goes_along and newest is not None and newest != self._session.playhead:
            self._playback.pictures.look_again()
            self._is_moving = True
            self._session.seek(newest)
            self._is_moving = False
        elif own or self.goes_along:
            self._playback.look_again()
