"""Trimming by the ends of clips, and the ripple and roll tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt

from latentsync_studio.core.timeline.edits.roll import roll
from latentsync_studio.core.timeline.edits.trim import (
    ripple_head,
    ripple_tail,
    trim_head,
    trim_tail,
)
from latentsync_studio.ui.timeline.geometry import visible
from latentsync_studio.ui.timeline.tools.base import (
    Drag,
    EditDrag,
    Pointer,
    Tool,
    is_edited_linked,
    linked_with,
    signed,
    tell_length,
    tr,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.timeline.model import Clip, Project
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas
    from latentsync_studio.ui.timeline.hits import Edge

Mode = Literal["trim", "ripple"]
_EDITS = {
    ("trim", "head"): trim_head,
    ("trim", "tail"): trim_tail,
    ("ripple", "head"): ripple_head,
    ("ripple", "tail"): ripple_tail,
}


def trim_cursor(at: Pointer, mode: Mode) -> str | Qt.CursorShape:
    """The bracket that opens towards the clip; a forbidding one on a locked track."""
    if at.hit.row is not None and at.hit.row.track.is_locked:
        return Qt.CursorShape.ForbiddenCursor
    return f"{mode} {at.hit.edge}"


class TrimDrag(EditDrag):
    """Moves one end of a clip; with `ripple` all behind it moves along."""

    def __init__(
        self, stage: TimelineCanvas, at: Pointer, clip: Clip, edge: Edge, mode: Mode = "trim"
    ) -> None:
        self._linked = is_edited_linked(stage, clip, at)
        moving = linked_with(stage.sequence, [clip.id]) if self._linked else {clip.id}
        super().__init__(stage, at, moving)
        self.label = tr("Ripple trim") if mode == "ripple" else tr("Trim")
        self.clip, self.edge = clip, edge
        self._edit = _EDITS[mode, edge]
        if clip.id not in stage.session.clips:
            stage.session.select(moving)

    def edges(self) -> Iterable[int]:
        return (self.clip.start if self.edge == "head" else self.clip.stop,)

    def change(self, project: Project) -> Project:
        return self._edit(project, self.clip.id, self.by, linked=self._linked)

    def words(self) -> str:
        clip = self.clip_now(self.clip)
        now, before = clip.source, self.clip.source
        by = now.start - before.start if self.edge == "head" else now.stop - before.stop
        return tell_length(self.stage, clip, by)


class RippleTool(Tool):
    """Trims the nearer end of the clip under the mouse and closes up behind it."""

    def press(self, at: Pointer) -> Drag | None:
        if at.hit.clip is None or at.hit.edge is None:
            return None
        return TrimDrag(self.stage, at, at.hit.clip, at.hit.edge, "ripple")

    def cursor(self, at: Pointer) -> str | Qt.CursorShape:
        if at.hit.edge is not None and at.hit.clip is not None:
            return trim_cursor(at, "ripple")
        return Qt.CursorShape.ArrowCursor


class RollDrag(EditDrag):
    """Moves the cut between two clips."""

    def __init__(self, stage: TimelineCanvas, at: Pointer, left: Clip) -> None:
        self._linked = is_edited_linked(stage, left, at)
        super().__init__(stage, at, {left.id})
        self.label = tr("Roll")
        self.left = left

    def edges(self) -> Iterable[int]:
        return (self.left.stop,)

    def change(self, project: Project) -> Project:
        return roll(project, self.left.id, self.by, linked=self._linked)

    def words(self) -> str:
        cut = self.clip_now(self.left).stop
        return f"{signed(cut - self.left.stop)}   {self.stage.clock.label(cut)}"


class RollTool(Tool):
    """Rolls the cut at the nearer end of the clip under the mouse."""

    def press(self, at: Pointer) -> Drag | None:
        left = self._left(at)
        return RollDrag(self.stage, at, left) if left is not None else None

    @staticmethod
    def _left(at: Pointer) -> Clip | None:
        """The clip before the cut; at an end where nothing touches, the clip itself is tried."""
        hit = at.hit
        if hit.clip is None or hit.edge is None or hit.row is None:
            return None
        if hit.edge == "tail":
            return hit.clip
        clips = hit.row.track.clips
        low, high = visible(clips, hit.clip.start - 0.5, hit.clip.start)
        return clips[low] if low < high else hit.clip

    def cursor(self, at: Pointer) -> str | Qt.CursorShape:
        if at.hit.edge is None or at.hit.clip is None:
            return Qt.CursorShape.ArrowCursor
        locked = at.hit.row is not None and at.hit.row.track.is_locked
        return Qt.CursorShape.ForbiddenCursor if locked else "roll"
