"""Time codes above or below graphs, as on the timeline; a click puts the playhead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QPaintEvent, QWheelEvent

    from latentsync_studio.ui.scopes.time_link import TimeLink
    from latentsync_studio.ui.theme.style import Look

HEIGHT = 20


class TimeRuler(QWidget):
    """Labels of the frames in sight; `left` px at its left belong to the scales of the graphs."""

    def __init__(
        self, link: TimeLink, look: Look, left: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._link, self._look, self._left = link, look, left
        self._right = 0
        self.setAccessibleName(self.tr("Time"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        link.changed.connect(self.update)
        link.playhead_moved.connect(self.update)
        look.changed.connect(self.update)

    def leave_room(self, right: int) -> None:
        """Leave px at the right, where graphs have a scroll bar."""
        if right != self._right:
            self._right = right
            self.update()

    def x_of(self, frame: float) -> float:
        """Where a frame begins, px."""
        first, last = self._link.seen
        return self._left + (frame - first) / max(1e-9, last - first) * self._room

    def frame_at(self, x: float) -> float:
        """The frame at a px, with its fraction."""
        first, last = self._link.seen
        return first + (x - self._left) / self._room * (last - first)

    @property
    def _room(self) -> int:
        return max(1, self.width() - self._left - self._right)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, clock = self._look.theme, self._link.clock
        first, last = self._link.seen
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("ruler"))
        painter.setPen(theme.color("dim_text"))
        metrics = QFontMetrics(self.font())
        scale = self._room / max(1e-9, last - first)
        step = clock.step(scale, metrics.horizontalAdvance("00:00:00:00") + 24)
        painter.setClipRect(self._left, 0, self._room, self.height())
        for tick in clock.ticks(max(0, int(first)), int(last) + 1, step):
            x = round(self.x_of(tick.frame))
            painter.drawLine(x, 0, x, 5)
            place = QRect(x + 4, 0, 200, self.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, tick.text)
        painter.setPen(theme.color("playhead"))
        x = round(self.x_of(self._link.playhead))
        painter.drawLine(x, 0, x, self.height())
        painter.end()

    def seek(self, x: float) -> None:
        """Put the playhead on the frame at a px; what lies left of the graphs is no frame."""
        if x >= self._left:
            self._link.seek(self.frame_at(x))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.seek(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.seek(event.position().x())

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._link.wheel(event, self.frame_at(event.position().x()))

    def sizeHint(self) -> QSize:
        return QSize(200, HEIGHT)
