"""More than a message has room for: lines of text to read through and copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

_WIDTH, _HEIGHT = 560, 320


class DetailsDialog(QDialog):
    """A list of sentences with a heading; opened, never waited for."""

    def __init__(
        self, title: str, heading: str, lines: Sequence[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        said = QLabel(heading, self)
        said.setTextFormat(Qt.TextFormat.PlainText)
        said.setWordWrap(True)
        self.text = QPlainTextEdit("\n\n".join(lines), self)
        self.text.setReadOnly(True)
        self.text.setAccessibleName(heading)
        self.text.setTabChangesFocus(True)
        buttons = self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        self._copied = "\n".join((heading, *lines))
        self.copy_button = self._added(self.tr("&Copy"), self._copy)
        column = QVBoxLayout(self)
        for widget in (said, self.text, buttons):
            column.addWidget(widget)
        self.resize(_WIDTH, _HEIGHT)

    def add_button(self, label: str, pressed: Callable[[], object]) -> QPushButton:
        """A button for what can be done about it; the dialog closes first."""

        def go_on() -> None:
            self.accept()
            pressed()

        return self._added(label, go_on)

    def _added(self, label: str, pressed: Callable[[], object]) -> QPushButton:
        button = self._buttons.addButton(label, QDialogButtonBox.ButtonRole.ActionRole)
        button.setAutoDefault(False)
        button.clicked.connect(pressed)
        return button

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._copied)
