"""Dragging a key in the lane of a clip: all its keys at that frame go along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import Qt

from latentsync_studio.core.timeline.edits.curves import move_keys
from latentsync_studio.core.timeline.edits.masks import change_layer
from latentsync_studio.ui.timeline.painting.key_lane import key_at
from latentsync_studio.ui.timeline.tools.base import EditDrag, Pointer, signed, tr

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.mask.layer import RasterKey
    from latentsync_studio.core.timeline.model import Clip, Project
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas


def key_under(stage: TimelineCanvas, at: Pointer) -> int | None:
    """The frame of the medium's grid whose key lies under the mouse."""
    row, clip = at.hit.row, at.hit.clip
    if row is None or clip is None or not (clip.curves or clip.masks):
        return None
    return key_at(row, clip, stage.view, at.x, at.y)


class KeyDrag(EditDrag):
    """Moves every key of a clip at one frame; a click goes there."""

    cursor = Qt.CursorShape.SizeHorCursor

    def __init__(self, stage: TimelineCanvas, at: Pointer, clip: Clip, frame: int) -> None:
        super().__init__(stage, at, ())
        self.label = tr("Move keys")
        self._clip, self._frame, self._clicked = clip, frame, True

    def edges(self) -> Iterable[int]:
        return (self._place,)

    @property
    def _place(self) -> int:
        return self._clip.start + self._frame - self._clip.source.start

    def move(self, at: Pointer) -> None:
        self._clicked = False
        super().move(at)

    def change(self, project: Project) -> Project:
        return moved(project, self._clip, self._frame, self.by) if self.by else project

    def words(self) -> str:
        return f"{signed(self.by)}   {self.stage.clock.label(max(0, self._place + self.by))}"

    def release(self, at: Pointer) -> None:
        super().release(at)
        if self._clicked:
            self.stage.session.seek(self._place)


def moved(project: Project, clip: Clip, frame: int, by: int) -> Project:
    """The project with every key and shape of a clip at `frame` moved by frames."""
    for curve in clip.curves:
        if any(key.frame == frame for key in curve.keys):
            project = move_keys(project, clip.id, curve.key, [frame], by)
    for layer in clip.masks:
        if len(layer.rasters) > 1 and any(key.frame == frame for key in layer.rasters):
            rasters = _moved(layer.rasters, frame, by)
            project = change_layer(project, clip.id, layer.id, rasters=rasters)
    return project


def _moved(rasters: tuple[RasterKey, ...], frame: int, by: int) -> tuple[RasterKey, ...]:
    """Shapes with one of them elsewhere; one that lies there gives way."""
    kept = {key.frame: key for key in rasters if key.frame != frame}
    kept[frame + by] = replace(next(key for key in rasters if key.frame == frame), frame=frame + by)
    return tuple(kept[at] for at in sorted(kept))
