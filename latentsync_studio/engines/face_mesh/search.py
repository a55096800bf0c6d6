"""When and where to look for faces that nobody follows yet.

Often where one was just lost, in the whole picture at intervals, in tiles for small faces rarely,
so that the mean cost stays low.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from latentsync_studio.engines.face_mesh.detector import tiles
from latentsync_studio.engines.face_mesh.mesh import Roi

if TYPE_CHECKING:
    from latentsync_studio.core.picture import Box, Picture
    from latentsync_studio.engines.face_mesh.detector import Detection
    from latentsync_studio.engines.face_mesh.probe import FaceProbe

WHOLE_EVERY = 12  # frames, while somebody is followed
TILE_EVERY = 24
WHOLE_WHEN_EMPTY = 2
LOST_EVERY = 2
LOST_FOR = 50  # frames during which a lost face is looked for where it was
MAX_LOST = 4
SCAN_GAP = 25  # frames between searches of all tiles: 60 to 100 ms each


class Lost(msgspec.Struct):
    """A region where a face was last seen, and when."""

    x: float
    y: float
    side: float
    angle: float
    frame: int


class SearchState(msgspec.Struct):
    """What the schedule depends on beside the frame number."""

    next_tile: int = 0
    last_scan: int = -SCAN_GAP
    lost: list[Lost] = []


class Search:
    """The schedule; absolute frame numbers make it independent of where processing began."""

    def __init__(self, probe: FaceProbe) -> None:
        self._probe = probe
        self.state = SearchState()

    def lose(self, roi: Roi, frame: int) -> None:
        """Remember where a face was lost."""
        lost = Lost(roi.x, roi.y, roi.side, roi.angle, frame)
        self.state.lost = [*self.state.lost, lost][-MAX_LOST:]

    def forget(self) -> None:
        """A new shot begins: old places mean nothing."""
        self.state.lost = []

    def candidates(
        self, picture: Picture, frame: int, followed: int, cut: bool
    ) -> tuple[Detection, ...]:
        """Detections that the schedule allows for in this frame; may hold followed faces."""
        state = self.state
        state.lost = [one for one in state.lost if frame - one.frame <= LOST_FOR]
        scan = (cut or frame == 0 or followed == 0) and frame - state.last_scan >= SCAN_GAP
        every = WHOLE_EVERY if followed else WHOLE_WHEN_EMPTY
        if scan or cut or frame % every == 0:
            return self._probe.everywhere(picture, self._tiles(picture, frame, scan))
        found: tuple[Detection, ...] = ()
        if frame % LOST_EVERY == 0:
            for one in state.lost:
                found += self._probe.near(picture, Roi(one.x, one.y, one.side, one.angle))
        return found

    def _tiles(self, picture: Picture, frame: int, scan: bool) -> tuple[Box, ...]:
        """All tiles, or the next one in turn."""
        boxes = tiles(picture.width, picture.height)
        if scan:
            self.state.last_scan = frame
            return boxes
        if not boxes or frame % TILE_EVERY:
            return ()
        self.state.next_tile = (self.state.next_tile + 1) % len(boxes)
        return (boxes[self.state.next_tile],)
