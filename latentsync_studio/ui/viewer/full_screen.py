"""The picture alone on the whole screen; all keys of the window work there too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from latentsync_studio.ui.viewer.canvas import Canvas

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QKeyEvent

    from latentsync_studio.ui.viewer.panel import ViewerPanel
    from latentsync_studio.ui.workbench import Workbench


class FullScreen(QWidget):
    """A window with a canvas of its own; Esc or the command closes it.

    Signals:
        closed(): it is gone.
    """

    closed = Signal()

    def __init__(self, workbench: Workbench, panel: ViewerPanel) -> None:
        super().__init__(panel, Qt.WindowType.Window)
        self.setObjectName("full_screen")
        self.setWindowTitle(self.tr("Picture"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.canvas = Canvas(workbench.look, self)
        self.canvas.wipe_moved.connect(panel.state.move_wipe)
        self.canvas.resized.connect(panel.show_again)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.canvas)
        workbench.actions.attach(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
            return
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()
