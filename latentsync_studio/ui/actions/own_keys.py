"""Keys that a control needs itself go to it before those of commands.

Space, Return, arrows, Home and End are commands, and keys of a window come first in Qt: a switch or
a slider that Tab has reached could not be worked, and Return in a field would synthesize instead of
taking what was typed. After a click on a button Space plays all the same: who works with the mouse
has not left the timeline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QTabBar,
    QWidget,
)

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    _Kinds = tuple[tuple[type[QWidget], frozenset[Qt.Key]], ...]

RETURN: Final = frozenset((Qt.Key.Key_Return, Qt.Key.Key_Enter))
PRESS: Final = frozenset((Qt.Key.Key_Space, Qt.Key.Key_Select))
_ACROSS: Final = frozenset((Qt.Key.Key_Left, Qt.Key.Key_Right))
_ALONG: Final = frozenset((Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown))
_ENDS: Final = frozenset((Qt.Key.Key_Home, Qt.Key.Key_End))
_ALWAYS: Final[_Kinds] = (
    (QAbstractItemView, _ALONG | _ENDS),
    (QAbstractSpinBox, _ALONG | RETURN),
    (QLineEdit, _ALONG | RETURN),
)
_REACHED_BY_KEYS: Final[_Kinds] = (
    (QAbstractButton, PRESS),
    (QAbstractItemView, _ACROSS),
    (QAbstractSlider, _ACROSS | _ALONG | _ENDS),
    (QComboBox, PRESS | _ALONG | _ENDS),
    (QTabBar, _ACROSS | _ENDS),
)
_PLAIN: Final = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
_SHIFT: Final = Qt.KeyboardModifier.ShiftModifier  # lists select more with it


class OwnKeys(QObject):
    """Looks after the control of a window that has the focus.

    A widget may name more keys of its own as `own_keys`, a set of `Qt.Key`; they count once it was
    reached by keys.
    """

    def __init__(self, window: QWidget, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window = window
        self._clicked: QWidget | None = None  # whom the mouse gave the focus
        self._keys: frozenset[Qt.Key] = frozenset()
        cast("QApplication", QApplication.instance()).focusChanged.connect(self._on_focus)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ShortcutOverride:
            return False
        key = cast("QKeyEvent", event)
        extends = isinstance(watched, QAbstractItemView) and key.modifiers() == _SHIFT
        is_own = key.key() in self._keys and (extends or key.modifiers() in _PLAIN)
        if is_own:
            event.accept()
        return is_own

    def _has(self, widget: QWidget | None) -> bool:
        """Whether it stands in the window, a dock that floats, or the picture in full screen."""
        while widget is not None and widget is not self._window and not isinstance(widget, QDialog):
            widget = widget.parentWidget()
        return widget is self._window

    def _on_focus(self, old: QWidget | None, now: QWidget | None) -> None:
        if old is not None:
            old.removeEventFilter(self)
        if now is None or not self._has(now):
            return
        if QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._clicked = now
        elif old is not None:  # else the whole window was left and came back
            self._clicked = None
        self._keys = _keys_of(now, by_keys=now is not self._clicked)
        if self._keys:
            now.installEventFilter(self)


def _keys_of(widget: QWidget, *, by_keys: bool) -> frozenset[Qt.Key]:
    kinds = _ALWAYS + _REACHED_BY_KEYS if by_keys else _ALWAYS
    more: frozenset[Qt.Key] = getattr(widget, "own_keys", frozenset()) if by_keys else frozenset()
    return more.union(*(keys for kind, keys in kinds if isinstance(widget, kind)))
