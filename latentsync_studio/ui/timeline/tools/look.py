"""Tools and drags that only look: hand, zoom, and the playhead on the ruler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from latentsync_studio.ui.timeline.painting.scene import Feedback
from latentsync_studio.ui.timeline.tools.base import Drag, Pointer, Snapper, Tool

if TYPE_CHECKING:
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas

ZOOM_STEP = 1.5
_LEAST = 6  # px that a rectangle must be wide to zoom into it


class PanDrag(Drag):
    """The view follows the hand; also for the middle button."""

    cursor = Qt.CursorShape.ClosedHandCursor
    scrolls = False

    def __init__(self, stage: TimelineCanvas, at: Pointer) -> None:
        super().__init__(stage, at)
        self._left, self._top = stage.view.left, stage.view.top

    def move(self, at: Pointer) -> None:
        self.stage.scroll_to(
            self._left + round(self.origin.x - at.x), self._top + round(self.origin.y - at.y)
        )

    def cancel(self) -> None:
        self.stage.scroll_to(self._left, self._top)


class HandTool(Tool):
    """Moves the view."""

    def press(self, at: Pointer) -> Drag | None:
        return PanDrag(self.stage, at)

    def cursor(self, _at: Pointer) -> str | Qt.CursorShape:
        return Qt.CursorShape.OpenHandCursor


class ZoomDrag(Drag):
    """A rectangle to zoom into; a click zooms in there, with Alt out."""

    def move(self, at: Pointer) -> None:
        x0 = self.stage.view.x_of(self.origin.exact)
        corners = (x0, 0.0, at.x, float(self.stage.view.height - 1))
        self.stage.show_feedback(Feedback(marquee=corners))

    def release(self, at: Pointer) -> None:
        first, last = sorted((self.origin.exact, at.exact))
        if (last - first) * self.stage.view.scale >= _LEAST:
            self.stage.show_frames(first, last)
        else:
            factor = 1 / ZOOM_STEP if at.alt else ZOOM_STEP
            self.stage.zoom(factor, at.x)


class ZoomTool(Tool):
    """Zooms."""

    def press(self, at: Pointer) -> Drag | None:
        return ZoomDrag(self.stage, at)

    def cursor(self, at: Pointer) -> str | Qt.CursorShape:
        return "zoom out" if at.alt else "zoom in"


class ScrubDrag(Drag):
    """Drags the playhead along the ruler; Shift lets it snap."""

    def __init__(self, stage: TimelineCanvas, at: Pointer) -> None:
        super().__init__(stage, at)
        self._before = stage.session.playhead
        self._snapper: Snapper | None = None
        self.move(at)

    def move(self, at: Pointer) -> None:
        frame, snap = at.frame, None
        if at.shift:
            self._snapper = self._snapper or Snapper(self.stage, to_playhead=False)
            by, snap = self._snapper.pull((at.cut,), 0, alt=at.alt)
            frame = at.cut + by
        self.stage.session.seek(frame)
        self.stage.show_feedback(Feedback(snap=snap))

    def cancel(self) -> None:
        self.stage.session.seek(self._before)
