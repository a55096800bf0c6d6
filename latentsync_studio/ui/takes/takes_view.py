"""Tables of text without a grid, and the one of takes with keys of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QTableView

from latentsync_studio.ui.takes.models import NAME

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_ROW_PAD = 6  # px


def flatten(view: QTableView) -> None:
    """Rows of text without a grid."""
    view.setShowGrid(False)
    view.setAlternatingRowColors(True)
    view.setWordWrap(False)
    view.setCornerButtonEnabled(False)
    view.horizontalHeader().setHighlightSections(False)
    view.verticalHeader().setHighlightSections(False)
    view.verticalHeader().setDefaultSectionSize(view.fontMetrics().height() + _ROW_PAD)


class TakesView(QTableView):
    """Return shows a take, Delete removes it, F2 renames it.

    Signals:
        chosen(), removed(): a key was pressed.
    """

    chosen = Signal()
    removed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        flatten(self)
        self.verticalHeader().hide()
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def event(self, event: QEvent) -> bool:
        """These keys are the table's own while it has the focus."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            own = {
                Qt.Key.Key_Return,
                Qt.Key.Key_Enter,
                Qt.Key.Key_Delete,
                Qt.Key.Key_F2,
                Qt.Key.Key_Up,
                Qt.Key.Key_Down,
            }
            if event.key() in own and not event.modifiers():
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_free = self.state() is not QAbstractItemView.State.EditingState
        if is_free and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.chosen.emit()
        elif is_free and event.key() == Qt.Key.Key_Delete:
            self.removed.emit()
        elif is_free and event.key() == Qt.Key.Key_F2:
            self.edit(self.model().index(self.currentIndex().row(), NAME))
        else:
            super().keyPressEvent(event)
