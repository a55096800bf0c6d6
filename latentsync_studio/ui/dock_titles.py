"""A dock that stands behind a tab has its name there: no second one above it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QDockWidget, QMainWindow


class DockTitles(QObject):
    """Takes the title bars off docks in tabs; they are dragged by their tabs then.

    That needs `QMainWindow.DockOption.GroupedDragging`.
    """

    def __init__(self, window: QMainWindow, docks: Iterable[QDockWidget]) -> None:
        super().__init__(window)
        self._window, self._docks = window, tuple(docks)
        self._later = QTimer(self)  # once docks are where they go
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._show)
        for dock in self._docks:
            for moved in (dock.visibilityChanged, dock.topLevelChanged, dock.dockLocationChanged):
                moved.connect(self._on_moved)

    def close(self) -> None:
        """Look no more."""
        self._later.stop()
        self._docks = ()

    def _on_moved(self, *_: object) -> None:
        if self._docks:
            self._later.start()

    def _show(self) -> None:
        for dock in self._docks:
            others = self._window.tabifiedDockWidgets(dock)
            is_named = any(other.toggleViewAction().isChecked() for other in others)
            bar = cast("QWidget | None", dock.titleBarWidget())  # so much for the stubs
            if is_named and not dock.isFloating():
                if bar is None:
                    dock.setTitleBarWidget(QWidget(dock))
            elif bar is not None:
                dock.setTitleBarWidget(cast("QWidget", None))  # the usual one
                bar.deleteLater()
