"""Messages over the top of the picture: what happened, what to do, buttons that do it.

It lies over its host and moves nothing. What has to be read stays until it is closed; what comes
meanwhile waits for its turn, and mere information goes by in the status bar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QHideEvent
    from PySide6.QtWidgets import QWidget

# how long a message without buttons stays; errors stay until they are closed
STAYS_MS = {"info": 8000, "warning": 20_000}
OFFER_MS = 40_000  # information with a button

_SIGNS = {
    "info": "\N{INFORMATION SOURCE}",
    "warning": "\N{WARNING SIGN}",
    "error": "\N{MULTIPLICATION X}",
}


WIDEST, MARGIN, BELOW = 860, 12, 44  # px; below the bar of the viewer


class Message(NamedTuple):
    """Something to say.

    Attributes:
        text: a sentence, or several.
        level: "info", "warning" or "error".
        buttons: label and what it does; any of them closes the bar.
    """

    text: str
    level: str
    buttons: tuple[tuple[str, Callable[[], object]], ...] = ()

    @property
    def must_be_read(self) -> bool:
        """Whether it may not be put aside by the next one."""
        return self.level != "info" or bool(self.buttons)


class MessageBar(QFrame):
    """Comes when there is something to say; it never takes the focus, blocks or moves anything.

    Signals:
        told(level, text): a message was shown ("info", "warning", "error").
        overheard(text): information that came while something else is to be read.
    """

    told = Signal(str, str)
    overheard = Signal(str)

    def __init__(self, host: QWidget) -> None:
        super().__init__(host)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.setAccessibleName(self.tr("Message"))
        self._host = host
        host.installEventFilter(self)
        self._edge = QFrame(self)
        self._edge.setObjectName("message_edge")
        self._edge.setFixedWidth(4)
        self._sign = QLabel(self)
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)  # names of files may look like markup
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._more = QLabel(self)
        self._close = QToolButton(self)
        self._close.setText("\N{MULTIPLICATION SIGN}")
        self._close.setAccessibleName(self.tr("Close the message"))
        self._close.clicked.connect(self.hide)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(4, 4, 6, 4)
        for widget in (self._edge, self._sign, self._text, self._more, self._close):
            self._row.addWidget(widget)
        self._buttons: list[QPushButton] = []
        self._waiting: list[Message] = []
        self._shown: Message | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    @property
    def text(self) -> str:
        """What is said, or was said last."""
        return self._text.text()

    @property
    def level(self) -> str:
        """How bad it is: "info", "warning", "error", or "" when nothing is said."""
        return self._shown.level if self._shown is not None else ""

    def tell(
        self,
        text: str,
        level: str = "info",
        buttons: Sequence[tuple[str, Callable[[], object]]] = (),
    ) -> None:
        """Say something, now or when what is shown was read; see `Message`."""
        message = Message(text, level, tuple(buttons))
        shown = self._shown
        if shown is None or not shown.must_be_read or (shown.text, shown.level) == (text, level):
            self._show(message)
        elif shown.level == "info" and level != "info":
            self._waiting.insert(0, shown)  # an offer can wait, a failure comes first
            self._show(message)
        elif message.must_be_read:
            if all((m.text, m.level) != (text, level) for m in self._waiting):
                self._waiting.append(message)
            self._count()
        else:
            self.overheard.emit(text)

    def take_back_offer(self) -> None:
        """What was offered is being done, or of no matter any more."""
        self._waiting = [m for m in self._waiting if m.level != "info"]
        if self._shown is not None and self._shown.level == "info" and self._shown.buttons:
            self.hide()

    def take_back(self, text: str) -> None:
        """What was said is not so any more."""
        self._waiting = [message for message in self._waiting if message.text != text]
        self._count()
        if self._shown is not None and self._shown.text == text:
            self.hide()

    def _show(self, message: Message) -> None:
        self._shown = message
        self._sign.setText(_SIGNS.get(message.level, ""))
        self._text.setText(message.text)
        self._replace_buttons(message.buttons)
        self._edge.setProperty("level", message.level)  # the style sheet colors it by this
        self._edge.style().unpolish(self._edge)
        self._edge.style().polish(self._edge)
        self._count()
        self.show()
        self._place()
        self._timer.stop()
        if message.level == "info" and message.buttons:
            self._timer.start(OFFER_MS)
        elif message.level in STAYS_MS and not message.buttons:
            self._timer.start(STAYS_MS[message.level])
        self.told.emit(message.level, message.text)

    def _count(self) -> None:
        waiting = len(self._waiting)
        self._more.setVisible(waiting > 0)
        self._more.setText(self.tr("{0} more").format(waiting))

    def _place(self) -> None:
        """Over the top of the host, as wide as the words need and the host allows."""
        width = max(1, min(WIDEST, self._host.width() - 2 * MARGIN))
        height = max(self.heightForWidth(width), self.minimumSizeHint().height())
        self.setGeometry((self._host.width() - width) // 2, BELOW, width, height)
        self.raise_()

    def event(self, event: QEvent) -> bool:
        taken = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest and self._shown is not None:
            self._place()  # only now is it known how many lines the words take
        return taken

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._host and event.type() == QEvent.Type.Resize and self._shown is not None:
            self._place()
        return super().eventFilter(watched, event)

    def hideEvent(self, event: QHideEvent) -> None:
        """What was shown is read; the next one comes."""
        super().hideEvent(event)
        if not self.isHidden():
            return  # the window is hidden, not the message
        self._timer.stop()
        self._shown = None
        if self._waiting:
            QTimer.singleShot(0, self, self._next)

    def _next(self) -> None:
        if self._shown is None and self._waiting:
            self._show(self._waiting.pop(0))

    def _replace_buttons(self, buttons: Sequence[tuple[str, Callable[[], object]]]) -> None:
        for old in self._buttons:
            self._row.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._buttons = []
        for label, action in buttons:
            button = QPushButton(label, self)
            button.clicked.connect(lambda _checked=False, run=action: self._run(run))
            self._row.insertWidget(self._row.count() - 2, button)
            self._buttons.append(button)

    def _run(self, action: Callable[[], object]) -> None:
        self.hide()
        action()
