"""Keys that are held down."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent


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
