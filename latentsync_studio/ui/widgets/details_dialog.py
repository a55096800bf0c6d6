"""More than a message has room for: lines of text to read through and copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (said, self.text, buttons):
            column.addWidget(widget)
        self.resize(_WIDTH, _HEIGHT)
