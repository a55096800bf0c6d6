"""The selection tool: click, shift-click and marquee select; dragging moves, ends trim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from latentsync_studio.core.timeline.edits.copy import duplicate
from latentsync_studio.core.timeline.edits.move import move_over
from latentsync_studio.ui.timeline.hits import clips_in
from latentsync_studio.ui.timeline.painting.scene import Feedback
from latentsync_studio.ui.timeline.tools.base import (
    Drag,
    EditDrag,
    Pointer,
    Tool,
    as_ghosts,
    linked_with,
    signed,
    tr,
)
from latentsync_studio.ui.timeline.tools.key_drag import KeyDrag, key_under
from latentsync_studio.ui.timeline.tools.trim import TrimDrag, trim_cursor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.timeline.model import Clip, ClipId, Project, TrackId
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas
    from latentsync_studio.ui.timeline.painting.scene import Ghost


class SelectTool(Tool):
    """Selects, moves and trims."""

    def press(self, at: Pointer) -> Drag | None:
        clip = at.hit.clip
        if clip is None:
            return MarqueeDrag(self.stage, at)
        key = key_under(self.stage, at)
        if key is not None:
            select_clip(self.stage, clip, at)
            return KeyDrag(self.stage, at, clip, key)
        if at.hit.edge is not None and not at.shift:
            return TrimDrag(self.stage, at, clip, at.hit.edge)
        select_clip(self.stage, clip, at)
        if at.shift and clip.id not in self.stage.session.clips:
            return None
        return MoveDrag(self.stage, at, clip)

    def cursor(self, at: Pointer) -> str | Qt.CursorShape:
        if key_under(self.stage, at) is not None:
            return Qt.CursorShape.SizeHorCursor
        if at.hit.edge is not None and at.hit.clip is not None:
            return trim_cursor(at, "trim")
        return Qt.CursorShape.ArrowCursor


def select_clip(stage: TimelineCanvas, clip: Clip, at: Pointer) -> None:
    """Select a clip that was clicked, with its linked ones unless Alt is held; Shift toggles."""
    session = stage.session
    clicked: frozenset[ClipId] = frozenset([clip.id])
    if session.is_linked and not at.alt:
        clicked = linked_with(stage.sequence, clicked)
    if at.shift:
        chosen = session.clips
        session.select(chosen - clicked if clip.id in chosen else chosen | clicked)
    elif clip.id not in session.clips or at.alt:
        session.select(clicked)


class MoveDrag(EditDrag):
    """Moves the selected clips in time and between tracks of their kind; Ctrl lays copies."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, stage: TimelineCanvas, at: Pointer, grabbed: Clip) -> None:
        super().__init__(stage, at, stage.session.clips | {grabbed.id})
        self.label = tr("Move")
        self.grabbed = grabbed
        self._before = as_ghosts(stage.sequence, self.moving)
        self._places: dict[ClipId, int] = {}
        self._edges: list[int] = []
        self._kind = at.hit.row.track.kind if at.hit.row is not None else "video"
        self._lanes = [row.track.id for row in stage.rows.of_kind(self._kind)]
        for track in stage.sequence.tracks if stage.sequence is not None else ():
            for clip in track.clips:
                if clip.id in self.moving:
                    self._edges += (clip.start, clip.stop)
                    if track.kind == self._kind:
                        self._places[clip.id] = self._lanes.index(track.id)
        self._from = self._lanes.index(at.hit.row.track.id) if at.hit.row is not None else 0
        self._clicked = True

    def edges(self) -> Iterable[int]:
        return self._edges

    def move(self, at: Pointer) -> None:
        self._clicked = False
        self.label = tr("Duplicate") if at.ctrl else tr("Move")
        super().move(at)

    def change(self, project: Project) -> Project:
        onto = self._onto(self.at)
        if not self.by and not onto:
            return project
        if self.at.ctrl:
            return duplicate(project, self.moving, self.by, onto=onto, linked=False)
        return move_over(project, self.moving, self.by, onto=onto, linked=False)

    def _onto(self, at: Pointer) -> dict[ClipId, TrackId]:
        """New tracks: as far up or down as the mouse went, as far as there are tracks."""
        row = at.hit.row
        if row is None or row.track.kind != self._kind or not self._places:
            return {}
        rise = self._lanes.index(row.track.id) - self._from
        places = self._places.values()
        rise = max(-min(places), min(len(self._lanes) - 1 - max(places), rise))
        if not rise:
            return {}
        return {clip: self._lanes[place + rise] for clip, place in self._places.items()}

    def words(self) -> str:
        start = self.grabbed.start
        by = max(self.by, -min(self._edges, default=start))  # nothing goes before the first frame
        return f"{signed(by)}   {self.stage.clock.label(start + by)}"

    def ghosts(self) -> tuple[Ghost, ...]:
        return self._before

    def release(self, at: Pointer) -> None:
        super().release(at)
        session = self.stage.session
        if self._clicked and not at.shift and not at.alt and len(session.clips) > 1:
            # a click within a selection of several means this one
            one = frozenset([self.grabbed.id])
            session.select(linked_with(self.stage.sequence, one) if session.is_linked else one)


class MarqueeDrag(Drag):
    """Selects what a rectangle touches; Shift adds to what is selected."""

    def __init__(self, stage: TimelineCanvas, at: Pointer) -> None:
        super().__init__(stage, at)
        self._before = stage.session.clips
        self._kept = self._before if at.shift else frozenset()
        stage.session.select(self._kept)

    def move(self, at: Pointer) -> None:
        stage = self.stage
        x0 = stage.view.x_of(self.origin.exact)
        corners = (x0, self.origin.y, at.x, at.y)
        found = clips_in(stage.rows, stage.view, corners)
        if stage.session.is_linked and not at.alt:
            found = linked_with(stage.sequence, found)
        stage.session.select(self._kept | found)
        stage.show_feedback(Feedback(marquee=corners))

    def cancel(self) -> None:
        self.stage.session.select(self._before)
