"""Icons of the track switches, painted from lines so that they follow theme and scaling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPainterPath, QPen, QPixmap

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from latentsync_studio.ui.theme.colors import Theme

SIZE = 16
_SCALES = (1, 2, 3)


def track_icon(name: str, theme: Theme) -> QIcon:
    """An icon of two states: "sound", "eye", "lock", "fold", "lips"; on = the switch is set."""
    icon = QIcon()
    for state, on in ((QIcon.State.Off, False), (QIcon.State.On, True)):
        color = theme.color("on_accent" if on else "text")
        for scale in _SCALES:
            icon.addPixmap(_drawn(name, color, scale, on=on), QIcon.Mode.Normal, state)
    return icon


def _drawn(name: str, color: QColor, scale: int, *, on: bool) -> QPixmap:
    pixmap = QPixmap(SIZE * scale, SIZE * scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.scale(scale, scale)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(color, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    _DRAWERS[name](painter, on)
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


def _sound(painter: QPainter, on: bool) -> None:
    """A loudspeaker; crossed out when muted."""
    path = QPainterPath(QPointF(2, 6))
    for x, y in ((5, 6), (8.5, 3), (8.5, 13), (5, 10), (2, 10)):
        path.lineTo(x, y)
    path.closeSubpath()
    painter.drawPath(path)
    if on:
        painter.drawLine(QPointF(11, 6), QPointF(14.5, 10))
        painter.drawLine(QPointF(14.5, 6), QPointF(11, 10))
    else:
        painter.drawArc(QRectF(8, 4.5, 6, 7), -60 * 16, 120 * 16)


def _eye(painter: QPainter, on: bool) -> None:
    """An eye; crossed out when the pictures are not seen."""
    path = QPainterPath(QPointF(1.5, 8))
    path.quadTo(8, 1.5, 14.5, 8)
    path.quadTo(8, 14.5, 1.5, 8)
    painter.drawPath(path)
    painter.drawEllipse(QPointF(8, 8), 2, 2)
    if on:
        painter.drawLine(QPointF(2.5, 13.5), QPointF(13.5, 2.5))


def _lock(painter: QPainter, on: bool) -> None:
    """A padlock, closed when locked."""
    painter.drawRect(QRectF(3.5, 7.5, 9, 6.5))
    painter.drawArc(QRectF(5 if on else 8, 2.5, 6, 8), 0, 180 * 16)
    painter.drawLine(QPointF(8, 10), QPointF(8, 11.5))


def _fold(painter: QPainter, on: bool) -> None:
    """An arrow: down when the track is open, to the right when it is folded away."""
    points = ((6, 4), (10, 8), (6, 12)) if on else ((4, 6), (8, 10), (12, 6))
    painter.drawPolyline([QPointF(x, y) for x, y in points])


def _lips(painter: QPainter, _on: bool) -> None:
    """A mouth."""
    path = QPainterPath(QPointF(1.5, 8))
    path.cubicTo(4, 5, 6, 3.5, 8, 5.5)
    path.cubicTo(10, 3.5, 12, 5, 14.5, 8)
    path.quadTo(8, 15.5, 1.5, 8)
    painter.drawPath(path)
    path = QPainterPath(QPointF(3.5, 8))
    path.quadTo(8, 9.5, 12.5, 8)
    painter.drawPath(path)


_DRAWERS = {"sound": _sound, "eye": _eye, "lock": _lock, "fold": _fold, "lips": _lips}
