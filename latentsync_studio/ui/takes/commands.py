"""Binds the commands of takes: new, next and previous, blind comparison, votes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from latentsync_studio.ui.widgets.choice_dialog import window_of

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog

    from latentsync_studio.ui.takes.controller import TakesController
    from latentsync_studio.ui.workbench import Workbench


class TakeCommands(QObject):
    """Opens the dialogs of takes, one at a time.

    Attributes:
        dialog: the one that is open, or None.
    """

    def __init__(self, workbench: Workbench, takes: TakesController) -> None:
        super().__init__(takes)
        self._workbench = workbench
        self.dialog: QDialog | None = None
        bind = workbench.actions.bind
        bind("clip.new_take", self.ask_new)
        bind("clip.next_take", lambda: takes.step(1))
        bind("clip.previous_take", lambda: takes.step(-1))
        bind("clip.compare_takes", self.ask_compare)
        bind("clip.votes", self.show_votes)

    def ask_new(self) -> None:
        """Ask for engine, seed, preset and span of a new take."""
        from latentsync_studio.ui.takes.new_take import NewTakeDialog

        if self._workbench.takes.clip is None:
            self._workbench.tell(self.tr("Select a clip with a picture first."), "warning")
            return
        self._open(NewTakeDialog(self._workbench, window_of(self._workbench)))

    def ask_compare(self) -> None:
        """Ask which takes are compared, then show them blindly."""
        from latentsync_studio.ui.takes.blind_setup import BlindSetup

        if self._workbench.takes.clip is None:
            self._workbench.tell(self.tr("Select a clip with a picture first."), "warning")
            return
        self._open(BlindSetup(self._workbench, window_of(self._workbench), self.begin))

    def begin(self, window: QDialog) -> None:
        """Show a blind comparison that was set up."""
        self._workbench.playback.stop()
        self._open(window)

    def show_votes(self) -> None:
        """Show all votes of the project and what they say."""
        from latentsync_studio.ui.takes.votes_dialog import VotesDialog

        self._open(VotesDialog(self._workbench, window_of(self._workbench)))

    def close(self) -> None:
        """Close what is open, without a question."""
        if self.dialog is not None:
            self.dialog.done(0)

    def _open(self, dialog: QDialog) -> None:
        if self.dialog is not None:
            self.dialog.close()
        self.dialog = dialog
        dialog.finished.connect(lambda _code: self._forget(dialog))
        dialog.open()

    def _forget(self, dialog: QDialog) -> None:
        if self.dialog is dialog:
            self.dialog = None
