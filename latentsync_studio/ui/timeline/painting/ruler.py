"""The ruler: time code, markers, work area; and the playhead through everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLine, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from latentsync_studio.ui.timeline.geometry import MARKS, RULER

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.model import Marker
    from latentsync_studio.ui.timeline.painting.scene import Scene

HEAD = 6  # px at each side of the playhead's line
MARKER_COLORS = {
    "green": "#3fa45f",
    "red": "#d6524d",
    "orange": "#d98a2b",
    "yellow": "#c9b13a",
    "blue": "#4a8ed0",
    "purple": "#9a6bc4",
    "white": "#d8d8d8",
}
_MINOR = 4
_LABEL = 400  # px of room for a time code


def paint_ruler(painter: QPainter, scene: Scene, dirty: QRect) -> None:
    """Draw the ruler where `dirty` touches it."""
    if dirty.top() >= RULER:
        return
    palette, view = scene.palette, scene.view
    painter.fillRect(QRect(dirty.left(), 0, dirty.width(), RULER), palette.brushes["ruler"])
    _work_area(painter, scene)
    metrics = scene.texts.metrics
    room = metrics.horizontalAdvance(scene.clock.label(0)) + 22
    step = scene.clock.step(view.scale, room)
    first, last = view.frames(dirty.left() - room, dirty.right() + 2)
    floor = RULER - MARKS
    painter.setPen(palette.pens["dim_text"])
    parts = _MINOR + 1 if step > _MINOR else step
    between = [round(part * step * view.scale / parts) for part in range(1, parts)]
    lines: list[QLine] = []
    for tick in scene.clock.ticks(first, last + 1, step):
        x = int(view.x_of(tick.frame))
        lines.append(QLine(x, floor - 9, x, floor - 1))
        lines += [QLine(x + minor, floor - 4, x + minor, floor - 1) for minor in between]
        label = scene.texts.of(tick.text, _LABEL)
        if label is not None:
            painter.drawStaticText(x + 4, floor - metrics.height() - 4, label)
    painter.drawLines(lines)
    painter.setPen(palette.pens["border"])
    painter.drawLine(dirty.left(), floor, dirty.right(), floor)
    painter.drawLine(dirty.left(), RULER - 1, dirty.right(), RULER - 1)
    for marker in scene.sequence.markers:
        _marker(painter, scene, marker)


def _work_area(painter: QPainter, scene: Scene) -> None:
    area = scene.sequence.work_area
    if area is None:
        return
    palette, view = scene.palette, scene.view
    box = scene.rect(view.x_of(area.start), view.x_of(area.stop), RULER - 7, 6)
    painter.fillRect(box, palette.brushes["work_area"])
    for x, inward in ((box.left(), 4), (box.right(), -4)):
        painter.setPen(palette.pens["text"])
        painter.drawLine(x, RULER - MARKS + 2, x, RULER - 2)
        painter.drawLine(x, RULER - MARKS + 2, x + inward, RULER - MARKS + 2)
        painter.drawLine(x, RULER - 2, x + inward, RULER - 2)


def _marker(painter: QPainter, scene: Scene, marker: Marker) -> None:
    view = scene.view
    x, right = view.x_of(marker.frames.start), view.x_of(marker.frames.stop)
    if right < -200 or x > view.width + 8:
        return
    color = QColor(MARKER_COLORS.get(marker.color, MARKER_COLORS["green"]))
    top = RULER - MARKS + 2
    if len(marker.frames) > 1:
        painter.fillRect(QRectF(x, top + 2, right - x, 7), color)
    shape = QPolygonF(
        [QPointF(x + a, top + b) for a, b in ((-5, 0), (5, 0), (5, 6), (0, 12), (-5, 6))]
    )
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(scene.palette.pens["text"])
    painter.setBrush(color)
    painter.drawPolygon(shape)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def paint_playhead(painter: QPainter, scene: Scene, dirty: QRect) -> None:
    """Draw the playhead's line, and its head on the ruler."""
    view, palette = scene.view, scene.palette
    x = int(view.x_of(scene.playhead))
    if not dirty.left() - HEAD - 1 <= x <= dirty.right() + HEAD + 1:
        return
    painter.fillRect(x, RULER - MARKS, 1, view.height, palette.brushes["playhead"])
    if view.scale >= 8:  # one frame lasts longer than the line is wide: show how long
        shade = QColor(palette.colors["playhead"])
        shade.setAlpha(60)
        painter.fillRect(QRectF(x, RULER - 5, view.scale, 4), shade)
    if dirty.top() < RULER:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.brushes["playhead"])
        top = RULER - MARKS - 9
        corners = ((-HEAD, 0), (HEAD, 0), (HEAD, 6), (0, 13), (-HEAD, 6))
        painter.drawPolygon(QPolygonF([QPointF(x + 0.5 + a, top + b) for a, b in corners]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
