"""Something that takes a while: what is being done, how far it is, and a button that stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout

from latentsync_studio.ui.widgets.choice_dialog import TEXT_WIDTH

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.progress import ProgressReport

SHOWN_AFTER_MS = 400  # what is done sooner needs no dialog


class WaitDialog(QDialog):
    """Opens by itself a moment after it is made; whoever made it calls `end`.

    Signals:
        cancelled(): the user does not want it any more; the dialog has closed.
    """

    cancelled = Signal()

    def __init__(self, title: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        said = QLabel(text, self)
        said.setTextFormat(Qt.TextFormat.PlainText)
        said.setWordWrap(True)
        said.setFixedWidth(TEXT_WIDTH)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(title)
        self.note = QLabel(self)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.button = QPushButton(self.tr("Cancel"), self)
        self.button.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        for widget in (said, self.bar, self.note):
            column.addWidget(widget)
        column.addLayout(row)
        self.rejected.connect(self.cancelled)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.open)
        self._timer.start(SHOWN_AFTER_MS)

    def show_report(self, report: ProgressReport) -> None:
        """Show how far it is; without a known end the bar only moves."""
        self.bar.setRange(0, report.total)
        self.bar.setValue(report.done)
        metrics = self.note.fontMetrics()
        self.note.setText(metrics.elidedText(report.note, Qt.TextElideMode.ElideMiddle, TEXT_WIDTH))

    def end(self) -> None:
        """It is done or failed: go without telling anybody."""
        self.done(QDialog.DialogCode.Accepted)

    def done(self, code: int) -> None:
        self._timer.stop()
        super().done(code)
        self.deleteLater()  # closing deletes only what was shown
