"""Cursors of the tools, drawn once: brackets that show which end is trimmed, razor, slip, zoom."""

from __future__ import annotations

from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QColor, QCursor, QPainter, QPen, QPixmap

_SIZE = 25
_MIDDLE = 12
Line = tuple[float, float, float, float]
_ARROW_LEFT: tuple[Line, ...] = ((2, 12, 8, 12), (2, 12, 5, 9), (2, 12, 5, 15))
_ARROW_RIGHT: tuple[Line, ...] = tuple((24 - a, b, 24 - c, d) for a, b, c, d in _ARROW_LEFT)
_OPENING: tuple[Line, ...] = ((11, 4, 11, 20), (11, 4, 16, 4), (11, 20, 16, 20))
_CLOSING: tuple[Line, ...] = tuple((24 - a, b, 24 - c, d) for a, b, c, d in _OPENING)
_RIPPLE: tuple[Line, ...] = ((18, 7, 23, 7), (23, 7, 21, 5), (23, 7, 21, 9))
_BOX: tuple[Line, ...] = ((8, 6, 16, 6), (8, 18, 16, 18), (8, 6, 8, 18), (16, 6, 16, 18))
_GLASS: tuple[Line, ...] = (
    (7, 4, 13, 4), (13, 4, 16, 7), (16, 7, 16, 13), (16, 13, 13, 16), (13, 16, 7, 16),
    (7, 16, 4, 13), (4, 13, 4, 7), (4, 7, 7, 4), (15, 15, 22, 22), (7, 10, 13, 10),
)  # fmt: skip
LINES: dict[str, tuple[Line, ...]] = {
    "trim head": (*_OPENING, *_ARROW_LEFT, *_ARROW_RIGHT),
    "trim tail": (*_CLOSING, *_ARROW_LEFT, *_ARROW_RIGHT),
    "ripple head": (*_OPENING, *_ARROW_LEFT, *_RIPPLE),
    "ripple tail": (*_CLOSING, *_ARROW_LEFT, *_RIPPLE),
    "roll": ((10, 4, 10, 20), (14, 4, 14, 20), *_ARROW_LEFT, *_ARROW_RIGHT),
    "slip": (
        *_BOX, (4, 12, 20, 12), (4, 12, 7, 9), (4, 12, 7, 15), (20, 12, 17, 9),
        (20, 12, 17, 15),
    ),
    "slide": (*_BOX, *_ARROW_LEFT, *_ARROW_RIGHT),
    "razor": (
        (12, 3, 12, 21), (9, 3, 15, 3), (9, 21, 15, 21), (12, 12, 17, 9), (17, 9, 17, 15),
        (17, 15, 12, 12),
    ),
    "zoom in": (*_GLASS, (10, 7, 10, 13)),
    "zoom out": _GLASS,
}  # fmt: skip


class Cursors:
    """Cursors by their names in LINES, each drawn once."""

    def __init__(self) -> None:
        self._kept: dict[str, QCursor] = {}

    def of(self, name: str) -> QCursor:
        """A cursor."""
        if name not in self._kept:
            self._kept[name] = _drawn(name)
        return self._kept[name]


def _drawn(name: str) -> QCursor:
    """Light lines with a dark edge, visible on every ground."""
    pixmap = QPixmap(_SIZE, _SIZE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    lines = [QLineF(*line) for line in LINES[name]]
    for color, width in ((QColor("#101010"), 3.6), (QColor("#fafafa"), 1.6)):
        painter.setPen(QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLines(lines)
    painter.end()
    hot = (10, 10) if name.startswith("zoom") else (_MIDDLE, _MIDDLE)
    return QCursor(pixmap, *hot)
