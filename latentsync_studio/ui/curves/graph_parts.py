"""Parts of the graph: the keys that can be dragged, the ground that is marked, the axis of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from latentsync_studio.core.mask.keyframes import Ease, Key

SIZE = 12  # px of a key
_SYMBOLS: dict[Ease, str] = {"hold": "s", "linear": "d", "ease": "o"}
_LEFT, _MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton


class KeyPoints(pg.ScatterPlotItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Keys: squares hold, diamonds are linear, circles ease; selected ones are filled.

    Signals:
        pressed(frame, adding): a key was pressed; with Shift it is added to the selection.
        dragged(by, rise): the mouse is by frames and values away from where a key was pressed.
        dropped(): the drag ended.
    """

    pressed = Signal(int, bool)
    dragged = Signal(int, float)
    dropped = Signal()

    def __init__(self) -> None:
        super().__init__(size=SIZE, pxMode=True)
        self._colors = ("#ffffff", "#ffffff", "#000000")
        self._keys: tuple[Key, ...] = ()
        self._values: tuple[float, ...] = ()
        self._selected: frozenset[int] = frozenset()
        self._from: QPointF | None = None

    def use_colors(self, accent: str, text: str, ground: str) -> None:
        """Colors of selected keys, of lines, and of the others' inside."""
        self._colors = (accent, text, ground)
        self.show_keys(self._keys, self._values, self._selected)

    def show_keys(
        self, keys: Sequence[Key], values: Sequence[float], selected: frozenset[int]
    ) -> None:
        """Show keys at values as people read them."""
        self._keys, self._values, self._selected = tuple(keys), tuple(values), selected
        accent, text, ground = self._colors
        self.setData(
            [
                {
                    "pos": (key.frame, value),
                    "symbol": _SYMBOLS[key.ease],
                    "pen": pg.mkPen(text, width=2.4 if key.frame in selected else 1.4),
                    "brush": pg.mkBrush(accent if key.frame in selected else ground),
                    "size": SIZE + 2 if key.frame in selected else SIZE,
                    "data": key.frame,
                }
                for key, value in zip(self._keys, self._values, strict=True)
            ]
        )

    def hoverEvent(self, event: Any) -> None:  # noqa: ANN401 - pyqtgraph's own events
        """Keys are grabbed before the playhead that may lie on them."""
        if not event.isExit() and self._frame_at(event.pos()) is not None:
            event.acceptDrags(_LEFT)
            event.acceptClicks(_LEFT)

    def mouseClickEvent(self, event: Any) -> None:  # noqa: ANN401 - as above
        frame = self._frame_at(event.pos())
        if event.button() != _LEFT or frame is None:
            event.ignore()
            return
        event.accept()
        self.pressed.emit(frame, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def mouseDragEvent(self, event: Any) -> None:  # noqa: ANN401 - as above
        if event.button() != _LEFT:
            event.ignore()
            return
        if event.isStart():
            frame = self._frame_at(event.buttonDownPos())
            if frame is None:
                event.ignore()
                return
            self._from = event.buttonDownPos()
            self.pressed.emit(frame, False)
        if self._from is None:
            event.ignore()
            return
        event.accept()
        way = event.pos() - self._from
        self.dragged.emit(round(way.x()), float(way.y()))
        if event.isFinish():
            self._from = None
            self.dropped.emit()

    def _frame_at(self, at: QPointF) -> int | None:
        found = self.pointsAt(at)
        return int(found[0].data()) if len(found) else None


class KeysViewBox(pg.ViewBox):  # type: ignore[misc]  # as above
    """The ground: left drag marks, middle drag pans, the wheel zooms along the time.

    Signals:
        marked(first, last, low, high): frames and values of a rectangle.
        clicked(): on no key.
        added(frame, value): double clicked.
    """

    marked = Signal(float, float, float, float)
    clicked = Signal()
    added = Signal(float, float)

    def __init__(self) -> None:
        super().__init__(enableMenu=False)
        self.setMouseEnabled(x=True, y=False)

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:  # noqa: ANN401
        if event.button() == _LEFT and axis is None:
            event.accept()
            first, last = event.buttonDownPos(_LEFT), event.pos()
            if not event.isFinish():
                self.updateScaleBox(first, last)
                return
            self.rbScaleBox.hide()
            one, other = self.mapToView(first), self.mapToView(last)
            xs, ys = sorted((one.x(), other.x())), sorted((one.y(), other.y()))
            self.marked.emit(xs[0], xs[1], ys[0], ys[1])
            return
        super().mouseDragEvent(event, axis)

    def mouseClickEvent(self, event: Any) -> None:  # noqa: ANN401
        if event.button() != _LEFT:
            event.ignore()
            return
        event.accept()
        if event.double():
            at = self.mapToView(event.pos())
            self.added.emit(at.x(), at.y())
        else:
            self.clicked.emit()


class TimeAxis(pg.AxisItem):  # type: ignore[misc]  # as above
    """Timecodes instead of numbers of frames."""

    def __init__(self, label: Callable[[float], str]) -> None:
        super().__init__("bottom")
        self._label = label
        self.setStyle(hideOverlappingLabels=True)

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Only whole frames have a label."""
        found = super().tickValues(low, high, size)
        return [(step, list(values)) for step, values in found if step >= 1]

    def tickStrings(self, values: Sequence[float], _scale: float, _spacing: float) -> list[str]:
        return [self._label(value) for value in values]
