"""The command that measures clips with networks too, greyed with the reason where none can run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from pathlib import Path

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.quality.weighted import Wanted
    from latentsync_studio.ui.workbench import Workbench

COMMAND = "clip.measure_networks"


class NetworkMeasuring(QObject):
    """Knows whether SyncNet, LPIPS and the recognizer of faces have their weights.

    It looks again when the user comes back to the program: files may have been put there.
    """

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._workbench = workbench
        self._is_closed = False
        self._action = workbench.actions[COMMAND]
        self._title = self._action.text()
        workbench.actions.bind(COMMAND, self._measure, enabled=False)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._on_state)
        self.look()

    def look(self) -> None:
        """Ask in the background which networks can measure."""
        home = self._workbench.home

        def work(_progress: Progress) -> tuple[dict[str, str], int]:
            from latentsync_studio.services.quality.weighted import GROUPS, why_not

            reasons = why_not(all_networks(home))
            told = {
                name: reasons[group.measures[0]]
                for name, group in GROUPS.items()
                if group.measures[0] in reasons
            }
            return told, len(GROUPS)

        self._workbench.background.submit(work, self._on_looked, self._on_failed, key=COMMAND)

    def close(self) -> None:
        """Look no more."""
        self._is_closed = True
        self._workbench.background.cancel(COMMAND)

    def _on_looked(self, answer: tuple[dict[str, str], int]) -> None:
        reasons, count = answer
        can_run = len(reasons) < count
        about = self.tr("SyncNet, LPIPS and likeness of the face; takes long without a GPU")
        lines = [f"{name}: {reason}" for name, reason in reasons.items()]
        self._action.setEnabled(can_run)
        self._action.setText(
            self._title if can_run else self.tr("{0} (no weights)").format(self._title)
        )
        self._action.setToolTip("\n".join([about, *lines]))

    def _on_failed(self, error: StudioError) -> None:
        """The folder of weights cannot be read: that is the reason."""
        self._action.setEnabled(False)
        self._action.setToolTip(f"{error} {error.remedy}".strip())

    def _on_state(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationActive and not self._is_closed:
            self.look()

    def _measure(self) -> None:
        self._workbench.quality.measure_selected(networks=True)


def all_networks(home: Path | None) -> Wanted:
    """Everything that networks can measure, with the weights of a data folder."""
    from latentsync_studio.services.quality.weighted import GROUPS, Wanted

    return replace(Wanted.of(GROUPS), home=home)
