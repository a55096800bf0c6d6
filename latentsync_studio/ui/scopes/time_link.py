"""The axis of time that panels share with the timeline: its zoom and scroll, and the playhead.

The timeline's view is the only state: panels ask it to zoom and scroll, and follow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from latentsync_studio.ui.timeline.clock import Clock

if TYPE_CHECKING:
    from PySide6.QtGui import QWheelEvent

    from latentsync_studio.ui.workbench import Workbench

_LEAST_WIDTH: Final = 120  # px of a timeline that was laid out at all
_NOTCH: Final = 0.1  # of the frames in sight, a step of the wheel


class TimeLink(QObject):
    """What part of the shown sequence is in sight.

    Signals:
        changed(): other frames are in sight, or another sequence; at most once an event.
        playhead_moved(): the playhead is elsewhere.
    """

    changed = Signal()
    playhead_moved = Signal()

    def __init__(self, workbench: Workbench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workbench, self._session = workbench, workbench.session
        self._tracks = workbench.tracks
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.changed)
        self._tracks.view_changed.connect(self._soon.start)
        self._session.sequence_changed.connect(self._soon.start)
        self._session.playhead_changed.connect(self._on_playhead)

    @property
    def clock(self) -> Clock:
        """How frames are called."""
        return Clock.of(self._session.sequence)

    @property
    def stop(self) -> int:
        """The frame after the last clip; at least 1."""
        sequence = self._session.sequence
        return max(1, sequence.stop) if sequence is not None else 1

    @property
    def playhead(self) -> int:
        """The frame that is shown."""
        return self._session.playhead

    @property
    def seen(self) -> tuple[float, float]:
        """Frames in sight, with fractions; all of them while there is no timeline to follow."""
        view = self._tracks.view
        if view.width < _LEAST_WIDTH:
            return 0.0, float(self.stop)
        return view.exact(0), view.exact(view.width)

    def zoom(self, factor: float, frame: float) -> None:
        """Zoom; `frame` stays where it is."""
        self._tracks.zoom(factor, self._tracks.view.x_of(frame))

    def scroll(self, frames: float) -> None:
        """Scroll along the time."""
        view = self._tracks.view
        self._tracks.scroll_to(round(view.left + frames * view.scale), view.top)

    def seek(self, frame: float) -> None:
        """Put the playhead on a frame of the sequence."""
        self._session.seek(min(max(0, int(frame)), self.stop - 1))

    def wheel(self, event: QWheelEvent, frame: float) -> None:
        """As over the timeline: plain scrolls, Ctrl or Alt zooms at `frame`."""
        steps = event.angleDelta()
        keys = event.modifiers()
        if keys & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            self.zoom(1.0015 ** (steps.y() or steps.x()), frame)
        else:
            first, last = self.seen
            self.scroll(-(steps.y() or steps.x()) / 120 * _NOTCH * (last - first))
        event.accept()

    def close(self) -> None:
        """Tell nobody any more."""
        self._soon.stop()

    def _on_playhead(self, _frame: int) -> None:
        self.playhead_moved.emit()
