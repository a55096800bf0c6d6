"""Drags on the ruler's lower part: markers and the ends of the work area."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.marks import set_marker, set_work_area
from latentsync_studio.ui.timeline.tools.base import EditDrag, Pointer, tr

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.timeline.model import Marker, Project, Sequence
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas
    from latentsync_studio.ui.timeline.hits import Edge


class MarkerDrag(EditDrag):
    """Moves a marker; a click goes to it."""

    def __init__(
        self, stage: TimelineCanvas, at: Pointer, sequence: Sequence, marker: Marker
    ) -> None:
        super().__init__(stage, at, ())
        self.label = tr("Move marker")
        self._sequence, self._marker = sequence, marker

    def edges(self) -> Iterable[int]:
        return (self._marker.frames.start,)

    def change(self, project: Project) -> Project:
        frames = self._marker.frames
        self.by = max(self.by, -frames.start)
        moved = replace(self._marker, frames=frames.shifted(self.by)) if self.by else self._marker
        return set_marker(project, self._sequence.id, moved)

    def words(self) -> str:
        label = self.stage.clock.label(self._marker.frames.start + self.by)
        return f"{self._marker.name}  {label}".strip()

    def release(self, at: Pointer) -> None:
        super().release(at)
        if self.gesture is None:
            self.stage.session.seek(self._marker.frames.start)


class WorkAreaDrag(EditDrag):
    """Moves an end of the work area."""

    def __init__(self, stage: TimelineCanvas, at: Pointer, sequence: Sequence, edge: Edge) -> None:
        super().__init__(stage, at, ())
        self.label = tr("Work area")
        self._id, self._edge = sequence.id, edge
        self._area = sequence.work_area or FrameRange(0, max(1, sequence.stop))

    def edges(self) -> Iterable[int]:
        return (self._area.start if self._edge == "head" else self._area.stop,)

    def change(self, project: Project) -> Project:
        return set_work_area(project, self._id, self._moved())

    def _moved(self) -> FrameRange:
        area = self._area
        if self._edge == "head":
            return FrameRange(max(0, min(area.start + self.by, area.stop - 1)), area.stop)
        return FrameRange(area.start, max(area.start + 1, area.stop + self.by))

    def words(self) -> str:
        area, clock = self._moved(), self.stage.clock
        return f"{clock.label(area.start)} - {clock.label(area.stop - 1)}"
