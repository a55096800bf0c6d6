"""The strip below a clip that shows what is synthesized: by color, pattern and sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QRect, Qt
from PySide6.QtGui import QBrush, QPen

if TYPE_CHECKING:
    from PySide6.QtGui import QColor, QPainter

    from latentsync_studio.core.timeline.model import Clip
    from latentsync_studio.services.timeline.spans import Span
    from latentsync_studio.ui.timeline.painting.scene import Palette, Scene

STRIP = 9  # px
_DOTS = 3  # px from one dot to the next: a pen of one px
_SIGNED = 16  # px from which on a span shows its sign
PATTERNS: dict[str, Qt.BrushStyle] = {
    "ready": Qt.BrushStyle.SolidPattern,
    "missing": Qt.BrushStyle.NoBrush,
    "stale": Qt.BrushStyle.BDiagPattern,
    "failed": Qt.BrushStyle.DiagCrossPattern,
    "passed": Qt.BrushStyle.HorPattern,
}
# lines within a box of 7 x 7 px: a tick, a dash, a turn, a cross, an arrow
SIGNS: dict[str, tuple[tuple[float, float, float, float], ...]] = {
    "ready": ((1, 4, 3, 6), (3, 6, 6, 1)),
    "missing": ((1, 3.5, 6, 3.5),),
    "stale": ((3.5, 0.5, 3.5, 4), (3.5, 5.8, 3.5, 6.6)),
    "failed": ((1, 1, 6, 6), (1, 6, 6, 1)),
    "passed": ((0.5, 3.5, 6, 3.5), (4, 1.5, 6, 3.5), (4, 5.5, 6, 3.5)),
}


def paint_spans(painter: QPainter, scene: Scene, clip: Clip, box: QRect) -> None:
    """Draw the strip at the lower edge of a clip that lies in `box`, where spans are known."""
    spans = scene.spans(clip.id)
    if not spans or box.height() < STRIP + 8:
        return
    strip = QRect(box.left(), box.bottom() + 1 - STRIP, box.width(), STRIP)
    painter.fillRect(strip, scene.palette.brushes["base"])
    view = scene.view
    for span in spans:
        left = max(view.x_of(span.frames.start), strip.left())
        right = min(view.x_of(span.frames.stop), strip.right() + 1)
        if right <= left or right < 0 or left > view.width:
            continue
        box = QRect(int(left), strip.top() + 1, max(1, int(right) - int(left)), STRIP - 1)
        if span.state == "missing":
            _dotted(
                painter, scene.palette.colors[span.state], box.adjusted(0, 1, -1, -1), view.left
            )
        _span(painter, scene.palette, span, box)


def _dotted(painter: QPainter, color: QColor, box: QRect, scrolled: int) -> None:
    """An outline whose dots move along when the view scrolls."""
    pen = QPen(color, 1, Qt.PenStyle.DotLine)
    pen.setDashOffset((box.left() + scrolled) % _DOTS)
    painter.setPen(pen)
    painter.drawLine(box.left(), box.top(), box.right(), box.top())
    painter.drawLine(box.left(), box.bottom(), box.right(), box.bottom())
    painter.setPen(color)
    painter.drawLine(box.left(), box.top(), box.left(), box.bottom())
    painter.drawLine(box.right(), box.top(), box.right(), box.bottom())


def _span(painter: QPainter, palette: Palette, span: Span, box: QRect) -> None:
    color = palette.colors[span.state]
    if span.state != "missing":
        painter.fillRect(box, QBrush(color, PATTERNS[span.state]))
        painter.fillRect(box.left(), box.top(), box.width(), 2, color)
    if box.width() < _SIGNED:
        return
    x, y = max(box.left(), 0) + 2, box.top() + 0.5
    plate = QRect(int(x) - 2, box.top(), 11, box.height())
    painter.fillRect(plate, palette.brushes["base"])
    pen = QPen(color, 1.6)
    painter.setPen(pen)
    painter.drawLines([QLineF(x + a, y + b, x + c, y + d) for a, b, c, d in SIGNS[span.state]])
