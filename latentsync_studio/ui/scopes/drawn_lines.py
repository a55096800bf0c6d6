"""The lines of a strip, painted at once: an item of a scene each would cost more than its painting.

Lines with room between their values are paths. Others, and filled ones, are bands: bits of one
small picture, a bit a line, whose colors say what lies over what.
"""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QByteArray, QDataStream, QRectF, Qt
from PySide6.QtGui import QImage, QPainterPath, QPen

from latentsync_studio.ui.scopes.lines import Band

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from PySide6.QtGui import QColor, QPainter

    from latentsync_studio.core.arrays import F32, F64
    from latentsync_studio.ui.scopes.lines import Line, Points
    from latentsync_studio.ui.theme.colors import Theme

_DASHES: Final[dict[str, tuple[int, ...]]] = {"solid": (), "dash": (4, 2), "dot": (1, 2)}  # px
_COLUMNS: Final = {"solid": (1, 1), "dash": (6, 9), "dot": (2, 4)}  # px of a band, of how many
_FAINT: Final = 60 / 255  # of what is filled
_OVER: Final = 0.75  # of a band over another one, which is seen through it


class DrawnLines:
    """Lines over frames and values; at most eight, filled ones are two."""

    def __init__(self) -> None:
        self._seen = QRectF()
        self._lines: tuple[Line, ...] = ()
        self._inks: list[QColor] = []
        self._colors: list[int] = []
        self._parts: list[Points | Band] = []
        self._made: tuple[object, ...] = ()
        self._image: QImage | None = None
        self._paths: list[tuple[QPen, QPainterPath]] = []

    def show_lines(self, lines: Sequence[Line], theme: Theme) -> None:
        """Show other lines, or other colors; they are seen with the next `see`."""
        self._lines = tuple(lines)
        self._inks = [theme.color(line.color) for line in lines]
        layers: list[tuple[QColor, float]] = []
        for line, color in zip(lines, self._inks, strict=True):
            layers += [(color, _FAINT), (color, 1.0)] if line.is_filled else [(color, 1.0)]
        self._colors = _colors_of(layers)
        self._parts, self._made = [], ()

    def see(self, seen: QRectF, width: int) -> None:
        """Show frames (x) and values (y) `seen` on `width` px."""
        self._seen = seen
        self._parts = [line.part(seen.left(), seen.right(), width) for line in self._lines]
        self._made = ()

    def paint(self, painter: QPainter, place: QRectF) -> None:
        """Paint what is seen into a place, px."""
        ratio = painter.device().devicePixelRatio()
        mark = (place.getRect(), ratio)
        if mark != self._made:  # the playhead moves over what is as it was
            self._made = mark
            self._image = self._bands(place, ratio)
            self._paths = self._drawn(place, ratio)
        if self._image is not None:
            painter.drawImage(place, self._image)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        times = max(1, round(ratio))  # for a thicker line: a wide pen takes 30 times as long
        for _ in range(times):
            for pen, path in self._paths:
                painter.setPen(pen)
                painter.drawPath(path)
            painter.translate(0, 1 / ratio)
        painter.translate(0, -times / ratio)

    def _drawn(self, place: QRectF, ratio: float) -> list[tuple[QPen, QPainterPath]]:
        wide, tall = place.width() / self._seen.width(), place.height() / self._seen.height()
        found = []
        for line, ink, part in zip(self._lines, self._inks, self._parts, strict=True):
            if not isinstance(part, Band) and len(part.frames):
                x = place.left() + (part.frames - self._seen.left()) * wide
                y = place.top() + (self._seen.bottom() - part.values.astype(np.float64)) * tall
                pen = QPen(ink, 1)
                pen.setCosmetic(True)  # of the screen's own px
                if _DASHES[line.style]:
                    pen.setDashPattern([ratio * px for px in _DASHES[line.style]])
                found.append((pen, path_of(x, y)))
        return found

    def _bands(self, place: QRectF, ratio: float) -> QImage | None:
        """All bands as one picture; None where there are none."""
        columns = max((len(part[0]) for part in self._parts if isinstance(part, Band)), default=0)
        if not columns:
            return None
        rows = max(1, round(place.height() * ratio))
        words = np.zeros((rows + 1, -(-columns // 8)), np.uint64)  # summed up eight px at once
        turns = words.view(np.uint8)  # bits that change from row to row
        scale = rows / self._seen.height()
        bit = 0
        for line, part in zip(self._lines, self._parts, strict=True):
            if isinstance(part, Band):
                upper, lower = (scale * (self._seen.bottom() - x) for x in (part.high, part.low))
                if line.is_filled:
                    _turn(turns, upper, np.where(np.isnan(lower), lower, rows), bit)
                lower += ratio - 1.0  # as thick as with one point a px
                _join(upper, lower)
                drawn, of = _COLUMNS[line.style]
                if drawn < of:
                    lower[np.arange(columns) % of >= drawn] = np.nan
                _turn(turns, upper, lower, bit + line.is_filled)
            bit += 1 + line.is_filled
        np.bitwise_xor.accumulate(words, axis=0, out=words)
        image = QImage(words.data, columns, rows, turns.shape[1], QImage.Format.Format_Indexed8)
        image.setColorTable(self._colors)
        return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def path_of(x: F64, y: F64) -> QPainterPath:
    """Lines from point to point, px; where y is NaN there is a gap.

    As QDataStream has a path: its length, elements of kind (0 moves, 1 draws) and place, the last
    that moves, the rule of filling. A call for every point would take ten times as long.
    """
    known = ~np.isnan(y)
    path = QPainterPath()
    if not known.any():
        return path
    begins = known & ~np.concatenate([[False], known[:-1]])
    points = np.empty(int(known.sum()), [("kind", ">i4"), ("x", ">f8"), ("y", ">f8")])
    points["kind"] = ~begins[known]
    points["x"], points["y"] = x[known], y[known]
    last = int(np.flatnonzero(points["kind"] == 0)[-1])
    head, tail = pack(">i", len(points)), pack(">ii", last, 0)
    stream = QDataStream(QByteArray(head + points.tobytes() + tail))
    stream >> path
    return path


def _join(upper: F32, lower: F32) -> None:
    """Let each column touch the one before."""
    unknown, before = np.isnan(upper[1:]), lower[:-1].copy()
    np.fmax(lower[1:], upper[:-1], out=lower[1:])
    np.fmin(upper[1:], before, out=upper[1:])
    upper[1:][unknown] = np.nan


def _turn(turns: npt.NDArray[np.uint8], upper: F32, lower: F32, bit: int) -> None:
    """Turn a bit at rows upper of each column, and back below rows lower."""
    rows, width = turns.shape
    start = np.fmax(np.fmin(upper, rows - 1), 0).astype(np.intp)
    stop = np.fmin(np.fmax(lower, -1), rows - 2).astype(np.intp) + 1
    np.maximum(stop, start, out=stop)
    flat, at = turns.reshape(-1), np.arange(len(upper))
    flat[start * width + at] ^= np.uint8(1 << bit)
    flat[stop * width + at] ^= np.uint8(1 << bit)


def _colors_of(layers: Sequence[tuple[QColor, float]]) -> list[int]:
    """ARGB of every combination of layers, the last one uppermost."""
    found = []
    for combination in range(1 << len(layers)):
        shown, cover = np.zeros(3), 0.0
        for bit, (color, opacity) in enumerate(layers):
            if combination >> bit & 1:
                share = _OVER if opacity == 1.0 and cover > _FAINT else opacity
                ink = np.array([color.red(), color.green(), color.blue()], float)
                cover_now = share + cover * (1 - share)
                shown = (ink * share + shown * cover * (1 - share)) / cover_now
                cover = cover_now
        red, green, blue = (round(float(value)) for value in shown)
        found.append(round(cover * 255) << 24 | red << 16 | green << 8 | blue)
    return found
