"""What stands before the names in the bin: a picture, or a wave for sound; all of one size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QIcon, QPainter, QPen, QPixmap

if TYPE_CHECKING:
    from PySide6.QtGui import QColor, QImage

    from latentsync_studio.ui.theme.colors import Theme

_RATIO = 2  # device px a px: sharp on fine screens too
_WAVE = (0.12, 0.3, 0.62, 0.4, 0.9, 0.55, 0.75, 0.34, 0.5, 0.2)  # of the height


def picture_icon(image: QImage | None, size: QSize, theme: Theme) -> QIcon:
    """A picture of any shape in the middle of `size` px; without one, the ground alone."""
    pixmap = _ground(size, theme.color("surround"))
    if image is not None:
        fitted = QSizeF(image.size()).scaled(QSizeF(size), Qt.AspectRatioMode.KeepAspectRatio)
        box = QRectF(QPointF(), fitted)
        box.moveCenter(QRectF(QPointF(), QSizeF(size)).center())
        with QPainter(pixmap) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(box, image)
    return QIcon(pixmap)


def sound_icon(size: QSize, theme: Theme) -> QIcon:
    """Bars of a wave on the color of clips of sound."""
    pixmap = _ground(size, theme.color("audio_clip"))
    step, middle = size.width() / (len(_WAVE) + 1), size.height() / 2
    lines = [
        QLineF(x * step, middle - tall * middle * 0.8, x * step, middle + tall * middle * 0.8)
        for x, tall in enumerate(_WAVE, 1)
    ]
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("on_clip"), 1.6, c=Qt.PenCapStyle.RoundCap))
        painter.drawLines(lines)
    return QIcon(pixmap)


def _ground(size: QSize, color: QColor) -> QPixmap:
    pixmap = QPixmap(size * _RATIO)
    pixmap.setDevicePixelRatio(_RATIO)
    pixmap.fill(color)
    return pixmap
