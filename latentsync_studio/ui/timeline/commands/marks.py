"""In and out points (the work area) and markers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.marks import (
    add_marker,
    remove_marker,
    set_marker,
    set_work_area,
)
from latentsync_studio.ui.timeline.commands.base import Commands
from latentsync_studio.ui.timeline.dialogs import MarkerDialog

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.timeline.model import Marker
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas


class MarkCommands(Commands):
    """Everything of the Markers menu."""

    def __init__(self, stage: TimelineCanvas) -> None:
        super().__init__(stage)
        stage.opened_marker.connect(self.edit_marker)

    def handlers(self) -> dict[str, Callable[..., object]]:
        return {
            "mark.in": self.mark_in,
            "mark.out": self.mark_out,
            "mark.clip": self.mark_clip,
            "mark.clear": self.clear,
            "mark.go_in": self.go_in,
            "mark.go_out": self.go_out,
            "mark.add": self.add,
            "mark.edit": self.edit_marker,
            "mark.remove": self.remove,
            "mark.next": self.next,
            "mark.previous": self.previous,
        }

    def mark_in(self) -> None:
        """Let the work area begin at the playhead."""
        frame, area = self._session.playhead, self._area()
        stop = area.stop if area is not None and area.stop > frame else self._end()
        self._set(FrameRange(frame, max(frame + 1, stop)))

    def mark_out(self) -> None:
        """Let the frame under the playhead be the last one of the work area."""
        frame, area = self._session.playhead, self._area()
        start = area.start if area is not None and area.start <= frame else 0
        self._set(FrameRange(start, frame + 1))

    def mark_clip(self) -> None:
        """Let the work area be as long as the selected clips, or else those at the playhead."""
        clips = [c for t in self.tracks() for c in t.clips if c.id in self.chosen]
        clips = clips or self.clips_here()
        if clips:
            stop = max(clip.stop for clip in clips)
            self._set(FrameRange(min(clip.start for clip in clips), stop))
        else:
            self._workbench.tell(self.tr("There is no clip at the playhead."), "warning")

    def clear(self) -> None:
        """Work on everything again."""
        self._set(None)

    def go_in(self) -> None:
        """Go to the first frame of the work area."""
        area = self._area()
        self._session.seek(area.start if area is not None else 0)

    def go_out(self) -> None:
        """Go to the last frame of the work area."""
        area = self._area()
        self._session.seek((area.stop if area is not None else self._end()) - 1)

    def _area(self) -> FrameRange | None:
        return self.sequence.work_area if self.sequence is not None else None

    def _end(self) -> int:
        return max(1, self.sequence.stop if self.sequence is not None else 1)

    def _set(self, frames: FrameRange | None) -> None:
        sequence = self.sequence
        if sequence is not None:
            label = self.tr("Mark range") if frames is not None else self.tr("Clear in and out")
            self.edit(label, lambda project: set_work_area(project, sequence.id, frames))

    def add(self) -> None:
        """Mark the frame under the playhead."""
        sequence, frame = self.sequence, self._session.playhead
        if sequence is not None:
            name = self.tr("Marker {0}").format(len(sequence.markers) + 1)
            frames = FrameRange(frame, frame + 1)
            self.edit(self.tr("Add marker"), lambda p: add_marker(p, sequence.id, frames, name))

    def edit_marker(self) -> None:
        """Open the form of the marker at the playhead."""
        sequence, marker = self.sequence, self._here()
        if sequence is None or marker is None:
            return

        def then(changed: Marker) -> None:
            self.edit(
                self.tr("Edit marker"), lambda project: set_marker(project, sequence.id, changed)
            )

        MarkerDialog(marker, self._stage.clock, then, self._stage.window()).open()

    def remove(self) -> None:
        """Remove the marker at the playhead."""
        sequence, marker = self.sequence, self._here()
        if sequence is not None and marker is not None:
            self.edit(self.tr("Remove marker"), lambda p: remove_marker(p, sequence.id, marker.id))

    def _here(self) -> Marker | None:
        """The marker that begins at the playhead, else one whose range covers it."""
        markers = self.sequence.markers if self.sequence is not None else ()
        frame = self._session.playhead
        begins = [marker for marker in markers if marker.frames.start == frame]
        covers = [marker for marker in markers if frame in marker.frames]
        found = next(iter([*begins, *covers]), None)
        if found is None:
            self._workbench.tell(
                self.tr("There is no marker at the playhead. Go to one first, or add one."),
                "warning",
            )
        return found

    def next(self) -> None:
        """Go to the next marker."""
        later = [frame for frame in self._starts() if frame > self._session.playhead]
        if later:
            self._session.seek(later[0])

    def previous(self) -> None:
        """Go to the marker before."""
        earlier = [frame for frame in self._starts() if frame < self._session.playhead]
        if earlier:
            self._session.seek(earlier[-1])

    def _starts(self) -> list[int]:
        markers = self.sequence.markers if self.sequence is not None else ()
        return [marker.frames.start for marker in markers]
