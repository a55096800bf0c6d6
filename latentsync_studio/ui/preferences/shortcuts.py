"""Keys of all commands: search by name or key, change, see what collides, reset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from latentsync_studio.ui.actions.keymaps import PRESET_TITLES
from latentsync_studio.ui.actions.table import BY_ID, COMMANDS, MENUS
from latentsync_studio.ui.help.palette import match

if TYPE_CHECKING:
    from latentsync_studio.ui.actions.registry import ActionRegistry
    from latentsync_studio.ui.preferences.controller import PreferencesController

_ID = Qt.ItemDataRole.UserRole
_NATIVE = QKeySequence.SequenceFormat.NativeText
_PORTABLE = QKeySequence.SequenceFormat.PortableText


class ShortcutsPage(QWidget):
    """The table of commands with their keys."""

    def __init__(
        self,
        actions: ActionRegistry,
        preferences: PreferencesController,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._actions, self._preferences = actions, preferences
        self.preset = QComboBox(self)
        self.preset.setAccessibleName(self.tr("Keys as in"))
        for name, title in PRESET_TITLES.items():
            self.preset.addItem(title, name)
        self.preset.activated.connect(self._on_preset)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Search a command or a key"))
        self.search.setAccessibleName(self.tr("Search a command or a key"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.tree = self._make_tree()
        self.keys = QKeySequenceEdit(self)
        self.keys.setMaximumSequenceLength(1)
        self.keys.setAccessibleName(self.tr("New key"))
        self.keys.keySequenceChanged.connect(self._on_typed)
        self.note = QLabel(self)
        self.note.setWordWrap(True)
        self.set_button = QPushButton(self.tr("Set key"), self)
        self.set_button.clicked.connect(self._set_key)
        self.set_button.setEnabled(False)
        self.clear_button = QPushButton(self.tr("No key"), self)
        self.clear_button.clicked.connect(self._clear_key)
        self.reset_button = QPushButton(self.tr("Reset"), self)
        self.reset_button.clicked.connect(self._reset_key)
        self.reset_all_button = QPushButton(self.tr("Reset all"), self)
        self.reset_all_button.clicked.connect(self._reset_all)
        self._lay_out()
        self._fill()

    def _make_tree(self) -> QTreeWidget:
        tree = QTreeWidget(self)
        tree.setAccessibleName(self.tr("Commands and their keys"))
        tree.setColumnCount(3)
        tree.setHeaderLabels([self.tr("Command"), self.tr("Keys"), self.tr("Menu")])
        tree.setRootIsDecorated(False)
        tree.setUniformRowHeights(True)
        tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        tree.header().setStretchLastSection(False)
        tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            tree.header().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        tree.currentItemChanged.connect(self._on_current)
        return tree

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(QLabel(self.tr("Keys as in"), self))
        top.addWidget(self.preset)
        top.addWidget(self.search, 1)
        bottom = QHBoxLayout()
        bottom.addWidget(QLabel(self.tr("New key"), self))
        bottom.addWidget(self.keys, 1)
        for button in (
            self.set_button,
            self.clear_button,
            self.reset_button,
            self.reset_all_button,
        ):
            button.setAutoDefault(False)  # Return in the search is no wish to change a key
            bottom.addWidget(button)
        column = QVBoxLayout(self)
        column.addLayout(top)
        column.addWidget(self.tree, 1)
        column.addLayout(bottom)
        column.addWidget(self.note)

    def current(self) -> str:
        """Id of the command that is chosen, or ""."""
        item = self.tree.currentItem()
        return "" if item is None else str(item.data(0, _ID))

    def choose(self, command: str) -> None:
        """Choose a command in the table."""
        for row in range(self.tree.topLevelItemCount()):
            item = self.tree.topLevelItem(row)
            if item is not None and item.data(0, _ID) == command:
                self.tree.setCurrentItem(item)

    def _fill(self) -> None:
        chosen = self.current()
        self.preset.setCurrentIndex(max(0, self.preset.findData(self._actions.preset)))
        menus = {name: title.replace("&", "") for name, title in MENUS}
        self.tree.clear()
        for command in COMMANDS:
            keys = ", ".join(
                QKeySequence(key).toString(_NATIVE) for key in self._actions.keys_of(command.id)
            )
            item = QTreeWidgetItem([command.text(), keys, menus[command.menu]])
            item.setData(0, _ID, command.id)
            item.setSizeHint(0, QSize(0, self.fontMetrics().height() + 8))
            if command.id in self._actions.overrides:
                font = item.font(1)
                font.setBold(True)
                item.setFont(1, font)
                item.setToolTip(1, self.tr("Your own key"))
            self.tree.addTopLevelItem(item)
        self._filter(self.search.text())
        self.choose(chosen or COMMANDS[0].id)
        self.reset_all_button.setEnabled(bool(self._actions.overrides))

    def _filter(self, text: str) -> None:
        for row in range(self.tree.topLevelItemCount()):
            item = self.tree.topLevelItem(row)
            if item is not None:
                keys = item.text(1).casefold().split(", ")
                fits = match(text, f"{item.text(0)} {item.text(2)}") in {0, 1}
                item.setHidden(not (fits or text.casefold() in keys))

    def _on_current(self) -> None:
        self.keys.clear()
        self.note.clear()
        self.reset_button.setEnabled(self.current() in self._actions.overrides)

    def _typed(self) -> str:
        return self.keys.keySequence().toString(_PORTABLE)

    def _on_typed(self) -> None:
        key = self._typed()
        self.set_button.setEnabled(bool(key))
        other = self._actions.conflict(self.current(), key) if key else None
        if other is None:
            self.note.clear()
        else:
            self.note.setText(
                self.tr("{0} is the key of {1}, which will have it no more.").format(
                    self.keys.keySequence().toString(_NATIVE), BY_ID[other].text()
                )
            )

    def _set_key(self) -> None:
        key, command = self._typed(), self.current()
        if not key or not command:
            return
        overrides = dict(self._actions.overrides)
        other = self._actions.conflict(command, key)
        if other is not None:
            wanted = QKeySequence(key)
            kept = [k for k in self._actions.keys_of(other) if QKeySequence(k) != wanted]
            overrides[other] = tuple(kept)
        overrides[command] = (key,)
        self._use(overrides)

    def _clear_key(self) -> None:
        if self.current():
            self._use({**self._actions.overrides, self.current(): ()})

    def _reset_key(self) -> None:
        overrides = dict(self._actions.overrides)
        overrides.pop(self.current(), None)
        self._use(overrides)

    def _reset_all(self) -> None:
        self._use({})

    def _on_preset(self, _row: int) -> None:
        self._use(dict(self._actions.overrides), str(self.preset.currentData()))

    def _use(self, overrides: dict[str, tuple[str, ...]], preset: str = "") -> None:
        self._actions.use_keys(preset or self._actions.preset, overrides)
        self._preferences.set_keys(self._actions.preset, self._actions.overrides)
        self._fill()
        self.keys.clear()


class ShortcutsDialog(QDialog):
    """The same table by itself."""

    def __init__(
        self,
        actions: ActionRegistry,
        preferences: PreferencesController,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.page = ShortcutsPage(actions, preferences, self)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.page)
        column.addWidget(buttons)
        self.resize(720, 560)
        self.page.search.setFocus()
