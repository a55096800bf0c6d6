"""One graph along the time. It paints itself: a scene a strip takes longer than there is time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from latentsync_studio.ui.scopes.drawn_lines import DrawnLines

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QPaintEvent, QResizeEvent, QWheelEvent

    from latentsync_studio.ui.scopes.lines import StripSpec
    from latentsync_studio.ui.scopes.time_link import TimeLink
    from latentsync_studio.ui.theme.colors import Theme

AXIS: Final = 44  # px of the scale of values
LEAST_HEIGHT: Final = 46
_MARGIN: Final = 2  # px above and below the lines
_TICK: Final = 4  # px
_APART: Final = 1.3  # heights of a label from one to the next


class Strip(QWidget):
    """Lines of one measure over the frames that the timeline shows.

    Left drag puts the playhead, middle drag and wheel scroll, Ctrl+wheel zooms: the timeline's own.

    Signals:
        hovered(frame): the mouse is over it; -1: it left.

    Attributes:
        playhead: frame of the line that is drawn.
        pointer: frame of the mouse, in this strip or another; below 0: nowhere.
    """

    hovered = Signal(float)

    def __init__(self, link: TimeLink, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._link, self.theme = link, theme
        self._spec: StripSpec | None = None
        self.lines = DrawnLines()
        self._pan: float | None = None
        self.playhead, self.pointer = 0, -1.0
        self._scale = QPixmap()
        self._scaled: tuple[object, ...] = ()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setMouseTracking(True)
        self.use_theme(theme)

    def use_theme(self, theme: Theme) -> None:
        """Take the colors of a theme."""
        self.theme = theme
        if self._spec is not None:
            self.show_spec(self._spec)

    def show_spec(self, spec: StripSpec) -> None:
        """Show other lines."""
        self._spec = spec
        self.lines.show_lines(spec.lines, self.theme)
        self.setAccessibleName(spec.title)
        self.setAccessibleDescription(spec.tip)
        self.look()

    def look(self) -> None:
        """Show the frames that are in sight now."""
        first, last = self._link.seen
        low, high = (0.0, 1.0) if self._spec is None else (self._spec.low, self._spec.high)
        self.lines.see(QRectF(first, low, last - first, high - low), round(self._room.width()))
        self.playhead = self._link.playhead
        self.update()

    def show_playhead(self) -> None:
        """Put the line of the playhead where it is now."""
        self._update_at(self.playhead)
        self.playhead = self._link.playhead
        self._update_at(self.playhead)

    def point(self, frame: float) -> None:
        """Show where the mouse is, in this strip or another; below 0: nowhere."""
        self._update_at(self.pointer)
        self.pointer = frame
        self._update_at(frame)

    @property
    def _room(self) -> QRectF:
        """Where lines are drawn."""
        size = self.size()
        wide, tall = max(2, size.width() - AXIS), max(1, size.height() - 2 * _MARGIN)
        return QRectF(AXIS, _MARGIN, wide, tall)

    def x_of(self, frame: float) -> float:
        """Where a frame begins, px."""
        first, last = self._link.seen
        return AXIS + (frame - first) / max(1e-9, last - first) * self._room.width()

    def frame_at(self, at: QPointF) -> float:
        """The frame under a place of the widget, with its fraction."""
        first, last = self._link.seen
        return first + (at.x() - AXIS) / self._room.width() * (last - first)

    def _update_at(self, frame: float) -> None:
        self.update(math.floor(self.x_of(frame)) - 1, 0, 3, self.height())

    # ---- painting -----------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.theme.color("base"))
        painter.drawPixmap(0, 0, self._axis())
        painter.setClipRect(AXIS, 0, self.width() - AXIS, self.height())
        self.lines.paint(painter, self._room)
        if self.pointer >= 0:
            color = self.theme.color("dim_text")
            self._paint_line(painter, self.pointer, QPen(color, 1, Qt.PenStyle.DotLine))
        self._paint_line(painter, self.playhead, QPen(self.theme.color("playhead"), 1))
        painter.end()

    def _paint_line(self, painter: QPainter, frame: float, pen: QPen) -> None:
        painter.setPen(pen)
        x = round(self.x_of(frame))
        painter.drawLine(x, 0, x, self.height())

    def _axis(self) -> QPixmap:
        """The scale of values; painted anew only where it is another one."""
        ratio, height = self.devicePixelRatioF(), self.height()
        span = (0.0, 1.0) if self._spec is None else (self._spec.low, self._spec.high)
        mark = (span, height, ratio, self.theme.name, self.font().key())
        if mark != self._scaled:
            self._scaled = mark
            self._scale = QPixmap(round(AXIS * ratio), round(height * ratio))
            self._scale.setDevicePixelRatio(ratio)
            self._scale.fill(self.theme.color("base"))
            painter = QPainter(self._scale)
            painter.setFont(self.font())
            self._paint_axis(painter, *span)
            painter.end()
        return self._scale

    def _paint_axis(self, painter: QPainter, low: float, high: float) -> None:
        room, line = self._room, self.fontMetrics().height()
        values, digits = ticks_of(low, high, int(room.height() / (line * _APART)))
        painter.setPen(self.theme.color("border"))
        painter.drawLine(AXIS - 1, 0, AXIS - 1, self.height())
        for value in values:
            y = room.top() + (high - value) / (high - low) * room.height()
            painter.setPen(self.theme.color("border"))
            painter.drawLine(AXIS - 1 - _TICK, round(y), AXIS - 1, round(y))
            top = min(max(round(y - line / 2), 0), self.height() - line)
            painter.setPen(self.theme.color("dim_text"))
            painter.drawText(
                QRect(0, top, AXIS - _TICK - 4, line),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                f"{value:.{digits}f}",
            )

    # ---- the mouse ----------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.look()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._link.wheel(event, self.frame_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.position().x() < AXIS:
            return  # nothing lies there
        frame = self.frame_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton:
            self._link.seek(math.floor(frame))
        elif event.button() == Qt.MouseButton.MiddleButton:
            self._pan = frame
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        frame = self.frame_at(event.position())
        is_beside = event.position().x() < AXIS
        if event.buttons() & Qt.MouseButton.LeftButton and not is_beside:
            self._link.seek(math.floor(frame))
        elif self._pan is not None and event.buttons() & Qt.MouseButton.MiddleButton:
            self._link.scroll(self._pan - frame)
        self.hovered.emit(-1.0 if is_beside else frame)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pan = None
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit(-1.0)


def ticks_of(low: float, high: float, most: int) -> tuple[list[float], int]:
    """About `most` round values, 1, 2 or 5 times a power of ten apart, and their decimals."""
    span, most = high - low, max(1, most)
    if not span > 0:
        return [], 0
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(power * each for each in (1, 2, 5, 10, 20) if span / (power * each) <= most)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [k * step for k in range(first, math.floor(high / step + 1e-9) + 1)], digits
