"""Clips of one track: fill, name, pictures or waveform, and their state."""

from __future__ import annotations

from math import ceil, log2
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF

from latentsync_studio.ui.timeline.geometry import RULER, visible
from latentsync_studio.ui.timeline.painting.coverage import (
    ArrayCache,
    Columns,
    columns,
    edges,
    row_image,
)
from latentsync_studio.ui.timeline.painting.spans import STRIP, paint_spans
from latentsync_studio.ui.timeline.painting.tiles import TILE, WaveformTiles

if TYPE_CHECKING:
    from PySide6.QtGui import QColor, QImage, QPainter

    from latentsync_studio.core.timeline.model import Clip, MediaItem
    from latentsync_studio.ui.timeline.geometry import Row
    from latentsync_studio.ui.timeline.painting.scene import Scene

NAME = 16  # px of the bar with the name
_CROWDED = 14.0  # px a clip on average, below which a row is drawn as columns
_NAMED = 26  # px from which on a clip shows its name
_PICTURED = 24  # px from which on it shows pictures or its waveform
_LINED = 4.0  # px between cuts that are drawn in a crowded row


class ClipPainter:
    """Draws the clips of tracks; keeps tiles and arrays between paint events."""

    def __init__(self) -> None:
        self.tiles = WaveformTiles()
        self.arrays = ArrayCache()

    def row(self, painter: QPainter, scene: Scene, row: Row, dirty: QRect) -> None:
        """Draw the clips of one track that touch `dirty`."""
        track = row.track
        if not track.clips:
            return
        first, last = scene.view.frames(dirty.left() - 1, dirty.right() + 2)
        low, high = visible(track.clips, first, last)
        top = RULER + row.top - scene.view.top
        if (high - low) * _CROWDED > dirty.width() and self._is_crowded(scene, row):
            self._crowd(painter, scene, row, dirty)
            return
        detail = not track.is_hidden
        for clip in track.clips[low:high]:
            self._clip(painter, scene, row, clip, top, detail)
        if track.dissolves and detail:
            self._dissolves(painter, scene, row, top)

    def _is_crowded(self, scene: Scene, row: Row) -> bool:
        """Decided by the whole view, so that a repainted strip looks like the rest."""
        first, last = scene.view.frames(0, scene.view.width)
        low, high = visible(row.track.clips, first, last)
        return (high - low) * _CROWDED > scene.view.width

    def _clip(
        self, painter: QPainter, scene: Scene, row: Row, clip: Clip, top: int, detail: bool
    ) -> None:
        view, palette = scene.view, scene.palette
        left, right = view.x_of(clip.start), view.x_of(clip.stop)
        box = scene.rect(left, right, top + 1, row.height - 2)
        is_offline = clip.media in scene.offline
        selected = clip.id in scene.selected
        painter.fillRect(box, palette.brushes[_fill(row, is_offline)])
        width = box.width()
        if detail and width >= _PICTURED and not is_offline:
            self._body(painter, scene, row, clip, (left, box))
        if is_offline:
            painter.fillRect(box, palette.offline)
        if not clip.is_enabled:
            painter.fillRect(box, palette.disabled)
        if detail and not row.track.is_hidden:
            if width >= _NAMED:
                self._name(painter, scene, row, clip, box)
            if row.track.kind == "video":
                paint_spans(painter, scene, clip, box)
        if selected:
            painter.setPen(palette.selected)
            painter.drawRect(box.adjusted(1, 1, -1, -1))
        elif width > 2:
            painter.setPen(palette.clip_edge)
            painter.drawLine(box.right(), box.top(), box.right(), box.bottom())

    def _name(self, painter: QPainter, scene: Scene, row: Row, clip: Clip, box: QRect) -> None:
        """The name stays in sight where the clip's left end is scrolled away."""
        palette = scene.palette
        bar = QRect(box.left(), box.top(), box.width(), min(NAME, box.height()))
        selected = clip.id in scene.selected
        if selected:
            painter.fillRect(bar, palette.brushes["accent"])
        elif not clip.is_enabled or clip.media in scene.offline:
            painter.fillRect(bar, palette.brushes[_fill(row, clip.media in scene.offline)])
        x = max(box.left() + 5, 5)
        room = box.right() - 3 - x
        if room < 14:
            return
        item = scene.media.get(clip.media)
        text = clip.name or (item.name if item is not None else clip.media)
        if clip.media in scene.offline:
            text = f"{scene.words['offline']} {text}"
        elif not clip.is_enabled:
            text = f"{scene.words['off']} {text}"
        painter.setPen(palette.pens["on_accent" if selected else "on_clip"])
        painter.drawStaticText(QPoint(x, bar.top() + 1), scene.texts.of(text, room))

    def _body(
        self, painter: QPainter, scene: Scene, row: Row, clip: Clip, at: tuple[float, QRect]
    ) -> None:
        left, box = at
        item = scene.media.get(clip.media)
        if item is None or row.height < NAME + 14:
            return
        strip = STRIP if row.track.kind == "video" and scene.spans(clip.id) else 0
        body = QRect(box.left(), box.top() + NAME, box.width(), box.height() - NAME - strip)
        if row.track.kind == "video":
            self._pictures(painter, scene, clip, item, (left, body))
        else:
            self._wave(painter, scene, clip, item, (left, body))

    def _pictures(
        self, painter: QPainter, scene: Scene, clip: Clip, item: MediaItem, at: tuple[float, QRect]
    ) -> None:
        """A film strip: frames at steps that are powers of two, so that zooming meets old ones."""
        left, body = at
        if item.video is None or body.height() < 12:
            return
        height = body.height()
        shape = item.video.width / max(1, item.video.height)
        width = max(12.0, height * min(4.0, max(0.3, shape)))
        step = 1 << max(0, ceil(log2(max(1e-9, width / scene.view.scale))))
        seen_right = min(body.right() + 1, scene.view.width)
        slot = max(0, int((max(body.left(), 0) - left) // width))
        wanted = thumbnail_height(height * scene.dpr)
        while (x := left + slot * width) < seen_right:
            frame = clip.source.start + int(slot * width / scene.view.scale)
            frame = max(clip.source.start, frame // step * step) if not item.is_still else 0
            image = scene.thumbnail(item, frame, scene.sequence.rate, wanted)
            if image is not None and image.height():
                self._picture(painter, image, QRectF(x, body.top(), width, height), body)
            slot += 1

    @staticmethod
    def _picture(painter: QPainter, image: QImage, slot: QRectF, body: QRect) -> None:
        target = slot.intersected(QRectF(body))
        if target.isEmpty():
            return
        across, down = image.width() / slot.width(), image.height() / slot.height()
        source = QRectF(
            (target.left() - slot.left()) * across,
            (target.top() - slot.top()) * down,
            target.width() * across,
            target.height() * down,
        )
        painter.drawImage(target, image, source)

    def _wave(
        self, painter: QPainter, scene: Scene, clip: Clip, item: MediaItem, at: tuple[float, QRect]
    ) -> None:
        left, body = at
        peaks = scene.waveform(item)
        if peaks is None or body.height() < 8:
            return
        dpr, scale = scene.dpr, scene.view.scale * scene.dpr
        height = round(body.height() * dpr)
        color: QColor = scene.palette.colors["waveform"]
        origin = left - clip.source.start * scene.view.scale  # widget x of the medium's first frame
        wide = TILE / dpr
        x0, x1 = max(body.left(), -16), min(body.right() + 1, scene.view.width + 16)
        for number in range(int((x0 - origin) // wide), int((x1 - origin - 1e-6) // wide) + 1):
            image = self.tiles.tile(peaks, number, scene.sequence.rate, (scale, height), color)
            if image is None:
                continue
            x = origin + number * wide
            seen0, seen1 = max(x, x0), min(x + wide, x1)
            source = QRectF((seen0 - x) * dpr, 0, (seen1 - seen0) * dpr, height)
            painter.drawImage(
                QRectF(seen0, body.top(), seen1 - seen0, body.height()), image, source
            )

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
        first, last = view.frames(dirty.left() - 1, dirty.right() + 2)
        seen = slice(*visible(row.track.clips, first, last))
        covered = columns(arrays.starts[seen], arrays.stops[seen], looks[seen], part)
        marked = edges(arrays.starts[seen], part, _LINED * scene.dpr)
        image = row_image(covered, _crowd_colors(scene, row), marked)
        top = RULER + row.top - view.top
        painter.drawImage(QRect(dirty.left(), top + 1, dirty.width(), row.height - 2), image)

    def _dissolves(self, painter: QPainter, scene: Scene, row: Row, top: int) -> None:
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


def thumbnail_height(px: float) -> int:
    """Heights in steps, so that a track that grows by a pixel asks for no new pictures."""
    return next((height for height in (24, 40, 64, 96) if height >= px * 0.85), 128)


def _fill(row: Row, is_offline: bool) -> str:
    if is_offline:
        return "offline_clip"
    if row.track.kind == "video":
        return "video_clip"
    return "speech_clip" if row.track.speech is not None else "audio_clip"


def _crowd_colors(scene: Scene, row: Row) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    colors = scene.palette.colors
    fill = colors[_fill(row, is_offline=False)]
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
