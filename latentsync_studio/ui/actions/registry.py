"""A QAction for every command of the table; panels bind what they can do to its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from latentsync_studio.ui.actions.keymaps import DEFAULT_PRESET, MASKING, PRESETS, Keys
from latentsync_studio.ui.actions.own_keys import OwnKeys
from latentsync_studio.ui.actions.table import BY_ID, COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtWidgets import QWidget


class ActionRegistry(QObject):
    """All actions of one window.

    bind("edit.undo", stack.undo) makes a command do something; it is enabled from then on unless
    `enable` says otherwise. Handlers of checkable commands take the new state.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.actions: dict[str, QAction] = {}
        self.preset = DEFAULT_PRESET
        self.overrides: dict[str, Keys] = {}
        self._window: QWidget | None = None
        self.is_masking = False  # a mask tool is in hand: its keys go before those of others
        groups: dict[str, QActionGroup] = {}
        for command in COMMANDS:
            action = QAction(command.text(), self)
            action.setObjectName(command.id)
            action.setCheckable(command.checkable)
            action.setAutoRepeat(command.repeats)
            action.setEnabled(False)
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            if command.group:
                if command.group not in groups:
                    groups[command.group] = QActionGroup(self)
                groups[command.group].addAction(action)
            self.actions[command.id] = action
        self.use_keys(DEFAULT_PRESET, {})

    def __getitem__(self, command: str) -> QAction:
        return self.actions[command]

    def bind(self, command: str, handler: Callable[..., object], *, enabled: bool = True) -> None:
        """Let `handler` do the command; it is called without arguments, or with the new state."""
        action = self.actions[command]
        if BY_ID[command].checkable and not BY_ID[command].group:
            action.toggled.connect(handler)
        else:
            action.triggered.connect(lambda _checked=False: handler())
        action.setEnabled(enabled)

    def enable(self, enabled: bool, *commands: str) -> None:
        """Enable or disable commands."""
        for command in commands:
            self.actions[command].setEnabled(enabled)

    def check(self, command: str, checked: bool) -> None:
        """Show a switch as on or off without running its handler."""
        action = self.actions[command]
        if action.actionGroup() is not None:  # which must hear of it, and handlers do not
            action.setChecked(checked)
            return
        blocked = action.blockSignals(True)
        action.setChecked(checked)
        action.blockSignals(blocked)

    def trigger(self, command: str) -> None:
        """Do a command as if its menu entry was chosen; nothing happens where it is disabled."""
        self.actions[command].trigger()

    def use_keys(self, preset: str, overrides: Mapping[str, Keys]) -> None:
        """Take the keys of a preset with the user's own in place of some; unknown ids are left."""
        self.preset = preset if preset in PRESETS else DEFAULT_PRESET
        self.overrides = {key: tuple(keys) for key, keys in overrides.items() if key in BY_ID}
        self._give_keys()

    def use_mask_keys(self, masking: bool) -> None:
        """Let the keys of mask tools count before those of other commands, or not at all."""
        if masking is not self.is_masking:
            self.is_masking = masking
            self._give_keys()

    def _give_keys(self) -> None:
        first = {QKeySequence(key) for command in MASKING for key in self.keys_of(command)}
        for command, action in self.actions.items():
            keys = [QKeySequence(key) for key in self.keys_of(command)]
            if command in MASKING:
                keys = keys if self.is_masking else []
            elif self.is_masking:
                keys = [key for key in keys if key not in first]
            if keys != action.shortcuts():
                action.setShortcuts(keys)

    def keys_of(self, command: str) -> Keys:
        """Keys of a command, as text that QKeySequence reads."""
        if command in self.overrides:
            return self.overrides[command]
        return PRESETS[self.preset].get(command) or MASKING.get(command, ())

    def conflict(self, command: str, key: str) -> str | None:
        """Another command that has `key` at the same time."""
        wanted = QKeySequence(key)
        for other in self.actions:
            if (other in MASKING) is not (command in MASKING):
                continue
            if other != command and any(QKeySequence(k) == wanted for k in self.keys_of(other)):
                return other
        return None

    def window(self) -> QWidget:
        """The window whose commands they are: the parent of questions."""
        assert self._window is not None, "no window has these commands yet"  # noqa: S101
        return self._window

    def attach(self, window: QWidget) -> None:
        """Let the keys of all commands work in `window`, those aside that a control needs.

        The first one is the main window; others belong to it and may come and go.
        """
        if self._window is None:
            self._window = window
            OwnKeys(window, self)
        window.addActions(list(self.actions.values()))
