"""What is over the clips while somebody works: snap line, razor line, marquee, outlines, words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPen

from latentsync_studio.ui.timeline.geometry import RULER

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from latentsync_studio.core.timeline.model import TrackId
    from latentsync_studio.ui.timeline.painting.scene import Scene


def paint_overlay(painter: QPainter, scene: Scene) -> None:
    """Draw the feedback over the tracks."""
    feedback, view, palette = scene.feedback, scene.view, scene.palette
    for ghost in feedback.ghosts:
        row = scene.rows.by_track.get(ghost.track)
        if row is None:
            continue
        top = RULER + row.top - view.top
        box = scene.rect(view.x_of(ghost.start), view.x_of(ghost.stop), top + 1, row.height - 2)
        color = palette.colors["error" if ghost.is_refused else "text"]
        painter.setPen(QPen(color, 1, Qt.PenStyle.DashLine))
        painter.drawRect(box.adjusted(0, 0, -1, -1))
        if ghost.text and box.width() > 30:
            painter.drawText(box.adjusted(5, 2, -4, 0), Qt.AlignmentFlag.AlignTop, ghost.text)
    if feedback.marquee is not None:
        x0, y0, x1, y1 = feedback.marquee
        box = QRect(int(min(x0, x1)), int(min(y0, y1)), int(abs(x1 - x0)), int(abs(y1 - y0)))
        painter.fillRect(box, palette.marquee)
        painter.setPen(palette.pens["accent"])
        painter.drawRect(box)
    if feedback.cut is not None:
        _razor_line(painter, scene, *feedback.cut)
    if feedback.snap is not None:
        x = int(view.x_of(feedback.snap))
        painter.setPen(QPen(palette.colors["snap_line"], 1, Qt.PenStyle.DashLine))
        painter.drawLine(x, RULER, x, view.height)


def _razor_line(painter: QPainter, scene: Scene, frame: int, track: TrackId | None) -> None:
    x = int(scene.view.x_of(frame))
    top, bottom = RULER, scene.view.height
    row = scene.rows.by_track.get(track) if track is not None else None
    if row is not None:
        top = max(RULER, RULER + row.top - scene.view.top)
        bottom = RULER + row.bottom - scene.view.top
    painter.setPen(scene.palette.pens["text"])
    painter.drawLine(x, top, x, bottom)


def paint_words(painter: QPainter, scene: Scene) -> None:
    """Draw the text beside the mouse: how far, how long, or why not."""
    feedback, palette = scene.feedback, scene.palette
    if not feedback.text:
        return
    metrics = scene.texts.metrics
    lines = feedback.text.split("\n")
    width = max(metrics.horizontalAdvance(line) for line in lines) + 16
    height = metrics.height() * len(lines) + 8
    x, y = words_place(feedback.at, (width, height), (scene.view.width, scene.view.height))
    box = QRectF(x, y, width, height)
    painter.fillRect(box, palette.brushes["raised"])
    painter.setPen(palette.pens["error" if feedback.is_refused else "border"])
    painter.drawRect(box)
    painter.setPen(palette.pens["text"])
    for n, line in enumerate(lines):
        painter.drawText(int(x) + 8, int(y) + 4 + metrics.ascent() + n * metrics.height(), line)


def words_place(
    at: tuple[float, float], size: tuple[float, float], room: tuple[int, int]
) -> tuple[float, float]:
    """Upper left corner: right below the mouse, else where it fits into the widget."""
    x = min(at[0] + 14, room[0] - size[0] - 4)
    y = at[1] + 18
    if y + size[1] > room[1] - 2:
        y = at[1] - size[1] - 8
    return max(2.0, x), max(2.0, y)
