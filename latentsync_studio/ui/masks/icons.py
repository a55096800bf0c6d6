"""Signs of the mask tools and of the roles of layers, drawn in the theme's colors at any scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QIcon, QLinearGradient, QPainter, QPainterPath, QPen, QPixmap

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QColor

    from latentsync_studio.ui.theme.colors import Theme

SIZE = 18  # px
_RATIOS = (1, 2, 3)


def mask_icon(name: str, theme: Theme) -> QIcon:
    """One of `SIGNS`, in the text color; dimmed where it is disabled, reversed where it is on."""
    made = QIcon()
    for mode, state, color in (
        (QIcon.Mode.Normal, QIcon.State.Off, "text"),
        (QIcon.Mode.Normal, QIcon.State.On, "on_accent"),
        (QIcon.Mode.Disabled, QIcon.State.Off, "disabled_text"),
    ):
        for ratio in _RATIOS:
            made.addPixmap(_pixmap(SIGNS[name], theme.color(color), ratio), mode, state)
    return made


def _pixmap(draw: Callable[[QPainter], None], color: QColor, ratio: int) -> QPixmap:
    pixmap = QPixmap(SIZE * ratio, SIZE * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(color, 1.5, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        draw(painter)
    return pixmap


def _path(points: tuple[tuple[float, float], ...], *, closed: bool = False) -> QPainterPath:
    path = QPainterPath(QPointF(*points[0]))
    for x, y in points[1:]:
        path.lineTo(x, y)
    if closed:
        path.closeSubpath()
    return path


def _off(painter: QPainter) -> None:
    painter.drawPath(_path(((4, 2.5), (4, 14), (7.2, 11.3), (9.3, 16), (11.3, 15.1), (9.2, 10.5),
                            (13.3, 10.2)), closed=True))  # fmt: skip


def _brush(painter: QPainter) -> None:
    painter.drawPath(_path(((15.5, 2.5), (9, 10.5))))
    blob = QPainterPath(QPointF(9, 10.5))
    blob.cubicTo(6, 9.5, 4.5, 12, 4.8, 13.2)
    blob.cubicTo(4.6, 14.6, 3.4, 15.2, 2.5, 15.4)
    blob.cubicTo(6, 16.6, 10.5, 15, 9, 10.5)
    painter.fillPath(blob, painter.pen().color())
    painter.drawPath(blob)


def _eraser(painter: QPainter) -> None:
    painter.drawPath(_path(((10.5, 3), (15.5, 8), (8, 15.5), (3, 10.5)), closed=True))
    painter.drawLine(QPointF(6.6, 6.9), QPointF(11.6, 11.9))
    painter.drawLine(QPointF(8, 15.5), QPointF(15, 15.5))


def _lasso(painter: QPainter) -> None:
    painter.drawEllipse(QRectF(3, 3, 12.5, 7.5))
    tail = QPainterPath(QPointF(5.2, 9.8))
    tail.cubicTo(2.5, 12, 7.5, 12.5, 5.5, 15.8)
    painter.drawPath(tail)


def _polygon(painter: QPainter) -> None:
    points = ((3, 6), (10, 2.8), (15.2, 8), (11.5, 15), (4.5, 13))
    painter.drawPath(_path(points, closed=True))
    for x, y in points:
        painter.fillRect(QRectF(x - 1.5, y - 1.5, 3, 3), painter.pen().color())


def _ellipse(painter: QPainter) -> None:
    painter.drawEllipse(QRectF(2.5, 4.5, 13, 9))


def _gradient(painter: QPainter) -> None:
    fade = QLinearGradient(3, 0, 15, 0)
    solid = painter.pen().color()
    clear = painter.pen().color()
    clear.setAlpha(0)
    fade.setColorAt(0, solid)
    fade.setColorAt(1, clear)
    painter.fillRect(QRectF(3, 4, 12, 10), fade)
    painter.drawRect(QRectF(3, 4, 12, 10))


def _flood(painter: QPainter) -> None:
    painter.drawPath(_path(((8, 2.5), (14.5, 9), (8.5, 15), (2, 8.5)), closed=True))
    painter.drawLine(QPointF(2, 8.5), QPointF(14.5, 9))
    drop = QPainterPath(QPointF(16, 11))
    drop.cubicTo(17.8, 14, 17, 15.6, 16, 15.6)
    drop.cubicTo(15, 15.6, 14.2, 14, 16, 11)
    painter.fillPath(drop, painter.pen().color())


def _protect(painter: QPainter) -> None:
    """A shield."""
    shield = QPainterPath(QPointF(9, 2))
    shield.lineTo(15, 4.2)
    shield.cubicTo(15, 10, 13.5, 13.5, 9, 16)
    shield.cubicTo(4.5, 13.5, 3, 10, 3, 4.2)
    shield.closeSubpath()
    painter.drawPath(shield)


def _include(painter: QPainter) -> None:
    """A pencil's mark in a frame."""
    painter.drawRect(QRectF(3, 3, 12, 12))
    painter.drawLine(QPointF(9, 6), QPointF(9, 12))
    painter.drawLine(QPointF(6, 9), QPointF(12, 9))


def _duplicate(painter: QPainter) -> None:
    painter.drawRect(QRectF(3, 3, 9, 9))
    painter.drawPath(_path(((6, 15), (15, 15), (15, 6))))


def _bin(painter: QPainter) -> None:
    painter.drawLine(QPointF(3, 5), QPointF(15, 5))
    painter.drawLine(QPointF(7, 3), QPointF(11, 3))
    painter.drawPath(_path(((4.5, 5), (5.5, 15.5), (12.5, 15.5), (13.5, 5))))


def _up(painter: QPainter) -> None:
    painter.drawPath(_path(((4, 11), (9, 6), (14, 11))))


def _down(painter: QPainter) -> None:
    painter.drawPath(_path(((4, 7), (9, 12), (14, 7))))


SIGNS: dict[str, Callable[[QPainter], None]] = {
    "off": _off,
    "brush": _brush,
    "eraser": _eraser,
    "lasso": _lasso,
    "polygon": _polygon,
    "ellipse": _ellipse,
    "gradient": _gradient,
    "flood": _flood,
    "protect": _protect,
    "include": _include,
    "duplicate": _duplicate,
    "bin": _bin,
    "up": _up,
    "down": _down,
}
