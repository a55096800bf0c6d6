"""Keys that a widget needs for itself though a command has them too, and keys that are held."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_K = Qt.Key
ARROWS = frozenset(
    {
        *(_K.Key_Left, _K.Key_Right, _K.Key_Up, _K.Key_Down),
        *(_K.Key_Home, _K.Key_End, _K.Key_PageUp, _K.Key_PageDown),
    }
)
PRESS = frozenset((_K.Key_Space, _K.Key_Return, _K.Key_Enter))
TYPING = ARROWS | PRESS | {_K.Key_Escape}


class OwnKeys(QObject):
    """Lets focused widgets have plain keys that are shortcuts of the window otherwise."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._keys: dict[QObject, frozenset[Qt.Key]] = {}

    def give(self, widget: QWidget, keys: frozenset[Qt.Key]) -> None:
        """While `widget` has the focus, `keys` (without Ctrl or Alt) are its own."""
        self._keys[widget] = keys
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            key = cast("QKeyEvent", event)
            plain = not key.modifiers() & ~(
                Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
            )
            if plain and key.key() in self._keys.get(watched, frozenset()):
                event.accept()
        return False


class HeldKey(QObject):
    """Tells whether the key of a command is held down.

    Signals:
        released(key): a key went up while the command's own was held, or that key itself.
    """

    released = Signal(int)

    def __init__(self, action: QAction, parent: QObject) -> None:
        super().__init__(parent)
        self._action = action
        self._window: QObject | None = None
        self.is_held = False
        action.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if watched is self._action:
            if kind == QEvent.Type.Shortcut:
                self._hold()
        elif kind == QEvent.Type.KeyRelease:
            key = cast("QKeyEvent", event)
            if not key.isAutoRepeat():
                self._release(key)
        elif kind == QEvent.Type.FocusOut:
            self._let_go()
        return False

    def _hold(self) -> None:
        """Releases come to the window with the focus; it is watched while the key is down."""
        window = QGuiApplication.focusWindow()
        if not self.is_held and isinstance(window, QObject):
            self.is_held, self._window = True, window
            window.installEventFilter(self)

    def _release(self, key: QKeyEvent) -> None:
        if any(QKeySequence(key.key()) == each for each in self._action.shortcuts()):
            self._let_go()
        self.released.emit(key.key())

    def _let_go(self) -> None:
        self.is_held = False
        if self._window is not None:
            self._window.removeEventFilter(self)
            self._window = None
