"""Real mouse events on the canvas, at places that are named in frames and tracks."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest

from latentsync_studio.ui.timeline.geometry import RULER

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


class Mouse:
    """A mouse over a canvas."""

    def __init__(self, canvas):
        self.canvas = canvas

    def place(self, frame, track, dx=0):
        """The px `dx` beside a frame's start, in the middle of a track or in the ruler."""
        x = round(self.canvas.view.x_of(frame)) + dx
        if track == "ruler":
            return QPoint(x, 8)
        if track == "marks":
            return QPoint(x, RULER - 8)
        row = self.canvas.rows.by_track[track]
        return QPoint(x, RULER + row.top - self.canvas.view.top + row.height // 2)

    def press(self, frame, track, dx=0, keys=NONE, button=LEFT):
        QTest.mousePress(self.canvas.viewport(), button, keys, self.place(frame, track, dx))

    def move(self, frame, track, dx=0, keys=NONE, button=LEFT):
        self.move_to(self.place(frame, track, dx), keys, button)

    def move_to(self, place, keys=NONE, button=LEFT):
        viewport = self.canvas.viewport()
        here = QPointF(place)
        event = QMouseEvent(
            QEvent.Type.MouseMove, here, viewport.mapToGlobal(here), LEFT, button, keys
        )
        QCoreApplication.sendEvent(viewport, event)

    def release(self, frame, track, dx=0, keys=NONE, button=LEFT):
        QTest.mouseRelease(self.canvas.viewport(), button, keys, self.place(frame, track, dx))

    def click(self, frame, track, dx=0, keys=NONE):
        self.press(frame, track, dx, keys)
        self.release(frame, track, dx, keys)

    def drag(self, start, stop, dx=0, keys=NONE):
        """From (frame, track) to (frame, track); the keys are held from the first move on."""
        self.press(*start, dx)
        self.move(*start, dx + 6, keys)
        self.move(*stop, dx, keys)
        self.release(*stop, dx, keys)
