"""Painting in the viewer: takes the mouse and the pen from the canvas, paints the mask over it.

It filters the events of the canvas while a mask tool is in hand; what it does not need (zooming,
panning, the wheel) reaches the canvas as always. Everything here is array arithmetic of the boxes
that a stroke touches: nothing is decoded, composed or stored on this thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QPointingDevice, QTransform

from latentsync_studio.core.mask.strokes import PathPoint
from latentsync_studio.ui.masks.mask_state import STROKES
from latentsync_studio.ui.masks.overlay import (
    MINUS,
    Overlay,
    color_table,
    outline_path,
    paint_outline,
    paint_ring,
    paint_shape,
)
from latentsync_studio.ui.masks.placed import Placed, place
from latentsync_studio.ui.masks.result_mask import ResultMask
from latentsync_studio.ui.viewer.canvas import NOTHING

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPainterPath, QTabletEvent

    from latentsync_studio.core.picture import Box
    from latentsync_studio.ui.masks.controller import MasksController
    from latentsync_studio.ui.masks.gestures import Gesture
    from latentsync_studio.ui.viewer.canvas import Canvas
    from latentsync_studio.ui.viewer.placing import Area
    from latentsync_studio.ui.workbench import Workbench

_LEFT = Qt.MouseButton.LeftButton
_LEAST_WAY = 3.0  # px of the widget between places that a free line goes through
_NEAR = 8.0  # px of the widget around the first corner of a polygon that close it
_ENDS = frozenset((Qt.Key.Key_Return, Qt.Key.Key_Enter))
_MOUSE = frozenset(
    (
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.MouseButtonRelease,
        QEvent.Type.MouseButtonDblClick,
    )
)
_PEN = frozenset((QEvent.Type.TabletPress, QEvent.Type.TabletMove, QEvent.Type.TabletRelease))


class MaskStage(QObject):
    """Masks on the viewer's canvas."""

    def __init__(self, workbench: Workbench, masks: MasksController, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._workbench, self._masks, self._canvas = workbench, masks, canvas
        self._state = masks.state
        self.overlay = Overlay()
        self.result = ResultMask(workbench, masks, self)
        self.gesture: Gesture | None = None
        self._takes_away = False
        self._mouse: QPointF | None = None  # where the brush is
        self._outlines: list[tuple[QPainterPath, bool]] = []
        canvas.painted_over.append(self._paint)
        canvas.installEventFilter(self)
        masks.seen_changed.connect(self._show_seen)
        self.result.changed.connect(self._show_result)
        self._state.changed.connect(self._show_all)
        self._state.tool_changed.connect(self._on_tool)
        workbench.look.changed.connect(self._show_all)
        self._show_all()
        self._on_tool()

    # ---- where the picture lies ---------------------------------------------------------

    @property
    def placed(self) -> Placed | None:
        """Where the picture of the clip lies on the canvas; None where it is not known."""
        canvas, face = self._canvas, self._masks.focus.face
        if face is None or canvas.picture_size == NOTHING:
            return None
        ratio = canvas.devicePixelRatioF()
        return place(canvas.area, canvas.picture_size, face.size, face.pixel_aspect, ratio)

    # ---- events -------------------------------------------------------------------------

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        taken = False
        if self._state.is_off:
            return taken
        if kind in _PEN:
            taken = self._on_pen(cast("QTabletEvent", event))
        elif kind in _MOUSE:
            taken = self._on_mouse(cast("QMouseEvent", event))
        elif kind == QEvent.Type.ShortcutOverride:
            taken = self._overrides(cast("QKeyEvent", event))
        elif kind == QEvent.Type.KeyPress:
            taken = self._on_key(cast("QKeyEvent", event))
        elif kind == QEvent.Type.Leave:
            self._point(None)
        return taken

    def _on_mouse(self, event: QMouseEvent) -> bool:
        kind, at = event.type(), event.position()
        if event.pointingDevice().pointerType() == QPointingDevice.PointerType.Pen:
            return event.buttons() == _LEFT  # the pen itself told it
        self._point(at)
        if kind == QEvent.Type.MouseMove:
            self._move(at, 1.0)
            return self.gesture is not None
        if event.button() != _LEFT or self._canvas.is_hand:
            return False
        if kind == QEvent.Type.MouseButtonRelease:
            self._release(at, 1.0)
        elif kind == QEvent.Type.MouseButtonDblClick and self.gesture is not None:
            self._step(self.gesture.finish())
        else:
            self._press(at, 1.0, event.modifiers())
        return True

    def _on_pen(self, event: QTabletEvent) -> bool:
        at, pressure, kind = event.position(), event.pressure(), event.type()
        is_eraser = event.pointerType() == QPointingDevice.PointerType.Eraser
        self._point(at)
        if kind == QEvent.Type.TabletPress and event.button() == _LEFT:
            self._press(at, pressure, event.modifiers(), is_eraser=is_eraser)
        elif kind == QEvent.Type.TabletRelease:
            self._release(at, pressure)
        else:
            self._move(at, pressure)
        event.accept()
        return True

    def _overrides(self, event: QKeyEvent) -> bool:
        """No undo and no other tool in the middle of a stroke; Esc is the tool's own."""
        if self.gesture is not None or event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return False

    def _on_key(self, event: QKeyEvent) -> bool:
        key, gesture = Qt.Key(event.key()), self.gesture
        if key == Qt.Key.Key_Escape:
            if not self.cancel():
                self._state.use_tool("off")
            return True
        if gesture is None:
            return False
        if key in _ENDS and gesture.needs_clicks:
            self._step(gesture.finish())
        elif key == Qt.Key.Key_Backspace:
            self._step(gesture.step_back())
        return True

    # ---- strokes ------------------------------------------------------------------------

    def cancel(self) -> bool:
        """Take back the stroke that is being drawn; False where there is none."""
        gesture, self.gesture = self.gesture, None
        if gesture is None:
            return False
        self._masks.draw(False)
        self._repaint(gesture.work.undo_stroke())
        self._canvas.update()
        self._masks.look()
        self.result.restore()
        return True

    def _press(
        self,
        at: QPointF,
        pressure: float,
        keys: Qt.KeyboardModifier,
        *,
        is_eraser: bool = False,
    ) -> None:
        if self.gesture is not None:
            self._advance(self.gesture.press, at, pressure)
            return
        # imported with what draws: OpenCV would make every start slower
        from latentsync_studio.ui.masks.gestures import gesture_of
        from latentsync_studio.ui.masks.seen_picture import seen_picture

        masks, placed, reason = self._masks, self.placed, self._masks.why_not()
        if reason or masks.work is None or placed is None:
            self._workbench.tell(reason)
            return
        erases = is_eraser or bool(keys & Qt.KeyboardModifier.ShiftModifier)
        masks.work.mode = "erase" if self._state.takes_away is not erases else "paint"
        picture = None
        if self._state.tool == "flood":
            picture = seen_picture(self._workbench.playback.pictures.current, placed)
        px = placed.ratio / placed.scale  # of the picture, a px of the widget
        gesture = gesture_of(
            self._state.tool, masks.work, self._state.options, picture, _LEAST_WAY * px
        )
        if gesture is None:
            return
        gesture.near = _NEAR * px
        self.gesture = gesture
        masks.draw(True)
        self.result.forget()
        self.overlay.show(masks.work.shown)
        self._advance(gesture.press, at, pressure)

    def _move(self, at: QPointF, pressure: float) -> None:
        if self.gesture is not None:
            self._advance(self.gesture.move, at, pressure)

    def _release(self, at: QPointF, pressure: float) -> None:
        if self.gesture is not None:
            self._advance(self.gesture.release, at, pressure)

    def _advance(self, step: object, at: QPointF, pressure: float) -> None:
        placed = self.placed
        if placed is not None and callable(step):
            x, y = placed.to_picture(at)
            self._step(step(PathPoint(x, y, pressure)))

    def _step(self, changed: Box | None) -> None:
        """Repaint what a step changed; store the stroke where it ended."""
        gesture = self.gesture
        if gesture is None:
            return
        self._repaint(changed)
        if gesture.line:
            self._canvas.update()
        if not gesture.is_done:
            return
        self.gesture = None
        self._masks.draw(False)
        drawn = gesture.work.finish()
        if drawn is not None:
            self._masks.paint(self._label(drawn.mode == "erase"), drawn)
        else:
            self._masks.look()
            self.result.restore()

    def _label(self, is_erasing: bool) -> str:
        return self.tr("Erase mask") if is_erasing else self.tr("Paint mask")

    # ---- painting -----------------------------------------------------------------------

    def _paint(self, painter: QPainter, _area: Area, ratio: float) -> None:
        placed = self.placed
        if placed is None or self._workbench.session.is_playing:
            return
        if not self._is_shown():
            return
        self.overlay.paint(painter, placed.target)
        if self._outlines:
            into = QTransform()
            into.translate(placed.target.x(), placed.target.y())
            into.scale(placed.scale, placed.target.height() / placed.size[1])
            for path, is_before in self._outlines:
                paint_outline(painter, into.map(path), is_before=is_before, ratio=ratio)
        gesture = self.gesture
        if gesture is not None and gesture.line:
            points = [placed.to_device(x, y) for x, y in gesture.line]
            paint_shape(painter, points, ratio, closed=gesture.closes)
        if self._mouse is not None and self._state.tool in STROKES:
            center = QPointF(self._mouse.x() * ratio, self._mouse.y() * ratio)
            radius = self._state.options.size / 2 * placed.scale
            paint_ring(painter, center, radius, ratio, erases=self._erases())

    def _erases(self) -> bool:
        """Whether the stroke takes away, or the next one would."""
        if self.gesture is not None:
            return self.gesture.work.mode == "erase"
        keys = QGuiApplication.keyboardModifiers()
        return self._state.takes_away is not bool(keys & Qt.KeyboardModifier.ShiftModifier)

    def _is_shown(self) -> bool:
        """The mask is seen while a tool is in hand, or while its panel wants it."""
        return not self._state.is_off or self._masks.is_panel_shown

    def _repaint(self, box: Box | None) -> None:
        placed, work = self.placed, self._masks.work
        if box is None or placed is None or work is None or self.overlay.is_empty:
            return
        self.overlay.update(work.shown, box)
        self._canvas.update(placed.dirty(box))

    def _point(self, at: QPointF | None) -> None:
        """The brush is elsewhere: repaint where it was and where it is."""
        before, self._mouse = self._mouse, at
        placed = self.placed
        if placed is None or self._state.tool not in STROKES:
            return
        reach = max(self._state.options.size / 2 * placed.scale / placed.ratio, MINUS) + 4
        for place_at in (before, at):
            if place_at is not None:
                self._canvas.update(_around(place_at, reach))

    def _show_seen(self) -> None:
        """Another layer, frame or edge."""
        if self.gesture is not None:
            self.cancel()
        work, seen = self._masks.work, self._masks.seen
        mask = seen.covered if seen is not None else work.shown if work is not None else None
        self.overlay.show(mask if self.result.mask is None else self.result.mask)
        whole = QRectF(0, 0, *self._masks.focus.face.size) if self._masks.focus.face else QRectF()
        self._outlines = []
        if seen is not None:
            for shape, is_before in ((seen.before, True), (seen.after, False)):
                if shape is not None:
                    self._outlines.append((outline_path(shape, whole), is_before))
        self._canvas.update()

    def _show_result(self) -> None:
        if self.gesture is None:
            self._show_seen()

    def _show_all(self) -> None:
        """Other colors or another view of the mask."""
        options = self._state.options
        ground = self._workbench.look.theme.surround
        self.overlay.use_table(color_table(options.view, options.color, options.shade, ground))
        if self.gesture is None:
            self._show_seen()
        elif self._masks.work is not None:
            self.overlay.show(self._masks.work.shown)
        self._canvas.update()

    def _on_tool(self) -> None:
        if self._state.is_off:
            self.cancel()
            self._canvas.unsetCursor()
        else:
            self._canvas.setCursor(Qt.CursorShape.CrossCursor)
        self._canvas.update()


def _around(at: QPointF, reach: float) -> QRect:
    return QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach).toAlignedRect()
