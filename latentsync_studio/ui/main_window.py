"""The main window: menus from the table of commands, docks from the list of panels."""

from __future__ import annotations

from PySide6.QtCore import Qt

LAYOUT_VERSION = 1
_AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}
