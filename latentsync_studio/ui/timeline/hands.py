"""The mouse on the canvas: which drag goes on, moves joined to one a frame, scrolling at edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Qt, QTimer

from latentsync_studio.ui.timeline.geometry import RULER
from latentsync_studio.ui.timeline.painting.scene import Feedback
from latentsync_studio.ui.timeline.tools.cursors import Cursors
from latentsync_studio.ui.timeline.tools.look import HandTool, PanDrag, ScrubDrag, ZoomTool
from latentsync_studio.ui.timeline.tools.marks import MarkerDrag, WorkAreaDrag
from latentsync_studio.ui.timeline.tools.razor import RazorTool
from latentsync_studio.ui.timeline.tools.select import SelectTool
from latentsync_studio.ui.timeline.tools.shift import SlideTool, SlipTool
from latentsync_studio.ui.timeline.tools.trim import RippleTool, RollTool

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent

    from latentsync_studio.ui.session import Tool as ToolName
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas
    from latentsync_studio.ui.timeline.hits import Edge
    from latentsync_studio.ui.timeline.tools.base import Drag, Pointer, Tool

THRESHOLD = 4  # px that the mouse must go before a press is a drag
EDGE = 28  # px at the sides of the view where a drag scrolls it
_SCROLL_MS = 25


class Hands(QObject):
    """What the mouse does."""

    def __init__(self, stage: TimelineCanvas) -> None:
        super().__init__(stage)
        self._stage = stage
        self.tools: dict[ToolName, Tool] = {
            "select": SelectTool(stage),
            "razor": RazorTool(stage),
            "ripple": RippleTool(stage),
            "roll": RollTool(stage),
            "slip": SlipTool(stage),
            "slide": SlideTool(stage),
            "hand": HandTool(stage),
            "zoom": ZoomTool(stage),
        }
        self._cursors = Cursors()
        self._drag: Drag | None = None
        self._button = Qt.MouseButton.NoButton
        self._moved = False
        self._at: tuple[QPointF, Qt.KeyboardModifier] | None = None  # the newest place
        self._waiting = False  # the newest place was not shown yet
        self._gather = QTimer(self)
        self._gather.setSingleShot(True)
        self._gather.setInterval(0)
        self._gather.timeout.connect(self._show)
        self._scroll = QTimer(self)
        self._scroll.setInterval(_SCROLL_MS)
        self._scroll.timeout.connect(self._on_scroll)

    @property
    def is_dragging(self) -> bool:
        """Whether a button is held on something."""
        return self._drag is not None

    def press(self, event: QMouseEvent) -> None:
        """A button went down."""
        if self._drag is not None:
            return
        at = self._stage.pointer(event.position(), event.modifiers())
        if event.button() == Qt.MouseButton.MiddleButton:
            self._begin(PanDrag(self._stage, at), event)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._begin(self._pressed(at), event)

    def _pressed(self, at: Pointer) -> Drag | None:
        stage, sequence = self._stage, self._stage.sequence
        if sequence is None:
            return None
        if at.y >= RULER:
            return self.tools[stage.session.tool].press(at)
        if at.hit.place == "marker" and at.hit.marker is not None:
            return MarkerDrag(stage, at, sequence, at.hit.marker)
        if at.hit.place in {"work in", "work out"}:
            edge: Edge = "head" if at.hit.place == "work in" else "tail"
            return WorkAreaDrag(stage, at, sequence, edge)
        return ScrubDrag(stage, at)

    def _begin(self, drag: Drag | None, event: QMouseEvent) -> None:
        if drag is None:
            return
        self._drag, self._button, self._moved = drag, event.button(), False
        self._at = (event.position(), event.modifiers())
        if drag.cursor is not None:
            self._stage.viewport().setCursor(drag.cursor)

    def move(self, event: QMouseEvent) -> None:
        """The mouse moved; a drag sees one move for all that are waiting."""
        self._at = (event.position(), event.modifiers())
        if self._drag is None:
            at = self._stage.pointer(*self._at)
            self.point(at)
            if at.y >= RULER and self._stage.sequence is not None:
                self.tools[self._stage.session.tool].hover(at)
            return
        if not self._moved:
            origin = self._drag.origin
            gone = event.position() - QPointF(origin.x, origin.y)
            if gone.manhattanLength() < THRESHOLD and not isinstance(self._drag, ScrubDrag):
                return
            self._moved = True
        self._waiting = True
        if not self._gather.isActive():
            self._gather.start()
        self._watch_edges(event.position())

    def point(self, at: Pointer) -> None:
        """Show the cursor for what is under the mouse."""
        shape: str | Qt.CursorShape = Qt.CursorShape.ArrowCursor
        if at.hit.place in {"work in", "work out"}:
            shape = Qt.CursorShape.SizeHorCursor
        elif at.hit.place == "marker":
            shape = Qt.CursorShape.PointingHandCursor
        elif at.y >= RULER:
            shape = self.tools[self._stage.session.tool].cursor(at)
        if isinstance(shape, str):
            self._stage.viewport().setCursor(self._cursors.of(shape))
        else:
            self._stage.viewport().setCursor(shape)

    def release(self, event: QMouseEvent) -> None:
        """The button went up: the drag ends where it is."""
        if self._drag is None or event.button() != self._button:
            return
        self._at = (event.position(), event.modifiers())
        self._show()
        drag = self._end()
        if drag is not None:
            drag.release(self._stage.pointer(*self._at))
        self._settle()

    def cancel(self) -> bool:
        """Take the drag back; False where there is none."""
        drag = self._end()
        if drag is None:
            return False
        drag.cancel()
        self._settle()
        return True

    def repeat(self) -> None:
        """The view moved under the mouse, or a modifier key changed: show the drag anew."""
        if self._drag is not None and self._moved:
            self._waiting = True
            self._show()

    def modifiers(self, held: Qt.KeyboardModifier) -> None:
        """Keys went down or up during a drag."""
        if self._at is not None:
            self._at = (self._at[0], held)
            self.repeat()

    def leave(self) -> None:
        """The mouse left the widget."""
        if self._drag is None:
            self._stage.show_feedback(Feedback())

    def _end(self) -> Drag | None:
        self._gather.stop()
        self._scroll.stop()
        self._waiting = False
        drag, self._drag = self._drag, None
        return drag

    def _settle(self) -> None:
        self._stage.show_feedback(Feedback())
        if self._at is not None:
            self.point(self._stage.pointer(*self._at))

    def _show(self) -> None:
        if self._waiting and self._drag is not None and self._at is not None:
            self._waiting = False
            self._drag.move(self._stage.pointer(*self._at))

    def _watch_edges(self, at: QPointF) -> None:
        wanted = self._drag is not None and self._drag.scrolls and any(self._pull(at))
        if wanted and not self._scroll.isActive():
            self._scroll.start()
        elif not wanted:
            self._scroll.stop()

    def _pull(self, at: QPointF) -> tuple[int, int]:
        """Px to scroll right and down: the more, the farther the mouse is over the edge."""
        view = self._stage.view
        across = _beyond(at.x(), EDGE, view.width - EDGE)
        down = 0 if isinstance(self._drag, ScrubDrag) else _beyond(at.y(), RULER, view.height - 8)
        return across, down

    def _on_scroll(self) -> None:
        if self._drag is None or self._at is None:
            self._scroll.stop()
            return
        across, down = self._pull(self._at[0])
        view = self._stage.view
        before = (view.left, view.top)
        self._stage.scroll_to(view.left + across, view.top + down)
        if (view.left, view.top) != before:
            self.repeat()


def _beyond(at: float, low: float, high: float) -> int:
    over = at - low if at < low else max(0.0, at - high)
    return int(max(-60.0, min(60.0, over * 0.6)))
