"""Paints the picture: fitted or zoomed, on neutral ground, with safe areas and the wipe line.

Geometry is in device pixels, so that 100 % shows every pixel of the picture as one of the screen,
whatever the scale of the desktop. Wheel zooms at the cursor, middle drag and the hand tool pan, and
so do Ctrl and the arrow keys while the canvas has the focus.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentsync_studio.ui.images import rgb_image
from latentsync_studio.ui.viewer.overlays import (
    paint_checker,
    paint_focus,
    paint_note,
    paint_safe_areas,
    paint_side_names,
    paint_wipe_line,
)
from latentsync_studio.ui.viewer.placing import (
    BLOCKY_FROM,
    FIT,
    WHEEL_STEP,
    Area,
    area_of,
    panned,
    placed_on,
    zoom_of,
    zoomed,
)
from latentsync_studio.ui.viewer.views import Composed

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent, QWheelEvent

    from latentsync_studio.core.arrays import Rgb8
    from latentsync_studio.ui.theme.style import Look

NOTHING = (0, 0)  # size of the picture where there is no sequence
_GRAB = 8.0  # px on each side of the wipe line in which it is grabbed
_BESIDE = 16  # px around the picture in which there may be handles of what is painted over it
_PAN_STEP = 0.1  # of the canvas, by keys
_ARROWS = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
_LEFT, _MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton


class Canvas(QWidget):
    """The picture of the viewer.

    Signals:
        placed(): zoom or place of the picture changed.
        resized(): the canvas has other px.
        wipe_moved(share): the wipe line was dragged to 0..1 of the picture's width.
    """

    placed = Signal()
    resized = Signal()
    wipe_moved = Signal(float)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setAccessibleName(self.tr("Picture"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 90)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.placing = FIT
        self.picture_size = NOTHING  # of the sequence
        self.note = ""  # painted in the middle
        self.is_safe = False
        self.is_hand = False
        self.wipe = 0.5
        # what others paint over the picture, in device px: called with painter, area and ratio
        self.painted_over: list[Callable[[QPainter, Area, float], None]] = []
        self._composed = Composed(None)
        self._images: dict[int, tuple[Rgb8, QImage]] = {}  # scaled, by identity of the array
        self._scaled_to = QSize()
        self._drag: QPointF | None = None
        self._is_wiping = False
        look.changed.connect(self.update)

    # ---- what is shown ------------------------------------------------------------------

    @property
    def canvas_size(self) -> tuple[int, int]:
        """Device px of the widget."""
        ratio = self.devicePixelRatioF()
        return max(round(self.width() * ratio), 1), max(round(self.height() * ratio), 1)

    @property
    def wanted_size(self) -> tuple[int, int]:
        """Device px that a picture needs so that none is made larger: more where it is zoomed."""
        wide, tall = self.canvas_size
        if self.picture_size == NOTHING or self.placing.zoom is None:
            return wide, tall
        area = self.area
        return max(wide, math.ceil(area.width)), max(tall, math.ceil(area.height))

    @property
    def zoom(self) -> float:
        """Device px a picture px."""
        return zoom_of(self.placing, self.canvas_size, self.picture_size)

    @property
    def area(self) -> Area:
        """Where the picture lies, device px."""
        return area_of(self.placing, self.canvas_size, self.picture_size)

    @property
    def composed(self) -> Composed:
        """What is painted."""
        return self._composed

    def show_picture(
        self, composed: Composed, picture_size: tuple[int, int], note: str = ""
    ) -> None:
        """Paint other pixels.

        Args:
            composed: the picture; of any size, it is scaled to that of the sequence.
            picture_size: px of the sequence, (0, 0) for none.
            note: a sentence in the middle, "" for none.
        """
        was, now = self._composed, composed
        is_alike = note == self.note and (was.left is None) is (now.left is None)
        if picture_size != self.picture_size:
            self.picture_size = picture_size
            self.placed.emit()
            is_alike = False
        self._composed, self.note = composed, note
        self._images.clear()
        if is_alike and picture_size != NOTHING:  # the next frame: what lies around it stays
            ratio = self.devicePixelRatioF()
            area = self.area
            rect = QRectF(area.x / ratio, area.y / ratio, area.width / ratio, area.height / ratio)
            self.update(rect.toAlignedRect().adjusted(-_BESIDE, -_BESIDE, _BESIDE, _BESIDE))
        else:
            self.update()

    def show_wipe(self, share: float) -> None:
        """Put the wipe line at 0..1 of the picture's width."""
        self.wipe = min(max(share, 0.0), 1.0)
        self.update()

    def show_safe_areas(self, shown: bool) -> None:
        """Show or hide the frames of 93 % (action) and 90 % (titles)."""
        self.is_safe = shown
        self.update()

    def use_hand(self, hand: bool) -> None:
        """Whether the left button pans."""
        self.is_hand = hand
        self._show_cursor(None)

    def fit(self) -> None:
        """Show the whole picture."""
        self.placing = FIT
        self._on_placed()

    def zoom_to(self, zoom: float, at: QPointF | None = None) -> None:
        """Zoom to device px a picture px; the point `at` (widget px) stays, or the middle."""
        if self.picture_size == NOTHING:
            return
        point = None if at is None else self._device(at)
        self.placing = zoomed(self.placing, zoom, self.canvas_size, self.picture_size, point)
        self._on_placed()

    def show_part(self, part: tuple[float, float, float, float]) -> None:
        """Let a part of the picture (left, top, right, bottom in 0..1) fill the canvas."""
        if self.picture_size != NOTHING:
            self.placing = placed_on(part, self.canvas_size, self.picture_size)
            self._on_placed()

    def pan(self, by: QPointF) -> None:
        """Move the picture by widget px."""
        if self.picture_size == NOTHING:
            return
        self.placing = panned(self.placing, self._device(by), self.canvas_size, self.picture_size)
        self._on_placed()

    def _on_placed(self) -> None:
        self.placed.emit()
        self.update()

    def _device(self, point: QPointF) -> tuple[float, float]:
        ratio = self.devicePixelRatioF()
        return point.x() * ratio, point.y() * ratio

    # ---- painting -----------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        painter.scale(1 / ratio, 1 / ratio)
        width, height = self.canvas_size
        painter.fillRect(0, 0, width + 1, height + 1, self._look.theme.color("surround"))
        area = self.area if self.picture_size != NOTHING else None
        if area is not None:
            self._paint_picture(painter, area)
            for paint in self.painted_over:
                painter.save()
                paint(painter, area, ratio)
                painter.restore()
            if self.is_safe:
                paint_safe_areas(painter, area, ratio)
            if self._composed.left is not None:
                x = self._wipe_x(area)
                paint_wipe_line(painter, area, x, ratio)
                names = (self.tr("Source"), self.tr("Result"))
                paint_side_names(painter, area.within(self.canvas_size), x, ratio, names)
        if self.note:
            paint_note(painter, self.canvas_size, self.note, ratio)
        if self.hasFocus():
            paint_focus(painter, self.canvas_size, self._look.theme, ratio)
        painter.end()

    def _paint_picture(self, painter: QPainter, area: Area) -> None:
        rect = QRectF(*area)
        if self._composed.picture is None:
            if self.note:
                paint_checker(painter, rect, self._look.theme)
            else:
                painter.fillRect(rect, Qt.GlobalColor.black)
            return
        painter.fillRect(rect, Qt.GlobalColor.black)
        self._paint_array(painter, self._composed.picture, rect)
        if self._composed.left is not None:
            painter.save()
            left = QRectF(rect)
            left.setRight(self._wipe_x(area))
            painter.setClipRect(left)
            self._paint_array(painter, self._composed.left, rect)
            painter.restore()

    def _paint_array(self, painter: QPainter, picture: Rgb8, rect: QRectF) -> None:
        """Smooth when smaller or a little larger, squares when much larger."""
        height, width = picture.shape[:2]
        scale = min(rect.width() / width, rect.height() / height)
        target = QRectF(0, 0, width * scale, height * scale)
        target.moveCenter(rect.center())
        if scale < 1:
            size = QSize(max(round(target.width()), 1), max(round(target.height()), 1))
            painter.drawImage(target.topLeft().toPoint(), self._scaled(picture, size))
            return
        blocky = self.zoom >= BLOCKY_FROM
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not blocky and scale > 1)
        painter.drawImage(target, rgb_image(picture))

    def _scaled(self, picture: Rgb8, size: QSize) -> QImage:
        """The picture made smaller with every pixel counted; kept until picture or size change."""
        if size != self._scaled_to:
            self._images.clear()
            self._scaled_to = size
        kept = self._images.get(id(picture))
        if kept is None:
            image = rgb_image(picture).scaled(
                size,
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            kept = self._images[id(picture)] = (picture, image)
        return kept[1]

    def _wipe_x(self, area: Area) -> float:
        return round(area.x + self.wipe * area.width)

    # ---- mouse --------------------------------------------------------------------------

    def _is_on_wipe_line(self, at: QPointF) -> bool:
        if self._composed.left is None:
            return False
        x, y = self._device(at)
        area = self.area
        reach = _GRAB * self.devicePixelRatioF()
        return abs(x - self._wipe_x(area)) <= reach and area.y <= y <= area.y + area.height

    def _show_cursor(self, at: QPointF | None) -> None:
        if self._drag is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._is_wiping or (at is not None and self._is_on_wipe_line(at)):
            self.setCursor(Qt.CursorShape.SplitHCursor)
        elif self.is_hand:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.unsetCursor()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if event.button() == _MIDDLE or (event.button() == _LEFT and self.is_hand):
            self._drag = at
        elif event.button() == _LEFT and self._is_on_wipe_line(at):
            self._is_wiping = True
        else:
            event.ignore()
        self._show_cursor(at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._drag is not None:
            self.pan(at - self._drag)
            self._drag = at
        elif self._is_wiping:
            area = self.area
            self.wipe_moved.emit(min(max((self._device(at)[0] - area.x) / area.width, 0.0), 1.0))
        self._show_cursor(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drag, self._is_wiping = None, False
        self._show_cursor(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit, or 100 % at the point where it is fitted."""
        if event.button() != _LEFT:
            return
        if self.placing.zoom is None:
            self.zoom_to(1.0, event.position())
        else:
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y()
        if turned:
            self.zoom_to(self.zoom * WHEEL_STEP ** (turned / 120), event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Ctrl and arrows are the canvas's own while it has the focus."""
        if event.type() == QEvent.Type.ShortcutOverride:
            key = cast("QKeyEvent", event)
            if key.key() in _ARROWS and key.modifiers() & Qt.KeyboardModifier.ControlModifier:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        way = _ARROWS.get(Qt.Key(event.key()))
        if way is None or not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().keyPressEvent(event)
            return
        self.pan(QPointF(way[0] * self.width() * _PAN_STEP, way[1] * self.height() * _PAN_STEP))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()
        self.placed.emit()
