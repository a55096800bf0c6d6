"""Tools, zoom, heights, and going from cut to cut."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from latentsync_studio.core.timeline.snapping import snap_points
from latentsync_studio.ui.session import TOOLS
from latentsync_studio.ui.timeline.commands.base import Commands
from latentsync_studio.ui.timeline.tools.look import ZOOM_STEP

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.ui.session import Tool
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas

_TALLER = 1.25


class LookCommands(Commands):
    """What changes how the timeline is seen and used, and nothing in the project."""

    def __init__(self, stage: TimelineCanvas) -> None:
        super().__init__(stage)
        self._session.tool_changed.connect(self._show_tool)
        self._session.switches_changed.connect(self._show_switches)
        self._show_tool(self._session.tool)
        self._show_switches()

    def handlers(self) -> dict[str, Callable[..., object]]:
        tools = {f"tool.{tool}": partial(self._use, tool) for tool in TOOLS}
        return {
            **tools,
            "tool.snap": self._snap,
            "tool.linked": self._link,
            "view.zoom_in": self.zoom_in,
            "view.zoom_out": self.zoom_out,
            "view.zoom_fit": self.zoom_fit,
            "view.taller": self.taller,
            "view.flatter": self.flatter,
            "play.next_edit": self.next_edit,
            "play.previous_edit": self.previous_edit,
        }

    def _use(self, tool: Tool, _on: bool = True) -> None:
        self._session.use_tool(tool)

    def _show_tool(self, tool: str) -> None:
        for each in TOOLS:
            self._workbench.actions.check(f"tool.{each}", each == tool)

    def _snap(self, on: bool) -> None:
        self._session.switch(snapping=on)

    def _link(self, on: bool) -> None:
        self._session.switch(linked=on)

    def _show_switches(self) -> None:
        self._workbench.actions.check("tool.snap", self._session.is_snapping)
        self._workbench.actions.check("tool.linked", self._session.is_linked)

    def zoom_in(self) -> None:
        """Show less, larger; the playhead stays where it is."""
        self._stage.zoom(ZOOM_STEP)

    def zoom_out(self) -> None:
        """Show more, smaller."""
        self._stage.zoom(1 / ZOOM_STEP)

    def zoom_fit(self) -> None:
        """Show the whole sequence."""
        self._stage.zoom_fit()

    def taller(self) -> None:
        """Make the tracks taller."""
        self._stage.scale_heights(_TALLER)

    def flatter(self) -> None:
        """Make the tracks flatter."""
        self._stage.scale_heights(1 / _TALLER)

    def next_edit(self) -> None:
        """Go to the next cut."""
        later = [frame for frame in self._cuts() if frame > self._session.playhead]
        if later:
            self._session.seek(later[0])

    def previous_edit(self) -> None:
        """Go to the cut before."""
        earlier = [frame for frame in self._cuts() if frame < self._session.playhead]
        if earlier:
            self._session.seek(earlier[-1])

    def _cuts(self) -> list[int]:
        """Frames of cuts in order, on the target tracks where some are chosen."""
        sequence, targets = self.sequence, self._session.tracks
        if sequence is None:
            return []
        if targets:
            tracks = [track for track in sequence.tracks if track.id in targets]
            return sorted({f for t in tracks for c in t.clips for f in (c.start, c.stop)})
        points = snap_points(sequence)
        return [point.frame for point in points if point.kind in {"edge", "start"}]
