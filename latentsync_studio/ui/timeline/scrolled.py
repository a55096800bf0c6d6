"""The view state of the timeline: zoom, scroll, heights; painting is left to the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QAbstractScrollArea

from latentsync_studio.ui.timeline.clock import Clock
from latentsync_studio.ui.timeline.geometry import RULER, Heights, Rows, Viewport
from latentsync_studio.ui.timeline.kept_views import KeptViews

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.timeline.model import Sequence, TrackId
    from latentsync_studio.ui.workbench import Workbench


class ScrolledTimeline(QAbstractScrollArea):
    """What part of the shown sequence is seen, and how large.

    Signals:
        view_changed(): zoom or scroll is another.
        rows_changed(): tracks came, went, moved, or changed their height or state.
    """

    view_changed = Signal()
    rows_changed = Signal()

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workbench = workbench
        self.store, self.session = workbench.store, workbench.session
        self.view, self.heights = Viewport(), Heights()
        self._kept = KeptViews(workbench)
        self._kept.begin(self.heights)
        self.clock = Clock.of(self.sequence)
        self.rows = Rows(self.sequence, self.heights)
        self._shown: str | None = None  # id of the sequence that is seen, None before the first
        self._places: dict[str, tuple[float, int]] = {}  # scale and scroll of each sequence

    @property
    def sequence(self) -> Sequence | None:
        """The shown sequence as it is now."""
        return self.session.sequence

    @property
    def is_dragging(self) -> bool:
        """Whether the mouse drags something."""
        return False

    def content_stop(self) -> int:
        """The frame after everything that can be seen."""
        sequence = self.sequence
        if sequence is None:
            return 1
        area = sequence.work_area.stop if sequence.work_area else 0
        marked = max((marker.frames.stop for marker in sequence.markers), default=0)
        return max(1, sequence.stop, area, marked, self.session.playhead + 1)

    def zoom(self, factor: float, anchor: float | None = None) -> None:
        """Zoom by a factor; what is at widget x `anchor` (None: the playhead or middle) stays."""
        if anchor is None:
            anchor = self.view.x_of(self.session.playhead)
            if not 0 <= anchor <= self.view.width:
                anchor = self.view.width / 2
        at = self.view.exact(anchor)
        self._set_scale(self.view.scale * factor)
        self.scroll_to(round(at * self.view.scale - anchor), self.view.top)

    def show_frames(self, first: float, last: float) -> None:
        """Zoom and scroll so that these frames fill the widget."""
        room = max(40, self.view.width - 24)
        self._set_scale(room / max(1.0, last - first))
        self.scroll_to(max(0, round(first * self.view.scale) - 12), self.view.top)

    def zoom_fit(self) -> None:
        """Show the whole sequence."""
        stop = self.sequence.stop if self.sequence is not None else 0
        self.show_frames(0, stop or 250)

    def leave(self) -> None:
        """Remember how the shown sequence is seen."""
        if self._shown is not None:
            self._places[self._shown] = (self.view.scale, self.view.left)

    def show_again(self) -> None:
        """Show a sequence as it was left, one that was never seen as a whole."""
        sequence = self.sequence
        if sequence is None or self.view.width <= 0:
            self._shown = None
            return
        self._shown = sequence.id
        place = self._places.get(sequence.id)
        if place is None:
            self.zoom_fit()
        else:
            self._set_scale(place[0])
            self.scroll_to(place[1], 0)

    def begin_project(self) -> None:
        """Another project: keep how the last one was seen, and show this one as it was left."""
        if self.sequence is None:
            self.leave()  # else it was left when another sequence was shown
        self._kept.leave(self.heights, self._places, self.session.left)
        self._shown = None  # what is shown from here on is not to be kept as it was
        self._places = self._kept.enter(self.heights)
        self._shown = None
        self.lay_out()
        self.show_again()

    def end_project(self) -> None:
        """Keep how the project is seen; the window closes."""
        self.leave()
        self._kept.leave(self.heights, self._places, self.session.place)

    def ensure_visible(self, frame: int, *, page: bool = False) -> None:
        """Scroll so that a frame is in sight; `page`: on to the next page, as while playing."""
        x = self.view.x_of(frame)
        margin = 0 if page else min(12, self.view.width // 4)  # less than is left of what is fit
        if x < 0 or x > self.view.width - margin:
            room = self.view.width * (0.08 if page else 0.4)
            self.scroll_to(round(frame * self.view.scale - room), self.view.top)

    def scroll_to(self, left: int, top: int) -> None:
        """Scroll; time goes on to the right as far as somebody drags."""
        bar = self.horizontalScrollBar()
        left = max(0, min(left, 2**31 - 2 - self.view.width))
        if left > bar.maximum():
            bar.setMaximum(left)
        bar.setValue(left)
        self.verticalScrollBar().setValue(top)

    def scale_heights(self, factor: float) -> None:
        """Make all tracks taller or flatter."""
        self.heights.scaled(factor)
        self.lay_out()

    def set_height(self, track: TrackId, height: float) -> None:
        """Give one track another height."""
        self.heights.set(track, height)
        self.lay_out()

    def _set_scale(self, scale: float) -> None:
        self.view.scale = self.view.clamped_scale(scale, self.content_stop())
        self.set_bars()
        self.viewport().update()
        self.view_changed.emit()

    def set_bars(self) -> None:
        room = self.viewport().size()
        self.view.width, self.view.height = room.width(), room.height()
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        over = int(self.content_stop() * self.view.scale) - room.width()
        most = over + int(room.width() * 0.4) if over > 0 else 0
        across.setRange(0, max(0, most, across.value() if self.is_dragging else 0))
        across.setPageStep(max(1, room.width()))
        across.setSingleStep(max(1, room.width() // 20))
        down.setRange(0, max(0, self.rows.height + 12 - (room.height() - RULER)))
        down.setPageStep(max(1, room.height() - RULER))
        down.setSingleStep(20)

    def lay_out(self) -> None:
        """Lay the rows out anew."""
        self.rows = Rows(self.sequence, self.heights)
        self.set_bars()
        self.viewport().update()
        self.rows_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.set_bars()
        if self._shown is None and self.sequence is not None:
            self.show_again()
        self.view_changed.emit()

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:
        self.view.left = self.horizontalScrollBar().value()
        self.view.top = self.verticalScrollBar().value()
        self.viewport().update()
        self.view_changed.emit()
