"""The slip and slide tools: other media in the same place, or another place between neighbors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from latentsync_studio.core.timeline.edits.roll import slide, slip
from latentsync_studio.ui.timeline.tools.base import (
    Drag,
    EditDrag,
    Pointer,
    Tool,
    as_ghosts,
    is_edited_linked,
    signed,
    tr,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.timeline.model import Clip, Project
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas
    from latentsync_studio.ui.timeline.painting.scene import Ghost


class SlipDrag(EditDrag):
    """Drags the medium under a clip that stays: to the right shows earlier frames."""

    def __init__(self, stage: TimelineCanvas, at: Pointer, clip: Clip) -> None:
        self._linked = is_edited_linked(stage, clip, at)
        super().__init__(stage, at, {clip.id})
        self.label = tr("Slip")
        self.clip = clip

    def change(self, project: Project) -> Project:
        return slip(project, self.clip.id, -self.by, linked=self._linked)

    def words(self) -> str:
        source, clock = self.clip_now(self.clip).source, self.stage.clock
        by = signed(source.start - self.clip.source.start)
        ends = f"{clock.length(source.start)} - {clock.length(source.stop - 1)}"
        return f"{by}   {tr('medium')} {ends}"


class SlideDrag(EditDrag):
    """Moves a clip between its neighbors, whose ends follow."""

    def __init__(self, stage: TimelineCanvas, at: Pointer, clip: Clip) -> None:
        self._linked = is_edited_linked(stage, clip, at)
        super().__init__(stage, at, {clip.id})
        self.label = tr("Slide")
        self.clip = clip
        self._before = as_ghosts(stage.sequence, self.moving)

    def edges(self) -> Iterable[int]:
        return (self.clip.start, self.clip.stop)

    def change(self, project: Project) -> Project:
        return slide(project, self.clip.id, self.by, linked=self._linked)

    def words(self) -> str:
        start = self.clip_now(self.clip).start
        return f"{signed(start - self.clip.start)}   {self.stage.clock.label(start)}"

    def ghosts(self) -> tuple[Ghost, ...]:
        return self._before


class SlipTool(Tool):
    """Slips the clip under the mouse."""

    def press(self, at: Pointer) -> Drag | None:
        return SlipDrag(self.stage, at, at.hit.clip) if at.hit.clip is not None else None

    def cursor(self, at: Pointer) -> str | Qt.CursorShape:
        return _cursor(at, "slip")


class SlideTool(Tool):
    """Slides the clip under the mouse."""

    def press(self, at: Pointer) -> Drag | None:
        return SlideDrag(self.stage, at, at.hit.clip) if at.hit.clip is not None else None

    def cursor(self, at: Pointer) -> str | Qt.CursorShape:
        return _cursor(at, "slide")


def _cursor(at: Pointer, name: str) -> str | Qt.CursorShape:
    if at.hit.clip is None:
        return Qt.CursorShape.ArrowCursor
    locked = at.hit.row is not None and at.hit.row.track.is_locked
    return Qt.CursorShape.ForbiddenCursor if locked else name
