"""The whole picture of a dirty rectangle, from the ground up."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt

from latentsync_studio.ui.timeline.geometry import RULER
from latentsync_studio.ui.timeline.painting.clips import ClipPainter
from latentsync_studio.ui.timeline.painting.key_lane import paint_key_lanes
from latentsync_studio.ui.timeline.painting.overlay import paint_overlay, paint_words
from latentsync_studio.ui.timeline.painting.row_cache import RowCache
from latentsync_studio.ui.timeline.painting.ruler import paint_playhead, paint_ruler

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from latentsync_studio.core.timeline.model import MediaId
    from latentsync_studio.ui.timeline.geometry import Row
    from latentsync_studio.ui.timeline.painting.scene import Palette, Scene


class TimelinePainter:
    """Paints scenes; what it keeps between them makes it quick, not different."""

    def __init__(self) -> None:
        self.clips = ClipPainter()
        self.rows = RowCache()

    def begin(self) -> None:
        """A paint event begins."""
        self.clips.tiles.begin()
        self.clips.pictures.begin()

    def forget(self, media: MediaId) -> None:
        """Make small pictures of a medium anew: better ones can be had."""
        self.clips.pictures.forget(media)
        self.rows.clear()

    def paint(self, painter: QPainter, scene: Scene, dirty: QRect) -> None:
        """Paint what `dirty` shows of the scene; the painter is clipped to it."""
        painter.setFont(scene.texts.font)
        painter.fillRect(dirty, scene.palette.brushes["base"])
        offset = RULER - scene.view.top
        for row in scene.rows.between(dirty.top() - offset, dirty.bottom() + 1 - offset):
            self.rows.draw(painter, scene, row, dirty, partial(self._row, scene, row))
            paint_key_lanes(painter, scene, row, dirty)
        self.rows.keep_only(scene)
        paint_overlay(painter, scene)
        paint_ruler(painter, scene, dirty)
        paint_playhead(painter, scene, dirty)
        paint_words(painter, scene)

    def _row(self, scene: Scene, row: Row, painter: QPainter, dirty: QRect) -> bool:
        """Paint what `dirty` shows of a row; False where pictures of media are yet to come."""
        palette, track = scene.palette, row.track
        missing = self.clips.missing
        box = QRect(dirty.left(), RULER + row.top - scene.view.top, dirty.width(), row.height)
        ground = "track" if track.kind == "video" else "track_alternate"
        painter.fillRect(box, palette.brushes[ground])
        painter.setBrushOrigin(-scene.view.left % 8, 0)  # patterns move with what they lie on
        self.clips.row(painter, scene, row, dirty)
        if track.is_muted:
            painter.fillRect(box, palette.shade)
        if track.is_locked:
            painter.fillRect(box, palette.locked)
        painter.setBrushOrigin(0, 0)
        painter.setPen(palette.pens["border"])
        painter.drawLine(box.left(), box.bottom(), box.right(), box.bottom())
        return self.clips.missing == missing


def paint_empty(painter: QPainter, palette: Palette, room: QRect, text: str) -> None:
    """Say what to do where there is nothing yet."""
    painter.setPen(palette.pens["dim_text"])
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(room.adjusted(20, 10, -20, -10), flags, text)
