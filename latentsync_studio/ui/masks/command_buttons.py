"""Buttons with signs for commands of the table: state, tip and key follow the command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QToolButton

from latentsync_studio.ui.masks.icons import SIZE, mask_icon

if TYPE_CHECKING:
    from PySide6.QtGui import QAction, QPaintEvent
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.ui.theme.style import Look


class CommandButton(QToolButton):
    """Does what its command does, and shows whether that is on or cannot be done."""

    def __init__(self, action: QAction, sign: str, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.action, self._sign, self._look = action, sign, look
        self.setAutoRaise(True)
        self.setObjectName("mask_button")  # the style sheet shows by it that it is on
        self.setIconSize(QSize(SIZE, SIZE))
        self._is_drawn = False
        self.setCheckable(action.isCheckable())
        self.clicked.connect(self._on_clicked)
        action.changed.connect(self._show)
        look.changed.connect(self._on_look)
        self._show()

    def _on_clicked(self) -> None:
        self.action.trigger()
        self.setChecked(self.action.isChecked())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The sign is drawn for the first time when somebody looks."""
        if not self._is_drawn:
            self._is_drawn = True
            self.setIcon(mask_icon(self._sign, self._look.theme))
        super().paintEvent(event)

    def _on_look(self) -> None:
        self._is_drawn = False
        self.update()

    def _show(self) -> None:
        self.setEnabled(self.action.isEnabled())
        self.setChecked(self.action.isChecked())
        text = self.action.text()
        key = self.action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        self.setAccessibleName(text)
        self.setToolTip(f"{text} ({key})" if key else text)
