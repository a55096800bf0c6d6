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

    Attributes:
        is_following: whether the playhead goes to them; else only its own frame is shown anew.
    """

    def __init__(self, workbench: Workbench, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._playback = workbench.session, workbench.playback
        self.is_following = False
        self._newest: int | None = None
        self._is_own_done = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._show)
        workbench.jobs.frame_finished.connect(self._on_finished)
        workbench.media.states_changed.connect(self._on_media)

    def close(self) -> None:
        """Show nothing more."""
        self._timer.stop()

    def _on_finished(self, done: FrameDone) -> None:
        """Of any sequence of the project."""
        sequence = self._session.sequence
        if sequence is None or done.sequence != sequence.id:
            return
        self._newest = done.frame
        self._is_own_done = self._is_own_done or done.frame == self._session.playhead
        if not self._timer.isActive() and (self.is_following or self._is_own_done):
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
        if self.is_following and newest is not None and newest != self._session.playhead:
            self._playback.pictures.look_again()
            self._session.seek(newest)
        elif own or self.is_following:
            self._playback.look_again()
