"""The bar above the tracks: time code, tools, snapping, linked selection, zoom, the table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QKeySequence, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QFrame, QSlider, QToolButton, QWidget

from latentsync_studio.ui.session import TOOLS
from latentsync_studio.ui.timeline.geometry import CLOSEST, FARTHEST
from latentsync_studio.ui.timeline.headers import CHECKED
from latentsync_studio.ui.timeline.timecode_field import TimecodeField
from latentsync_studio.ui.widgets.narrow_bar import NarrowBar

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from latentsync_studio.ui.timeline.canvas import TimelineCanvas

_SIZE = 18
_STEPS = 1000  # of the zoom slider
_SWITCHES = ("tool.snap", "tool.linked")
Line = tuple[float, float, float, float]
# within 18 x 18 px
_LINES: dict[str, tuple[Line, ...]] = {
    "tool.select": (
        (5, 2, 5, 14), (5, 14, 8, 11), (8, 11, 10.5, 16), (8, 11, 12.5, 10.5),
        (5, 2, 12.5, 10.5),
    ),
    "tool.razor": (
        (3, 6, 11, 2), (3, 6, 3, 11), (3, 11, 11, 7), (11, 2, 11, 7), (9, 8, 13, 16),
        (6, 10, 10, 16),
    ),
    "tool.ripple": (
        (6, 3, 6, 15), (6, 3, 9, 3), (6, 15, 9, 15), (10, 9, 16, 9), (16, 9, 13.5, 6.5),
        (16, 9, 13.5, 11.5),
    ),
    "tool.roll": (
        (7.5, 3, 7.5, 15), (10.5, 3, 10.5, 15), (1, 9, 5, 9), (1, 9, 3, 7), (1, 9, 3, 11),
        (17, 9, 13, 9), (17, 9, 15, 7), (17, 9, 15, 11),
    ),
    "tool.slip": (
        (3, 4, 3, 14), (15, 4, 15, 14), (5, 9, 13, 9), (5, 9, 7, 7), (5, 9, 7, 11),
        (13, 9, 11, 7), (13, 9, 11, 11),
    ),
    "tool.slide": (
        (6, 5, 12, 5), (12, 5, 12, 13), (12, 13, 6, 13), (6, 13, 6, 5), (1, 9, 4, 9),
        (1, 9, 2.5, 7.5), (1, 9, 2.5, 10.5), (17, 9, 14, 9), (17, 9, 15.5, 7.5),
        (17, 9, 15.5, 10.5),
    ),
    "tool.hand": (
        (5, 9, 5, 5), (7.7, 8, 7.7, 3), (10.4, 8, 10.4, 3.5), (13, 9, 13, 5.5),
        (13, 9, 13, 12), (13, 12, 11, 16), (11, 16, 7, 16), (7, 16, 2.5, 10.5),
        (2.5, 10.5, 5, 11.5), (5, 9, 5, 11.5),
    ),
    "tool.zoom": ((11.5, 11.5, 16, 16),),
    "tool.snap": (
        (4, 3, 4, 9), (14, 3, 14, 9), (7, 3, 7, 9), (11, 3, 11, 9), (4, 3, 7, 3),
        (11, 3, 14, 3), (4, 6, 7, 6), (11, 6, 14, 6),
    ),
    "tool.linked": ((6, 9, 12, 9),),
}  # fmt: skip


class TimelineBar(NarrowBar):
    """Buttons of the commands that the timeline needs most."""

    def __init__(self, stage: TimelineCanvas, parent: QWidget) -> None:
        super().__init__(parent)
        self._stage = stage
        self._buttons: dict[str, QToolButton] = {}
        self.timecode = TimecodeField(stage, self)
        self.row.setContentsMargins(8, 4, 8, 4)
        self.row.setSpacing(3)
        self.row.addWidget(self.timecode)
        self.row.addSpacing(8)
        for tool in TOOLS:
            self._add(f"tool.{tool}")
        lines = [self._line(), self._line()]
        self.row.addWidget(lines[0])
        for switch in _SWITCHES:
            self._add(switch)
        self.row.addStretch(1)
        self._add("view.zoom_out", "\N{MINUS SIGN}")
        self.zoom = QSlider(Qt.Orientation.Horizontal, self)
        self.zoom.setRange(0, _STEPS)
        self.zoom.setFixedWidth(120)
        self.zoom.setAccessibleName(self.tr("Zoom of the timeline"))
        self.zoom.valueChanged.connect(self._on_zoom)
        self.row.addWidget(self.zoom)
        self._add("view.zoom_in", "+")
        self._add("view.zoom_fit", self.tr("Fit"))
        self.row.addWidget(lines[1])
        self._add("view.clips_table", as_text=True)
        self._leave_out(lines)
        stage.view_changed.connect(self._show_zoom)
        stage.workbench.look.changed.connect(self._draw_icons)
        self._draw_icons()
        self._show_zoom()
        for button in self._buttons.values():
            button.defaultAction().changed.connect(self._show_tips)
        self._show_tips()

    def refresh(self) -> None:
        """The labels of the sequence may be others."""
        self.timecode.show_again()

    def _leave_out(self, lines: list[QFrame]) -> None:
        """What gives way first has keys and menus that do the same; the tools in hand stay long."""
        button = self._buttons
        self.give_way(
            (self.zoom,),
            (lines[1], button["view.clips_table"]),
            (button["view.zoom_fit"],),
            (button["view.zoom_out"], button["view.zoom_in"]),
            *((button[f"tool.{tool}"],) for tool in reversed(TOOLS) if tool != "select"),
            (button["tool.linked"],),
            (lines[0], button["tool.snap"]),
            (button["tool.select"],),
        )

    def button(self, command: str) -> QToolButton:
        """The button of a command."""
        return self._buttons[command]

    def _add(self, command: str, text: str = "", *, as_text: bool = False) -> None:
        action = self._stage.workbench.actions[command]
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setAutoRaise(not as_text)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(action.text())
        if as_text:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        elif text:
            action.setIconText(text)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            button.setMinimumSize(26, 26)
        else:
            button.setIconSize(QSize(_SIZE, _SIZE))
            button.setFixedSize(28, 26)
        self._buttons[command] = button
        self.row.addWidget(button)

    def _line(self) -> QFrame:
        line = QFrame(self)
        line.setFrameShape(QFrame.Shape.VLine)
        line.setFixedWidth(9)
        return line

    def _draw_icons(self) -> None:
        theme = self._stage.workbench.look.theme
        for command in self._buttons:
            if command in _LINES:
                icon = QIcon()
                for state, name in ((QIcon.State.Off, "text"), (QIcon.State.On, "on_accent")):
                    for scale in (1, 2, 3):
                        pixmap = _drawn(command, theme.color(name), scale)
                        icon.addPixmap(pixmap, QIcon.Mode.Normal, state)
                action = self._stage.workbench.actions[command]
                action.setIconVisibleInMenu(False)  # its checked state is made for the accent
                action.setIcon(icon)
        self.setStyleSheet(CHECKED.format(accent=theme.accent, on_accent=theme.on_accent))

    def _show_tips(self) -> None:
        """With the keys that do the same; they can be changed while the window is open."""
        for button in self._buttons.values():
            action = button.defaultAction()
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{action.text()} ({keys})" if keys else action.text())

    def _on_zoom(self, value: int) -> None:
        scale = math.exp(_log(value / _STEPS, *self._limits()))
        self._stage.zoom(scale / self._stage.view.scale)

    def _show_zoom(self) -> None:
        low, high = self._limits()
        at = (math.log(self._stage.view.scale) - low) / (high - low)
        self.zoom.blockSignals(True)
        self.zoom.setValue(round(max(0.0, min(1.0, at)) * _STEPS))
        self.zoom.blockSignals(False)

    def _limits(self) -> tuple[float, float]:
        """Logarithms of the scales at the ends of the slider: a bit beyond fit, and closest."""
        stop = self._stage.content_stop()
        fit = max(FARTHEST, min(1.0, self._stage.view.width / (1.5 * stop)))
        return math.log(fit), math.log(CLOSEST)


def _log(part: float, low: float, high: float) -> float:
    return low + part * (high - low)


def _drawn(command: str, color: QColor, scale: int) -> QPixmap:
    pixmap = QPixmap(_SIZE * scale, _SIZE * scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.scale(scale, scale)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawLines([QLineF(*line) for line in _LINES[command]])
    if command == "tool.zoom":
        painter.drawEllipse(QPointF(7.5, 7.5), 5, 5)
    elif command == "tool.snap":
        painter.drawArc(QRectF(4, 4, 10, 10), 180 * 16, 180 * 16)
        painter.drawArc(QRectF(7, 7, 4, 4), 180 * 16, 180 * 16)
    elif command == "tool.linked":
        painter.drawRoundedRect(QRectF(1.5, 6, 7, 6), 3, 3)
        painter.drawRoundedRect(QRectF(9.5, 6, 7, 6), 3, 3)
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap
