"""A field that shows the time code of the playhead and takes another: 1.12.00, 112, +10, -1:00."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontDatabase, QFontMetrics
from PySide6.QtWidgets import QLineEdit

from latentsync_studio.core.errors import StudioError

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QKeyEvent
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.ui.timeline.scrolled import ScrolledTimeline


class TimecodeField(QLineEdit):
    """The playhead as time code; Return goes where the text says, Esc takes it back."""

    def __init__(self, stage: ScrolledTimeline, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = stage
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(self.font().pointSizeF() + 1)
        self.setFont(font)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAccessibleName(self.tr("Time code of the playhead"))
        self.setToolTip(self.tr("Type a time code (1.12.00 or 112) or a step (+10, -1:00)"))
        self.setFixedWidth(QFontMetrics(font).horizontalAdvance("00:00:00:00") + 26)
        self.returnPressed.connect(self._go)
        stage.session.playhead_changed.connect(self._show)
        stage.session.sequence_changed.connect(self._show)
        self._show()

    def _show(self, _frame: int = 0) -> None:
        if not (self.hasFocus() and self.isModified()):
            self.setText(self._stage.clock.label(max(0, self._stage.session.playhead)))

    def show_again(self) -> None:
        """The labels of the sequence are others."""
        self._show()

    def _go(self) -> None:
        session = self._stage.session
        try:
            frame = self._stage.clock.meant(self.text(), session.playhead)
        except StudioError as error:
            self._stage.workbench.tell_error(error)
            self.selectAll()
            return
        self.setModified(False)
        session.seek(frame)
        self._show()
        self._stage.ensure_visible(frame)
        self._stage.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.setModified(False)
            self._show()
            self._stage.setFocus()
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.setModified(False)
        self._show()

    def sizeHint(self) -> QSize:
        return QSize(self.maximumWidth(), super().sizeHint().height())
