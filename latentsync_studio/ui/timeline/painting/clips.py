"""Clips of a track: drawn one by one where they can be told apart, else as one row of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF

from latentsync_studio.ui.timeline.geometry import CROWDED, RULER, is_crowded, visible
from latentsync_studio.ui.timeline.painting.coverage import (
    ArrayCache,
    Columns,
    columns,
    edges,
    row_image,
)
from latentsync_studio.ui.timeline.painting.row_pass import NAME, RowPass, fill_of
from latentsync_studio.ui.timeline.painting.tiles import Pictures, WaveformTiles

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from latentsync_studio.ui.timeline.geometry import Row
    from latentsync_studio.ui.timeline.painting.scene import Scene

_LINED = 4.0  # px between cuts that are drawn in a crowded row


class ClipPainter:
    """Draws the clips of tracks; keeps tiles, pictures and arrays between paint events."""

    def __init__(self) -> None:
        self.tiles = WaveformTiles()
        self.pictures = Pictures()
        self.arrays = ArrayCache()
        self.missing = 0  # how often a picture or a part of a waveform was not there yet

    def row(self, painter: QPainter, scene: Scene, row: Row, dirty: QRect) -> None:
        """Draw the clips of one track that touch `dirty`."""
        track = row.track
        if not track.clips:
            return
        first, last = scene.view.frames(dirty.left() - 1, dirty.right() + 2)
        low, high = visible(track.clips, first, last)
        if (high - low) * CROWDED > dirty.width() and is_crowded(track, scene.view):
            self._crowd(painter, scene, row, dirty)
            return
        strip = RowPass(self, painter, scene, row)
        strip.draw(track.clips[low:high])
        strip.finish()
        if track.dissolves and not track.is_hidden:
            self._dissolves(painter, scene, row)

    def _crowd(self, painter: QPainter, scene: Scene, row: Row, dirty: QRect) -> None:
        """Draw all visible clips of a track as one row of columns."""
        view = scene.view
        arrays = self.arrays.of(row.track.id, row.track.clips)
        looks = arrays.looks(scene.selected, scene.offline)
        part = Columns(
            view.scale * scene.dpr,
            (view.left + dirty.left()) * scene.dpr,
            round(dirty.width() * scene.dpr),
        )
        first, last = view.frames(dirty.left() - 1, dirty.right() + 2 + _LINED)
        seen = slice(*visible(row.track.clips, first, last))
        covered = columns(arrays.starts[seen], arrays.stops[seen], looks[seen], part)
        marked = edges(arrays.starts[seen], part, _LINED * scene.dpr)
        image = row_image(covered, _crowd_colors(scene, row), marked)
        top = RULER + row.top - view.top
        painter.drawImage(QRect(dirty.left(), top + 1, dirty.width(), row.height - 2), image)

    @staticmethod
    def _dissolves(painter: QPainter, scene: Scene, row: Row) -> None:
        top = RULER + row.top - scene.view.top
        stops = {clip.id: clip.stop for clip in row.track.clips}
        for dissolve in row.track.dissolves:
            cut = stops[dissolve.left]
            left, right = (
                scene.view.x_of(cut - dissolve.before),
                scene.view.x_of(cut + dissolve.after),
            )
            if right < 0 or left > scene.view.width or right - left < 2:
                continue
            box = QRectF(left, top + 1 + NAME, right - left, max(4, row.height - 2 - NAME))
            painter.fillRect(box, scene.palette.dissolve)
            painter.setPen(scene.palette.pens["on_clip"])
            painter.drawRect(box)
            painter.drawLine(QPointF(box.left(), box.bottom()), QPointF(box.right(), box.top()))


def _crowd_colors(scene: Scene, row: Row) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    colors = scene.palette.colors
    fill = colors[fill_of(row, is_offline=False)]
    dim = colors["disabled_text"]
    return np.array(
        [
            0,
            fill.rgb(),
            dim.rgb(),
            colors["offline_clip"].rgb(),
            colors["accent"].rgb(),
            scene.palette.clip_edge.color().rgb(),
        ],
        np.uint32,
    )
