"""One pass over the clips of a track in sight; it is run for hundreds of clips in a paint event.

What has the same pen is collected and drawn at the end: a call of Qt costs more than its pixels.
"""

from __future__ import annotations

from math import ceil, log2
from typing import TYPE_CHECKING

from PySide6.QtCore import QLine, QRect

from latentsync_studio.ui.timeline.geometry import RULER
from latentsync_studio.ui.timeline.painting.spans import STRIP, paint_spans
from latentsync_studio.ui.timeline.painting.tiles import TILE

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter, QStaticText

    from latentsync_studio.core.timeline.model import Clip, MediaId, MediaItem
    from latentsync_studio.services.media_bin.waveforms import PeakPyramid
    from latentsync_studio.ui.timeline.geometry import Row
    from latentsync_studio.ui.timeline.painting.clips import ClipPainter
    from latentsync_studio.ui.timeline.painting.scene import Scene

NAME = 16  # px of the bar with the name
_NAMED = 26  # px from which on a clip shows its name
_PICTURED = 24  # px from which on it shows pictures or its waveform
_LEAST_BODY = 12  # px


class RowPass:
    """Draws clips of one track in one paint event."""

    def __init__(self, kept: ClipPainter, painter: QPainter, scene: Scene, row: Row) -> None:
        self._kept, self._painter, self._scene, self._row = kept, painter, scene, row
        self._scale, self._left = scene.view.scale, scene.view.left
        self._end = scene.view.width + 16
        self._top = RULER + row.top - scene.view.top + 1
        self._height = row.height - 2
        self._is_open = not row.track.is_hidden
        self._is_video = row.track.kind == "video"
        self._fill = scene.palette.brushes[fill_of(row, is_offline=False)]
        self._body_top = self._top + NAME
        self._body = self._height - NAME
        self._names: list[tuple[int, QStaticText]] = []
        self._edges: list[QLine] = []
        self._chosen: list[tuple[Clip, QRect]] = []
        self._peaks: dict[MediaId, PeakPyramid | None] = {}

    def draw(self, clip: Clip) -> None:
        """Draw one clip, but for what `finish` does."""
        scene = self._scene
        start = clip.start * self._scale - self._left
        source = clip.source
        stop = start + (source.stop - source.start) * self._scale
        left = int(start + 16.0) - 16 if start > -16.0 else -16
        right = int(stop) if stop < self._end else self._end
        width = max(1, right - left)
        self._painter.fillRect(left, self._top, width, self._height, self._fill)
        is_offline = clip.media in scene.offline
        if self._is_open:
            spans = STRIP if self._is_video and scene.spans(clip.id) else 0
            if width >= _PICTURED and not is_offline:
                self._draw_body(clip, start, (left, right), self._body - spans)
            if is_offline or not clip.is_enabled:
                self._draw_state(clip, QRect(left, self._top, width, self._height))
            if width >= _NAMED:
                self._draw_name(clip, left, right)
            if spans:
                box = QRect(left, self._top, width, self._height)
                paint_spans(self._painter, scene, clip, box)
        if clip.id in scene.selected:
            self._chosen.append((clip, QRect(left, self._top, width, self._height)))
        if width > 2:
            bottom = self._top + self._height - 1
            self._edges.append(QLine(right - 1, self._top, right - 1, bottom))

    def finish(self) -> None:
        """Draw lines and names of all clips, and the selected ones over them."""
        painter, palette, scene = self._painter, self._scene.palette, self._scene
        painter.setPen(palette.clip_edge)
        painter.drawLines(self._edges)
        painter.setPen(palette.pens["on_clip"])
        y = self._top + 1
        for x, text in self._names:
            painter.drawStaticText(x, y, text)
        for clip, box in self._chosen:
            if self._is_open and box.width() >= _NAMED:
                bar = min(NAME, box.height())
                painter.fillRect(box.left(), box.top(), box.width(), bar, palette.brushes["accent"])
                painter.setPen(palette.pens["on_accent"])
                self._names.clear()
                self._draw_name(clip, box.left(), box.right() + 1)
                for x, text in self._names:
                    painter.drawStaticText(x, y, text)
            painter.setPen(scene.palette.selected)
            painter.drawRect(box.adjusted(1, 1, -1, -1))

    def _draw_name(self, clip: Clip, left: int, right: int) -> None:
        """The name stays in sight where the clip's left end is scrolled away."""
        scene = self._scene
        x = left + 5 if left > 0 else 5
        room = right - 4 - x
        if room < 14:
            return
        text = clip.name
        if not text:
            item = scene.media.get(clip.media)
            text = item.name if item is not None else clip.media
        if clip.media in scene.offline:
            text = f"{scene.words['offline']} {text}"
        elif not clip.is_enabled:
            text = f"{scene.words['off']} {text}"
        self._names.append((x, scene.texts.of(text, room)))

    def _draw_state(self, clip: Clip, box: QRect) -> None:
        """Patterns over what is offline or off; the name keeps a plain ground."""
        painter, palette = self._painter, self._scene.palette
        is_offline = clip.media in self._scene.offline
        ground = palette.brushes[fill_of(self._row, is_offline=is_offline)]
        if is_offline:
            painter.fillRect(box, ground)
            painter.fillRect(box, palette.offline)
        if not clip.is_enabled:
            painter.fillRect(box, palette.disabled)
        painter.fillRect(box.left(), box.top(), box.width(), min(NAME, box.height()), ground)

    def _draw_body(self, clip: Clip, start: float, ends: tuple[int, int], height: int) -> None:
        item = self._scene.media.get(clip.media)
        if item is None or height < _LEAST_BODY:
            return
        if self._is_video:
            self._draw_pictures(clip, item, (start, *ends), height)
        else:
            self._draw_wave(clip, item, (start, *ends), height)

    def _draw_pictures(
        self, clip: Clip, item: MediaItem, at: tuple[float, int, int], height: int
    ) -> None:
        """A film strip: frames at steps that are powers of two, so that zooming meets old ones."""
        start, left, right = at
        if item.video is None:
            return
        scene, pictures = self._scene, self._kept.pictures
        shape = item.video.width / max(1, item.video.height)
        width = max(12, round(height * min(2.4, max(1.0, shape))))  # upright ones are cut off
        step = 1 << max(0, ceil(log2(max(1e-9, width / self._scale))))
        right = min(right, scene.view.width)
        slot = int((-start) // width) if start < 0 else 0
        first = clip.source.start
        dpr = scene.dpr
        while (x := int(start) + slot * width) < right:
            frame = 0
            if not item.is_still:
                frame = max(first, (first + int(slot * width / self._scale)) // step * step)
            image = pictures.of(scene, item, frame, (width, height))
            if image is not None:
                skip = max(0, left - x)
                shown = min(x + width, right) - x - skip
                self._painter.drawImage(
                    x + skip, self._body_top, image,
                    round(skip * dpr), 0, round(shown * dpr), image.height(),
                )  # fmt: skip
            slot += 1

    def _draw_wave(
        self, clip: Clip, item: MediaItem, at: tuple[float, int, int], height: int
    ) -> None:
        start, left, right = at
        peaks = self._peaks_of(item)
        if peaks is None:
            return
        scene = self._scene
        dpr, tall = scene.dpr, round(height * scene.dpr)
        size = (self._scale * dpr, tall, dpr)
        color = scene.palette.colors["waveform"]
        origin = round(start - clip.source.start * self._scale)  # x of the medium's first frame
        wide = TILE / dpr
        end = min(right, self._end)
        number = int((left - origin) // wide)
        while (x := origin + number * wide) < end:
            image = self._kept.tiles.tile(peaks, number, scene.sequence.rate, size, color)
            number += 1
            if image is None:
                continue
            x0 = max(int(x), left)
            x1 = min(int(x + wide), end)
            self._painter.drawImage(
                x0, self._body_top, image, round((x0 - x) * dpr), 0, round((x1 - x0) * dpr), tall
            )

    def _peaks_of(self, item: MediaItem) -> PeakPyramid | None:
        if item.id not in self._peaks:
            self._peaks[item.id] = self._scene.waveform(item)
        return self._peaks[item.id]


def fill_of(row: Row, *, is_offline: bool) -> str:
    """Name of the color of a clip."""
    if is_offline:
        return "offline_clip"
    if row.track.kind == "video":
        return "video_clip"
    return "speech_clip" if row.track.speech is not None else "audio_clip"
