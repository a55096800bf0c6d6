"""One graph along the time; the only modules that import pyqtgraph are those of such graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal

from latentsync_studio.ui.scopes.drawn_lines import DrawnLines

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QResizeEvent, QWheelEvent
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.ui.scopes.lines import StripSpec
    from latentsync_studio.ui.scopes.time_link import TimeLink
    from latentsync_studio.ui.theme.colors import Theme

AXIS = 44  # px of the scale of values
LEAST_HEIGHT = 46


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
        self.lines = DrawnLines()
        self._pan: float | None = None
        self.setCacheMode(pg.GraphicsView.CacheModeFlag.CacheNone)  # it is of one color
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
        for name in ("top", "right", "bottom"):
            self.getAxis(name).unlinkFromView()  # else they are laid out with every move
        self.plotItem.setContentsMargins(0, 2, 0, 2)
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.playhead = pg.InfiniteLine(angle=90)
        self.pointer = pg.InfiniteLine(angle=90)
        self.playhead.setZValue(3)
        self.pointer.setZValue(2)
        self.pointer.hide()
        self.addItem(self.lines, ignoreBounds=True)
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
        self._spec = spec
        self.lines.show_lines(spec.lines, self._theme)
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
        self.lines.see(QRectF(first, low, last - first, high - low), width)
        self.show_playhead()

    def show_playhead(self) -> None:
        """Put the line of the playhead where it is now."""
        self.playhead.setValue(self._link.playhead)

    def point(self, frame: float) -> None:
        """Show where the mouse is, in this strip or another; below 0: nowhere."""
        self.pointer.setVisible(frame >= 0)
        if frame >= 0:
            self.pointer.setValue(frame)

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
