"""What may wait until the window can be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

UNSEEN_MS: Final = 1500  # a window that opens minimized or on a locked screen is not painted


class FirstPaint(QObject):
    """Calls `then` once, after `window` was painted first, or was not for `UNSEEN_MS`.

    A timer of zero is no substitute: on X11 it comes before the window is even there.
    """

    def __init__(self, window: QWidget, then: Callable[[], object]) -> None:
        super().__init__(window)
        self._window, self._then = window, then
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_time)
        self._timer.start(UNSEEN_MS)
        window.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._window.removeEventFilter(self)
            self._timer.start(0)  # when what is in the window is painted too
        return False

    def _on_time(self) -> None:
        self._window.removeEventFilter(self)
        self._then()
        self.deleteLater()
