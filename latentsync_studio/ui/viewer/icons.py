"""Signs on the transport's buttons, drawn in the theme's colors at any scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QColor

    from latentsync_studio.ui.theme.colors import Theme

SIZE = 16  # px
_RATIOS = (1, 2, 3)


def icon(name: str, theme: Theme) -> QIcon:
    """One of `SIGNS`, in the text color; dimmer where it is disabled."""
    made = QIcon()
    for mode, color in ((QIcon.Mode.Normal, "text"), (QIcon.Mode.Disabled, "disabled_text")):
        for ratio in _RATIOS:
            made.addPixmap(_pixmap(SIGNS[name], theme.color(color), ratio), mode)
    return made


def _pixmap(draw: Callable[[QPainter], None], color: QColor, ratio: int) -> QPixmap:
    pixmap = QPixmap(SIZE * ratio, SIZE * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color, 1.6, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(color)
        draw(painter)
    return pixmap


def _triangle(painter: QPainter, left: float, right: float) -> None:
    """Pointing from `left` to `right`."""
    points = [QPointF(left, 3.5), QPointF(right, 8), QPointF(left, 12.5)]
    painter.drawPolygon(QPolygonF(points))


def _bar(painter: QPainter, x: float) -> None:
    painter.drawLine(QPointF(x, 3.2), QPointF(x, 12.8))


def _play(painter: QPainter) -> None:
    _triangle(painter, 4, 12.5)


def _pause(painter: QPainter) -> None:
    for x in (4.0, 9.5):
        painter.drawRect(QRectF(x, 3.5, 2.5, 9))


def _first(painter: QPainter) -> None:
    _bar(painter, 3)
    _triangle(painter, 12.5, 5)


def _last(painter: QPainter) -> None:
    _bar(painter, 13)
    _triangle(painter, 3.5, 11)


def _previous(painter: QPainter) -> None:
    _bar(painter, 12)
    _triangle(painter, 9.5, 3.5)


def _next(painter: QPainter) -> None:
    _bar(painter, 4)
    _triangle(painter, 6.5, 12.5)


def _loop(painter: QPainter) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    path = QPainterPath(QPointF(4.2, 11.8))
    path.arcTo(QRectF(2.2, 4.2, 7.6, 7.6), 240, -150)
    path.lineTo(10.5, 4.2)
    painter.drawPath(path)
    painter.drawPolyline(QPolygonF([QPointF(8.6, 1.8), QPointF(11, 4.2), QPointF(8.6, 6.6)]))
    back = QPainterPath(QPointF(11.8, 4.2))
    back.arcTo(QRectF(6.2, 4.2, 7.6, 7.6), 60, -150)
    back.lineTo(5.5, 11.8)
    painter.drawPath(back)
    painter.drawPolyline(QPolygonF([QPointF(7.4, 9.4), QPointF(5, 11.8), QPointF(7.4, 14.2)]))


def _speaker(painter: QPainter) -> None:
    points = [(2, 6), (4.5, 6), (8, 3), (8, 13), (4.5, 10), (2, 10)]
    painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in points]))


def _sound(painter: QPainter) -> None:
    _speaker(painter)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(QRectF(6.5, 5, 5, 6), -55 * 16, 110 * 16)
    painter.drawArc(QRectF(6.5, 3, 8, 10), -55 * 16, 110 * 16)


def _muted(painter: QPainter) -> None:
    _speaker(painter)
    painter.drawLine(QPointF(10.8, 6), QPointF(14.4, 10))
    painter.drawLine(QPointF(10.8, 10), QPointF(14.4, 6))


SIGNS: dict[str, Callable[[QPainter], None]] = {
    "play": _play,
    "pause": _pause,
    "first": _first,
    "last": _last,
    "previous": _previous,
    "next": _next,
    "loop": _loop,
    "sound": _sound,
    "muted": _muted,
}
