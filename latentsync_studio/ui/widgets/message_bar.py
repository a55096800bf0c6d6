"""Messages at the top of the window: what happened, what to do, buttons that do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QHideEvent
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.errors import StudioError

# how long a message without buttons stays; errors stay until they are closed
STAYS_MS = {"info": 8000, "warning": 20_000}

_SIGNS = {
    "info": "\N{INFORMATION SOURCE}",
    "warning": "\N{WARNING SIGN}",
    "error": "\N{MULTIPLICATION X}",
}


class MessageBar(QFrame):
    """One line that comes when there is something to say; it never takes the focus or blocks.

    Signals:
        told(level, text): a message was shown ("info", "warning", "error").
    """

    told = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName(self.tr("Message"))
        self._edge = QFrame(self)
        self._edge.setObjectName("message_edge")
        self._edge.setFixedWidth(4)
        self._sign = QLabel(self)
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._close = QToolButton(self)
        self._close.setText("\N{MULTIPLICATION SIGN}")
        self._close.setAccessibleName(self.tr("Close the message"))
        self._close.clicked.connect(self.hide)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(4, 4, 6, 4)
        for widget in (self._edge, self._sign, self._text, self._close):
            self._row.addWidget(widget)
        self._buttons: list[QPushButton] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.level = ""
        self.hide()

    @property
    def text(self) -> str:
        """What is said."""
        return self._text.text()

    def tell(
        self,
        text: str,
        level: str = "info",
        buttons: Sequence[tuple[str, Callable[[], object]]] = (),
    ) -> None:
        """Show a message; what is no error and has no buttons goes by itself.

        Args:
            text: a sentence, or several.
            level: "info", "warning" or "error".
            buttons: label and what it does; any of them closes the bar.
        """
        self.level = level
        self._sign.setText(_SIGNS.get(level, ""))
        self._text.setText(text)
        self._replace_buttons(buttons)
        self._edge.setProperty("level", level)  # the style sheet colors it by this
        self._edge.style().unpolish(self._edge)
        self._edge.style().polish(self._edge)
        self.show()
        self._timer.stop()
        if level in STAYS_MS and not buttons:
            self._timer.start(STAYS_MS[level])
        self.told.emit(level, text)

    def tell_error(
        self, error: StudioError, buttons: Sequence[tuple[str, Callable[[], object]]] = ()
    ) -> None:
        """Show an expected failure with its remedy."""
        text = f"{error} {error.remedy}".strip()
        self.tell(text, "error", buttons)

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)

    def _replace_buttons(self, buttons: Sequence[tuple[str, Callable[[], object]]]) -> None:
        for old in self._buttons:
            self._row.removeWidget(old)
            old.deleteLater()
        self._buttons = []
        for label, action in buttons:
            button = QPushButton(label, self)
            button.clicked.connect(lambda _checked=False, run=action: self._run(run))
            self._row.insertWidget(self._row.count() - 1, button)
            self._buttons.append(button)

    def _run(self, action: Callable[[], object]) -> None:
        self.hide()
        action()
