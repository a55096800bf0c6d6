"""What is painted over the picture: safe areas, wipe line, sentences, the ground of an empty one.

All rectangles are in device pixels on a painter that is scaled to them; `ratio` is device px a
pixel of the widget, so that lines and text keep their size on any screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from latentsync_studio.ui.viewer.placing import ACTION_SAFE, TITLE_SAFE

if TYPE_CHECKING:
    from latentsync_studio.ui.theme.colors import Theme
    from latentsync_studio.ui.viewer.placing import Area

HANDLE = 9.0  # radius of the handle of the wipe line, px
_CHECK = 8  # px of a square of the checker
_MARGIN = 8.0
_DARK, _LIGHT = QColor(0, 0, 0, 175), QColor(255, 255, 255, 220)


def paint_checker(painter: QPainter, rect: QRectF, theme: Theme) -> None:
    """Squares in place of a picture that is missing."""
    tile = QImage(2 * _CHECK, 2 * _CHECK, QImage.Format.Format_RGB32)
    tile.fill(theme.color("track"))
    with QPainter(tile) as inner:
        for at in (0, _CHECK):
            inner.fillRect(at, at, _CHECK, _CHECK, theme.color("raised"))
    painter.save()
    painter.setClipRect(rect)
    painter.fillRect(rect, tile)
    painter.restore()


def paint_safe_areas(painter: QPainter, area: Area, ratio: float) -> None:
    """Frames of 93 % (solid: action) and 90 % (dashed: titles) of the picture."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for share, style in ((ACTION_SAFE, Qt.PenStyle.SolidLine), (TITLE_SAFE, Qt.PenStyle.DashLine)):
        rect = QRectF(*area.inset(share))
        painter.setPen(QPen(_DARK, 3 * ratio))
        painter.drawRect(rect)
        painter.setPen(QPen(_LIGHT, ratio, style))
        painter.drawRect(rect)


def paint_wipe_line(painter: QPainter, area: Area, x: float, ratio: float) -> None:
    """The line at device px `x`, with a handle to drag it by."""
    y = area.y + area.height / 2
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for color, line in ((_DARK, 3.0), (QColor("white"), 1.0)):
        painter.setPen(QPen(color, line * ratio))
        painter.drawLine(QPointF(x, area.y), QPointF(x, area.y + area.height))
    painter.setBrush(_DARK)
    painter.setPen(QPen(QColor("white"), 1.5 * ratio))
    radius = HANDLE * ratio
    painter.drawEllipse(QPointF(x, y), radius, radius)
    reach = radius * 0.55
    for side in (-1, 1):
        tip = QPointF(x + side * reach, y)
        for up in (-1, 1):
            painter.drawLine(tip, QPointF(x + side * reach * 0.4, y + up * reach * 0.5))
    painter.restore()


def paint_side_names(
    painter: QPainter, visible: Area, x: float, ratio: float, names: tuple[str, str]
) -> None:
    """What is left and right of the wipe line at the bottom of what is seen of the picture."""
    bottom = visible.y + visible.height - _MARGIN * ratio
    left, right = visible.x, visible.x + visible.width
    for text, is_left in zip(names, (True, False), strict=True):
        size = painter.fontMetrics().size(0, text)
        box = QRectF(0, 0, (size.width() + 12) * ratio, (size.height() + 4) * ratio)
        if (x - left if is_left else right - x) < box.width() + 2 * _MARGIN * ratio:
            continue
        box.moveBottom(bottom)
        box.moveLeft(x - _MARGIN * ratio - box.width() if is_left else x + _MARGIN * ratio)
        _paint_text(painter, box, text, ratio)


def paint_focus(painter: QPainter, canvas: tuple[int, int], theme: Theme, ratio: float) -> None:
    """A line around the canvas that has the focus."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.color("accent"), ratio))
    half = ratio / 2
    painter.drawRect(QRectF(half, half, canvas[0] - ratio, canvas[1] - ratio))


def paint_note(painter: QPainter, canvas: tuple[int, int], text: str, ratio: float) -> None:
    """A sentence in the middle of the canvas."""
    room = max(int(canvas[0] / ratio) - 60, 60)
    wrap = Qt.TextFlag.TextWordWrap.value
    bounds = painter.fontMetrics().boundingRect(0, 0, room, 10_000, wrap, text)
    box = QRectF(0, 0, (bounds.width() + 28) * ratio, (bounds.height() + 14) * ratio)
    box.moveCenter(QPointF(canvas[0] / 2, canvas[1] / 2))
    _paint_text(painter, box, text, ratio)


def _paint_text(painter: QPainter, box: QRectF, text: str, ratio: float) -> None:
    """White on dark, readable on any picture."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 190))
    painter.drawRoundedRect(box, 4 * ratio, 4 * ratio)
    painter.scale(ratio, ratio)
    inner = QRectF(box.x() / ratio, box.y() / ratio, box.width() / ratio, box.height() / ratio)
    painter.setPen(QColor("white"))
    painter.drawText(
        inner, Qt.AlignmentFlag.AlignCenter.value | Qt.TextFlag.TextWordWrap.value, text
    )
    painter.restore()
