"""The keyboard on the canvas: walking from clip to clip, scrolling, Esc, the menu key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent

from latentsync_studio.ui.timeline.geometry import RULER, clip_under
from latentsync_studio.ui.timeline.tools.base import linked_with
from latentsync_studio.ui.timeline.tools.select import select_clip

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from latentsync_studio.core.timeline.model import Clip, Track
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas

_HELD = (Qt.Key.Key_Alt, Qt.Key.Key_Control, Qt.Key.Key_Shift)


class Keys(QObject):
    """Keys that are no commands of the table: they need the canvas to have the focus.

    Ctrl with an arrow selects the clip beside, on this track or the next one; with Shift it is
    added to the selection.
    """

    def __init__(self, stage: TimelineCanvas) -> None:
        super().__init__(stage)
        self._stage = stage

    def press(self, event: QKeyEvent) -> bool:
        """Do what a key says; False: it is not ours."""
        stage, key = self._stage, event.key()
        if key == Qt.Key.Key_Escape:
            return stage.hands.cancel() or self._deselect()
        if stage.hands.is_dragging:
            if key in _HELD:
                stage.hands.modifiers(event.modifiers())
            return True
        if key in {Qt.Key.Key_PageDown, Qt.Key.Key_PageUp}:
            page = stage.view.width if key == Qt.Key.Key_PageDown else -stage.view.width
            stage.scroll_to(stage.view.left + page, stage.view.top)
            return True
        return self._step(event)

    def _step(self, event: QKeyEvent) -> bool:
        """Ctrl with an arrow."""
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None or not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        self.walk(*step, adding=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        return True

    def walk(self, across: int, down: int, *, adding: bool = False) -> None:
        """Select the next clip in a direction, beginning at the selected one or the playhead."""
        stage = self._stage
        here = self._current()
        found = self._beside(here, across, down)
        if found is None:
            return
        chosen = frozenset([found.id])
        if stage.session.is_linked:
            chosen = linked_with(stage.sequence, chosen)
        stage.session.select(stage.session.clips | chosen if adding else chosen)
        self._last = found.id
        stage.ensure_visible(found.start)

    _last: str = ""

    def _current(self) -> tuple[Track, Clip | None] | None:
        """Where the last walk ended, else the first selected clip, else the top track."""
        stage = self._stage
        chosen = stage.session.clips
        rows = [row for row in stage.rows.rows if not row.track.is_hidden]
        first = None
        for row in rows:
            for clip in row.track.clips:
                if clip.id in chosen:
                    if clip.id == self._last:
                        return row.track, clip
                    first = first or (row.track, clip)
        if first is not None:
            return first
        return (rows[0].track, None) if rows else None

    def _beside(
        self, here: tuple[Track, Clip | None] | None, across: int, down: int
    ) -> Clip | None:
        if here is None:
            return None
        track, clip = here
        if clip is None:
            return self._nearest(track, self._stage.session.playhead) or self._on_next(track, 1)
        if across:
            place = track.clips.index(clip) + across
            return track.clips[place] if 0 <= place < len(track.clips) else None
        return self._on_next(track, down, clip.start)

    def _on_next(self, track: Track, down: int, frame: int | None = None) -> Clip | None:
        rows = [row.track for row in self._stage.rows.rows if not row.track.is_hidden]
        place = rows.index(track) + down
        while 0 <= place < len(rows):
            at = self._stage.session.playhead if frame is None else frame
            found = self._nearest(rows[place], at)
            if found is not None:
                return found
            place += down
        return None

    @staticmethod
    def _nearest(track: Track, frame: int) -> Clip | None:
        under = clip_under(track, frame)
        if under is not None:
            return under
        return min(track.clips, key=lambda clip: abs(clip.start - frame), default=None)

    def _deselect(self) -> bool:
        if not self._stage.session.clips:
            return False
        self._stage.session.select(())
        return True

    def open_menu(self, event: QContextMenuEvent) -> None:
        """Ask for the context menu: of the clip under the mouse, or of the selection by key."""
        stage = self._stage
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            at = stage.pointer(QPointF(event.pos()), event.modifiers())
            if at.hit.clip is not None and at.hit.clip.id not in stage.session.clips:
                select_clip(stage, at.hit.clip, at)
            stage.menu_asked.emit(QPointF(event.globalPos()))
            return
        x = min(max(0.0, stage.view.x_of(stage.session.playhead)), stage.view.width - 10.0)
        place = QPointF(x, RULER + 10.0)
        stage.menu_asked.emit(stage.viewport().mapToGlobal(place))


_STEPS: dict[Qt.Key, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
