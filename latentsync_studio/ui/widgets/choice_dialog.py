"""A question with a few answers: opened, never waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QPushButton,
    QVBoxLayout,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    Answered = Callable[[str], object]

TEXT_WIDTH = 460
_MARGIN, _SPACING = 20, 12


class Choice(NamedTuple):
    """An answer.

    Attributes:
        key: told when it is chosen.
        label: of the button; "&" marks its key.
        help: what it does, for the tool tip and screen readers.
        is_default: the Return key chooses it.
        is_cancel: the Escape key and closing the dialog choose it.
    """

    key: str
    label: str
    help: str = ""
    is_default: bool = False
    is_cancel: bool = False


class ChoiceDialog(QDialog):
    """Asks; `chosen(key)` comes once, when it has closed.

    The answer is also in `choice` ("" until then). Without a choice that cancels, closing the
    dialog answers "".
    """

    chosen = Signal(str)

    def __init__(
        self,
        title: str,
        text: str,
        choices: Sequence[Choice],
        *,
        detail: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(title)
        self.setAccessibleDescription(f"{text} {detail}".strip())
        self.choice = ""
        self._cancel = next((each.key for each in choices if each.is_cancel), "")
        self.buttons: dict[str, QPushButton] = {}
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        self.column.setSpacing(_SPACING)
        self._say(text, is_bold=True)
        if detail:
            self._say(detail)
        self.column.addLayout(self._row(choices))
        self.finished.connect(self._on_finished)

    def place(self, widget: QWidget) -> None:
        """Show a widget between the text and the buttons."""
        self.column.insertWidget(self.column.count() - 1, widget, 1)

    def choose(self, key: str) -> None:
        """Answer, as the button does."""
        self.choice = key
        self.done(QDialog.DialogCode.Accepted)

    def _say(self, text: str, *, is_bold: bool = False) -> None:
        label = QLabel(text, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setFixedWidth(TEXT_WIDTH)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        if is_bold:
            font = label.font()
            font.setBold(True)
            label.setFont(font)
        self.column.addWidget(label)

    def _row(self, choices: Sequence[Choice]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch(1)
        for each in choices:
            button = QPushButton(each.label, self)
            button.setToolTip(each.help)
            button.setAccessibleDescription(each.help)
            button.setAutoDefault(False)
            button.setDefault(each.is_default)
            if each.is_default:
                button.setFocus()
            button.clicked.connect(lambda _checked=False, key=each.key: self.choose(key))
            row.addWidget(button)
            self.buttons[each.key] = button
        return row

    def _on_finished(self, code: int) -> None:
        if code != QDialog.DialogCode.Accepted:
            self.choice = self._cancel
        self.chosen.emit(self.choice)


def window_of(workbench: object) -> QMainWindow | None:
    """The window of a workbench, as parent for dialogs of controllers; None before it is made."""
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, QMainWindow) and getattr(widget, "workbench", None) is workbench:
            return widget
    return None


class Asker(QObject):
    """Asks one question at a time over the window of a workbench; the next waits for its turn.

    `dialog` is the question that is open, or None.

    Signals:
        answered(): the last question was answered, none is open.
    """

    answered = Signal()

    def __init__(self, workbench: QObject) -> None:
        super().__init__(workbench)
        self._workbench = workbench
        self._waiting: list[tuple[Callable[[QWidget | None], ChoiceDialog], Answered]] = []
        self.dialog: ChoiceDialog | None = None

    def ask(self, make: Callable[[QWidget | None], ChoiceDialog], answered: Answered) -> None:
        """Open the dialog that `make(parent)` gives; `answered(key)` is called when it closes."""
        self._waiting.append((make, answered))
        self._next()

    def show_again(self) -> bool:
        """Bring an open question to the front; whether there is one."""
        if self.dialog is None:
            return False
        self.dialog.activateWindow()
        return True

    def close(self) -> None:
        """Take back all questions without an answer."""
        self._waiting.clear()
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.chosen.disconnect()
            dialog.close()

    def _next(self) -> None:
        if self.dialog is not None or not self._waiting:
            return
        make, answered = self._waiting.pop(0)
        self.dialog = make(window_of(self._workbench))
        self.dialog.chosen.connect(lambda key: self._on_chosen(key, answered))
        self.dialog.open()

    def _on_chosen(self, key: str, answered: Answered) -> None:
        self.dialog = None
        answered(key)
        self._next()
        if self.dialog is None:
            self.answered.emit()
