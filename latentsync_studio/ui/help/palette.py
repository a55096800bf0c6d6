"""The command palette: type a few letters of any command and press Return."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from latentsync_studio.ui.actions.table import COMMANDS, MENUS

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex, QPersistentModelIndex
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.ui.actions.registry import ActionRegistry
    from latentsync_studio.ui.actions.table import Command

_ID = Qt.ItemDataRole.UserRole
_ASIDE = Qt.ItemDataRole.UserRole + 1  # menu and keys, at the right of a row
_PAD = 6
_MOVES = {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}


class CommandPalette(QDialog):
    """All commands that can be done now, by their names; it closes once one is chosen."""

    def __init__(self, actions: ActionRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("command_palette")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(self.tr("Command palette"))
        self._actions = actions
        self.line = QLineEdit(self)
        self.line.setPlaceholderText(self.tr("Type the name of a command"))
        self.line.setAccessibleName(self.tr("Command"))
        self.line.setClearButtonEnabled(True)
        self.line.textChanged.connect(self._filter)
        self.line.installEventFilter(self)
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Matching commands"))
        self.list.setUniformItemSizes(True)
        self.list.setItemDelegate(_RowDelegate(self.list))
        self.list.itemActivated.connect(self._run)
        self.list.itemClicked.connect(self._run)
        column = QVBoxLayout(self)
        column.addWidget(self.line)
        column.addWidget(self.list)
        self.setStyleSheet("#command_palette { border: 1px solid palette(mid); }")
        self.resize(560, 420)
        self._filter("")

    def open_over(self, window: QWidget) -> None:
        """Show it near the top of `window`."""
        at = window.mapToGlobal(window.rect().topLeft())
        self.move(at.x() + (window.width() - self.width()) // 2, at.y() + 60)
        self.show()
        self.line.setFocus()

    def found(self) -> list[str]:
        """Ids of the commands in the list, the best first."""
        return [self.list.item(row).data(_ID) for row in range(self.list.count())]

    def _filter(self, text: str) -> None:
        self.list.clear()
        menus = {name: title.replace("&", "") for name, title in MENUS}
        ranked = []
        for place, command in enumerate(COMMANDS):
            action = self._actions[command.id]
            rank = match(text, f"{command.text()} {menus[command.menu]}")
            if action.isEnabled() and rank is not None:
                ranked.append((rank, place, command))
        for _, _, command in sorted(ranked, key=lambda each: each[:2]):
            self._add(command, menus[command.menu])
        self.list.setCurrentRow(0)

    def _add(self, command: Command, menu: str) -> None:
        keys = ", ".join(
            QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
            for key in self._actions.keys_of(command.id)
        )
        state = ""
        if command.checkable:
            state = "  \N{CHECK MARK}" if self._actions[command.id].isChecked() else ""
        item = QListWidgetItem(command.text() + state, self.list)
        item.setData(_ID, command.id)
        item.setData(_ASIDE, f"{menu}    {keys}" if keys else menu)
        item.setData(
            Qt.ItemDataRole.AccessibleTextRole, ", ".join(filter(None, (item.text(), menu, keys)))
        )

    def _run(self, item: QListWidgetItem) -> None:
        command = item.data(_ID)
        self.close()
        self._actions.trigger(command)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys that move in the list work while the line has the focus."""
        if (
            watched is self.line
            and isinstance(event, QKeyEvent)
            and event.type() == event.Type.KeyPress
        ):
            if event.key() in _MOVES:
                QApplication.sendEvent(self.list, event)
                return True
            item = self.list.currentItem()
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and item is not None:
                self._run(item)
                return True
        return super().eventFilter(watched, event)


class _RowDelegate(QStyledItemDelegate):
    """The command at the left; its menu and keys at the right."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return super().sizeHint(option, index) + QSize(0, 2 * _PAD)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        role = (
            QPalette.ColorRole.HighlightedText if is_chosen else QPalette.ColorRole.PlaceholderText
        )
        painter.save()
        painter.setFont(option.font)
        painter.setPen(option.palette.color(role))
        box = option.rect.adjusted(_PAD, 0, -_PAD, 0)
        aside = index.data(_ASIDE)
        where = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box, where, aside)
        painter.restore()


def match(wanted: str, text: str) -> int | None:
    """How well letters fit a text: 0 best; None where they do not stand in it in this order.

    Words that begin with the letters rank before letters within words, and those before letters
    that are strewn.
    """
    letters, text = wanted.casefold().split(), text.casefold()
    words = text.split()
    if all(any(word.startswith(each) for word in words) for each in letters):
        return 0
    if all(each in text for each in letters):
        return 1
    rest = iter(text)
    if all(letter in rest for letter in "".join(letters)):
        return 2
    return None
