"""The mask over the picture: a tint, black and white, or the picture cut out; by one table.

Each value of the mask has one color. What changes is looked up again only where it changed, in an
image of the picture's size that Qt scales when it paints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.picture import Box
    from latentsync_studio.ui.masks.mask_state import MaskView

    U8 = npt.NDArray[np.uint8]

_OUTLINE_LEVEL = 128
MINUS = 4.0  # px of the widget: half of the sign in the middle of a brush that erases


def color_table(view: MaskView, color: str, shade: float, ground: str) -> npt.NDArray[np.uint32]:
    """(256,) premultiplied ARGB of each value of the mask.

    Args:
        view: overlay tints what is masked, alpha shows the mask alone, cut-out covers the rest.
        color: "#rrggbb" of the tint.
        shade: 0..1, opacity of the tint.
        ground: "#rrggbb" that covers what is cut away.
    """
    value = np.arange(256, dtype=np.float64) / 255
    if view == "alpha":
        return _argb(np.ones(256), np.repeat(value[:, None], 3, axis=1))
    if view == "cutout":
        return _argb(1 - value, np.tile(_rgb(ground), (256, 1)))
    if view == "overlay":
        return _argb(value * shade, np.tile(_rgb(color), (256, 1)))
    return np.zeros(256, np.uint32)


class Overlay:
    """An image of the mask."""

    def __init__(self) -> None:
        self._pixels = np.zeros((1, 1), np.uint32)
        self._image: QImage | None = None
        self._table = np.zeros(256, np.uint32)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to paint."""
        return self._image is None

    def use_table(self, table: npt.NDArray[np.uint32]) -> None:
        """Take other colors; call `show` then."""
        self._table = table

    def show(self, mask: U8 | None) -> None:
        """Show a mask of (H, W) u8, or none."""
        if mask is None:
            self._image = None
            self._pixels = np.zeros((1, 1), np.uint32)
            return
        if self._pixels.shape != mask.shape or self._image is None:
            self._pixels = np.empty(mask.shape, np.uint32)
            height, width = mask.shape
            self._image = QImage(
                self._pixels.data,
                width,
                height,
                4 * width,
                QImage.Format.Format_ARGB32_Premultiplied,
            )
        np.take(self._table, mask, out=self._pixels, mode="clip")

    def update(self, mask: U8, box: Box) -> None:
        """Look up again what changed."""
        place = np.s_[box.y0 : box.y1, box.x0 : box.x1]
        self._pixels[place] = self._table[mask[place]]

    def paint(self, painter: QPainter, target: QRectF) -> None:
        """Paint it over the picture that lies in `target`; clipped, only that part costs."""
        if self._image is None:
            return
        painter.setRenderHint(
            QPainter.RenderHint.SmoothPixmapTransform, target.width() < 4 * self._image.width()
        )
        painter.drawImage(target, self._image)


def outline_path(mask: U8, target: QRectF) -> QPainterPath:
    """The edge of a mask (where it passes one half) along its pixels, placed into `target`."""
    path = QPainterPath()
    height, width = mask.shape
    inside = np.zeros((height + 2, width + 2), np.bool_)
    inside[1:-1, 1:-1] = mask >= _OUTLINE_LEVEL
    sx, sy = target.width() / width, target.height() / height
    for y, x0, x1 in _runs(inside[1:] != inside[:-1]):
        _line(path, target, (x0 - 1) * sx, y * sy, (x1 - 1) * sx, y * sy)
    for x, y0, y1 in _runs((inside[:, 1:] != inside[:, :-1]).T):
        _line(path, target, x * sx, (y0 - 1) * sy, x * sx, (y1 - 1) * sy)
    return path


def paint_outline(painter: QPainter, path: QPainterPath, *, is_before: bool, ratio: float) -> None:
    """The shape before (dashed) or after (dotted), readable on any picture."""
    style = Qt.PenStyle.DashLine if is_before else Qt.PenStyle.DotLine
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(0, 0, 0, 200), 3 * ratio))
    painter.drawPath(path)
    color = QColor("#7fd4ff") if is_before else QColor("#ffd166")
    painter.setPen(QPen(color, 1.4 * ratio, style))
    painter.drawPath(path)


def paint_ring(
    painter: QPainter, at: QPointF, radius: float, ratio: float, *, erases: bool
) -> None:
    """The brush around the mouse, readable on any picture; a minus within it takes away."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    half = QPointF(MINUS * ratio, 0.0)
    for color, line in ((QColor(0, 0, 0, 190), 3.0), (QColor("white"), 1.2)):
        painter.setPen(QPen(color, line * ratio))
        painter.drawEllipse(at, radius, radius)
        if erases:
            painter.drawLine(at - half, at + half)


def paint_shape(painter: QPainter, points: list[QPointF], ratio: float, *, closed: bool) -> None:
    """The line of a lasso or polygon that is being drawn."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, line in ((QColor(0, 0, 0, 190), 3.0), (QColor("white"), 1.2)):
        painter.setPen(QPen(color, line * ratio))
        if closed:
            painter.drawPolygon(points)
        else:
            painter.drawPolyline(points)


def _runs(edges: npt.NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """(row, from, to) of the runs of True."""
    rows, width = edges.shape
    wide = np.zeros((rows, width + 2), np.int8)
    wide[:, 1:-1] = edges
    steps = np.diff(wide, axis=1)
    begins, ends = np.argwhere(steps == 1), np.argwhere(steps == -1)
    return [
        (int(row), int(begin), int(end))
        for (row, begin), end in zip(begins, ends[:, 1], strict=True)
    ]


def _line(path: QPainterPath, target: QRectF, x0: float, y0: float, x1: float, y1: float) -> None:
    path.moveTo(target.x() + x0, target.y() + y0)
    path.lineTo(target.x() + x1, target.y() + y1)


def _rgb(color: str) -> npt.NDArray[np.float64]:
    return np.array([int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)])


def _argb(alpha: npt.NDArray[np.float64], rgb: npt.NDArray[np.float64]) -> npt.NDArray[np.uint32]:
    parts = np.rint(np.column_stack([alpha, rgb * alpha[:, None]]) * 255).astype(np.uint32)
    table: npt.NDArray[np.uint32] = (
        (parts[:, 0] << 24) | (parts[:, 1] << 16) | (parts[:, 2] << 8) | parts[:, 3]
    )
    return table
