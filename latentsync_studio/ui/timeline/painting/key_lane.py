"""Keys of curves and shapes of masks on the clips: a lane of diamonds at the lower edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from latentsync_studio.ui.timeline.geometry import RULER, visible
from latentsync_studio.ui.timeline.painting.spans import STRIP

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.model import Clip
    from latentsync_studio.ui.timeline.geometry import Row, Viewport
    from latentsync_studio.ui.timeline.painting.scene import Scene

LANE = 11  # px
RADIUS = 4.5  # px of a diamond
_LEAST_HEIGHT = 34  # px of a row that has room for it
_LEAST_WIDTH = 24  # px of a clip
_MOST = 2000  # clips in sight, beyond which no keys are told apart


def key_frames(clip: Clip) -> tuple[int, ...]:
    """Frames of the medium's grid within a clip at which anything of it has a key."""
    frames = {key.frame for curve in clip.curves for key in curve.keys}
    for layer in clip.masks:
        if len(layer.rasters) > 1:
            frames |= {key.frame for key in layer.rasters}
    return tuple(sorted(frame for frame in frames if frame in clip.source))


def lane_of(row: Row, view: Viewport) -> tuple[int, int] | None:
    """Top and bottom of the lane of a row in the widget; None where there is no room for one."""
    if row.track.is_hidden or row.track.kind != "video" or row.height < _LEAST_HEIGHT:
        return None
    bottom = RULER + row.bottom - view.top - 2 - STRIP
    return bottom - LANE, bottom


def key_x(clip: Clip, frame: int, view: Viewport) -> float:
    """Widget x of a key: the middle of its frame, or its start where frames are narrow."""
    at = clip.start + frame - clip.source.start
    return view.x_of(at) + (view.scale / 2 if view.scale >= 4 else 0.0)


def key_at(row: Row, clip: Clip, view: Viewport, x: float, y: float) -> int | None:
    """The frame of the key under a place of the widget."""
    lane = lane_of(row, view)
    if lane is None or not lane[0] <= y < lane[1]:
        return None
    near = [(abs(key_x(clip, frame, view) - x), frame) for frame in key_frames(clip)]
    found = min(near, default=(RADIUS + 2, 0))
    return found[1] if found[0] <= RADIUS + 1 else None


def paint_key_lanes(painter: QPainter, scene: Scene, row: Row, dirty: QRect) -> None:
    """Paint the lanes of the clips of a row that `dirty` shows."""
    lane = lane_of(row, scene.view)
    if lane is None:
        return
    first, last = scene.view.frames(dirty.left() - LANE, dirty.right() + LANE)
    low, high = visible(row.track.clips, first, last)
    animated = [c for c in row.track.clips[low : min(high, low + _MOST)] if c.curves or c.masks]
    for clip in animated:
        frames = key_frames(clip)
        left, right = scene.view.x_of(clip.start), scene.view.x_of(clip.stop)
        if frames and right - left >= _LEAST_WIDTH:
            painter.save()
            _paint_lane(painter, scene, clip, frames, lane)
            painter.restore()


def _paint_lane(
    painter: QPainter, scene: Scene, clip: Clip, frames: tuple[int, ...], lane: tuple[int, int]
) -> None:
    view, palette = scene.view, scene.palette
    box = scene.rect(view.x_of(clip.start), view.x_of(clip.stop), lane[0], lane[1] - lane[0])
    ground = QColor(palette.colors["base"])
    ground.setAlpha(200)
    painter.fillRect(box, ground)
    chosen = clip.id in scene.selected
    painter.setPen(palette.pens["text"])
    painter.setBrush(palette.brushes["accent" if chosen else "base"])
    painter.setClipRect(box.adjusted(0, -1, 0, 1), Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    y, last = (lane[0] + lane[1]) / 2, -1e9
    for frame in frames:
        x = key_x(clip, frame, view)
        if x - last >= 2.0 and -LANE <= x <= view.width + LANE:  # closer ones hide each other
            painter.drawPolygon(_diamond(x, y))
            last = x


def _diamond(x: float, y: float) -> QPolygonF:
    return QPolygonF(
        [
            QPointF(x, y - RADIUS),
            QPointF(x + RADIUS, y),
            QPointF(x, y + RADIUS),
            QPointF(x - RADIUS, y),
        ]
    )
