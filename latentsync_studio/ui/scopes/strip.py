"""One graph along the time; the only modules that import pyqtgraph are those of such graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent, QWheelEvent
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.ui.scopes.lines import Line, StripSpec
    from latentsync_studio.ui.scopes.time_link import TimeLink
    from latentsync_studio.ui.theme.colors import Theme

AXIS = 44  # px of the scale of values
LEAST_HEIGHT = 46
_STYLES = {
    "solid": Qt.PenStyle.SolidLine,
    "dash": Qt.PenStyle.DashLine,
    "dot": Qt.PenStyle.DotLine,
}


class _Curve(pg.PlotCurveItem):  # type: ignore[misc]  # pyqtgraph has no types
    """A curve that is as large as what is in sight: its own bounds take long to find each time."""

    def __init__(self) -> None:
        self._seen = QRectF()
        super().__init__(antialias=False)

    def see(self, rect: QRectF) -> None:
        """Another part of the axes is in sight."""
        if rect != self._seen:
            self.prepareGeometryChange()
            self._seen = rect

    def boundingRect(self) -> QRectF:
        return self._seen


class Strip(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """Lines of one measure over the frames that the timeline shows.

    Left drag puts the playhead, middle drag and wheel scroll, Ctrl+wheel zooms: the timeline's own.

    Signals:
        hovered(frame): the mouse is over it; -1: it left.
    """

    hovered = Signal(float)

    def __init__(self, link: TimeLink, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, enableMenu=False)
        self._link = link
        self._spec: StripSpec | None = None
        self._curves: list[tuple[Line, Any]] = []
        self._pan: float | None = None
        box = self.getViewBox()
        box.setMouseEnabled(x=False, y=False)
        box.disableAutoRange()
        box.setDefaultPadding(0)
        self.hideButtons()
        self.hideAxis("bottom")
        left = self.getAxis("left")
        left.setWidth(AXIS)
        left.setStyle(tickLength=-4, maxTickLevel=0)
        left.enableAutoSIPrefix(False)
        self.getAxis("bottom").unlinkFromView()  # else it is laid out with every move
        self.plotItem.setContentsMargins(0, 2, 0, 2)
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.playhead = pg.InfiniteLine(angle=90)
        self.pointer = pg.InfiniteLine(angle=90)
        self.playhead.setZValue(3)
        self.pointer.setZValue(2)
        self.pointer.hide()
        self.addItem(self.playhead, ignoreBounds=True)
        self.addItem(self.pointer, ignoreBounds=True)
        self.use_theme(theme)

    def use_theme(self, theme: Theme) -> None:
        """Take the colors of a theme."""
        self._theme = theme
        self.setBackground(theme.base)
        axis = self.getAxis("left")
        axis.setPen(theme.border)
        axis.setTextPen(theme.dim_text)
        self.playhead.setPen(pg.mkPen(theme.playhead, width=1))
        self.pointer.setPen(pg.mkPen(theme.dim_text, width=1, style=Qt.PenStyle.DotLine))
        if self._spec is not None:
            self.show_spec(self._spec)

    def show_spec(self, spec: StripSpec) -> None:
        """Show other lines."""
        for _, curve in self._curves:
            self.removeItem(curve)
        self._spec = spec
        self._curves = [(line, self._curve(line, spec)) for line in spec.lines]
        for _, curve in self._curves:
            self.addItem(curve, ignoreBounds=True)
        self.setAccessibleName(spec.title)
        self.setAccessibleDescription(spec.tip)
        self.getViewBox().setYRange(spec.low, spec.high, padding=0)
        self.look()

    def look(self) -> None:
        """Show the frames that are in sight now."""
        first, last = self._link.seen
        box = self.getViewBox()
        box.setXRange(first, last, padding=0)
        width = max(2, self.width() - AXIS)
        low, high = (0.0, 1.0) if self._spec is None else (self._spec.low, self._spec.high)
        rect = QRectF(first, low, last - first, high - low)
        for line, curve in self._curves:
            found = line.points(first, last, width)
            style = _STYLES["solid" if found.is_dense else line.style]
            if curve.opts["pen"].style() != style:
                curve.setPen(pg.mkPen(self._theme.color(line.color), width=1, style=style))
            curve.see(rect)
            curve.setData(found.frames, found.values, connect="finite", skipFiniteCheck=False)
        self.show_playhead()

    def show_playhead(self) -> None:
        """Put the line of the playhead where it is now."""
        self.playhead.setValue(self._link.playhead)

    def point(self, frame: float) -> None:
        """Show where the mouse is, in this strip or another; below 0: nowhere."""
        self.pointer.setVisible(frame >= 0)
        if frame >= 0:
            self.pointer.setValue(frame)

    def _curve(self, line: Line, spec: StripSpec) -> Any:  # noqa: ANN401 - an item of pyqtgraph
        color = self._theme.color(line.color)
        curve = _Curve()
        curve.setPen(pg.mkPen(color, width=1, style=_STYLES[line.style]))
        if line.is_filled:
            faint = QColor(color)
            faint.setAlpha(60)
            curve.setBrush(faint)
            curve.setFillLevel(spec.low)
        return curve

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if getattr(self, "_spec", None) is not None:  # a graph is resized before it is made
            self.look()

    # ---- the mouse ----------------------------------------------------------------------

    def frame_at(self, at: QPointF) -> float:
        """The frame under a place of the widget, with its fraction."""
        scene = self.mapToScene(at.toPoint())
        return float(self.getViewBox().mapSceneToView(scene).x())

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._link.wheel(event, self.frame_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        frame = self.frame_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton:
            self._link.seek(np.floor(frame))
        elif event.button() == Qt.MouseButton.MiddleButton:
            self._pan = frame
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        frame = self.frame_at(event.position())
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._link.seek(np.floor(frame))
        elif self._pan is not None and event.buttons() & Qt.MouseButton.MiddleButton:
            self._link.scroll(self._pan - frame)
        self.hovered.emit(frame)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pan = None
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit(-1.0)
