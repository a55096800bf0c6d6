"""One pass over the clips of a track in sight; it is run for hundreds of clips in a paint event.

What has the same pen is collected and drawn at the end: a call of Qt costs more than its pixels.
"""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, Literal, cast

from PySide6.QtCore import QLine, QRect

from latentsync_studio.ui.timeline.geometry import RULER
from latentsync_studio.ui.timeline.painting.spans import STRIP, paint_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPainter, QStaticText

    from latentsync_studio.core.timeline.model import Clip, MediaId
    from latentsync_studio.ui.timeline.geometry import Row
    from latentsync_studio.ui.timeline.painting.clips import ClipPainter
    from latentsync_studio.ui.timeline.painting.scene import Scene
    from latentsync_studio.ui.timeline.painting.tiles import Film, Wave

NAME = 16  # px of the bar with the name
_NAMED = 26  # px from which on a clip shows its name
_PICTURED = 24  # px from which on it shows pictures or its waveform
_LEAST_BODY = 12  # px
_LEAST_NAME = 14  # px
_AWAY = 1 << 30  # px; no clip lies there


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
        self._strips: dict[tuple[MediaId, int], Film | Wave | Literal[""]] = {}

    def draw(self, clips: Sequence[Clip]) -> None:
        """Draw neighboring clips, but for what `finish` does."""
        places = self._filled(clips)
        if self._is_open:
            self._draw_open(places)
        selected = self._scene.selected
        if selected:
            self._chosen += [
                (clip, QRect(left, self._top, right - left, self._height))
                for clip, _, left, right in places
                if clip.id in selected
            ]

    def _draw_open(self, places: list[tuple[Clip, float, int, int]]) -> None:
        """What lies on the clips of a track that is not folded away."""
        scene, body, name = self._scene, self._draw_body, self._draw_name
        offline, is_video, spans_of = scene.offline, self._is_video, scene.spans
        for clip, start, left, right in places:
            width = right - left
            is_offline = clip.media in offline
            spans = STRIP if is_video and spans_of(clip.id) else 0
            if width >= _PICTURED and not is_offline:
                body(clip, start, (left, right), self._body - spans)
            if is_offline or not clip.is_enabled:
                self._draw_state(clip, QRect(left, self._top, width, self._height))
            if width >= _NAMED:
                name(clip, left, right)
            if spans:
                paint_spans(self._painter, scene, clip, QRect(left, self._top, width, self._height))

    def _filled(self, clips: Sequence[Clip]) -> list[tuple[Clip, float, int, int]]:
        """Fill the clips and note their edges.

        Clips that touch are filled in one go: lines part them anyway.

        Returns:
            Each clip with the px where it begins, and its left and right px within the widget.
        """
        scale, gone, end, fill = self._scale, self._left, self._end, self._painter.fillRect
        top, height, brush = self._top, self._height, self._fill
        bottom, edges, places = top + height - 1, self._edges, []
        run_left = run_right = -_AWAY
        for clip in clips:
            at, source = clip.start, clip.source
            start = at * scale - gone
            stop = (at + source.stop - source.start) * scale - gone
            left = int(start + 16.0) - 16 if start > -16.0 else -16
            right = int(stop + 16.0) - 16 if stop < end else end
            if right <= left:
                right = left + 1
            places.append((clip, start, left, right))
            if right - left > 2:
                edges.append(QLine(right - 1, top, right - 1, bottom))
            if left > run_right:
                if run_left > -_AWAY:
                    fill(run_left, top, run_right - run_left, height, brush)
                run_left = left
            run_right = right
        if places:
            fill(run_left, top, run_right - run_left, height, brush)
        return places

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
        x = left + 5 if left > 0 else 5
        room = right - 4 - x
        if room < _LEAST_NAME:
            return
        scene = self._scene
        text = scene.texts.of(label_of(scene, clip), room)
        if text is not None:
            self._names.append((x, text))

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
        key = (clip.media, height)
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = self._strip_of(clip.media, height)
        if not strip:
            return
        if self._is_video:
            self._draw_film(cast("Film", strip), clip, start, ends)
        else:
            self._draw_wave(cast("Wave", strip), clip, start, ends)

    def _strip_of(self, media: MediaId, height: int) -> Film | Wave | Literal[""]:
        """What runs along the clips of a medium: pictures, its waveform, or nothing."""
        scene = self._scene
        item = scene.media.get(media)
        if item is None or height < _LEAST_BODY:
            return ""
        if self._is_video:
            return self._kept.pictures.film(scene, item, height) if item.video is not None else ""
        peaks = scene.waveform(item)
        if peaks is None:
            self._kept.missing += item.audio is not None
            return ""
        return self._kept.tiles.wave(scene, peaks, height)

    def _draw_film(self, film: Film, clip: Clip, start: float, ends: tuple[int, int]) -> None:
        """Frames at steps that are powers of two, so that zooming meets old ones."""
        left, right = ends
        width, step, dpr = film.width, film.step, self._scene.dpr
        right = min(right, self._scene.view.width)
        slot = int(-start // width) if start < 0 else 0
        first = clip.source.start
        x = floor(start) + slot * width
        seen, scale = film.seen, self._scale
        while x < right:
            frame = (first + int(slot * width / scale)) // step * step
            frame = max(frame, first)
            image = seen.get(frame) or film.at(frame)
            if image is not None:
                skip = left - x if x < left else 0
                stop = round((right - x) * dpr) if x + width > right else film.wide
                self._painter.drawImage(
                    x + skip, self._body_top, image,
                    round(skip * dpr), 0, stop - round(skip * dpr), film.tall,
                )  # fmt: skip
            else:
                self._kept.missing += 1
            slot += 1
            x += width

    def _draw_wave(self, wave: Wave, clip: Clip, start: float, ends: tuple[int, int]) -> None:
        left, right = ends
        dpr, wide = self._scene.dpr, wave.width
        origin = floor(start - clip.source.start * self._scale + 0.5)  # x of the medium's begin
        number = int((left - origin) // wide)
        x = origin + number * wide
        while x < right:
            image = wave.tile(number)
            if image is not None:
                x0 = left if x < left else int(x)
                x1 = right if x + wide > right else int(x + wide)
                self._painter.drawImage(
                    x0, self._body_top, image,
                    round((x0 - x) * dpr), 0, round((x1 - x0) * dpr), wave.tall,
                )  # fmt: skip
            else:
                self._kept.missing += 1
            number += 1
            x += wide


def label_of(scene: Scene, clip: Clip) -> str:
    """What stands on a clip: its name, or the medium's, and what is wrong with it."""
    text = clip.name
    if not text:
        item = scene.media.get(clip.media)
        text = item.name if item is not None else clip.media
    if clip.media in scene.offline:
        return f"{scene.words['offline']} {text}"
    return text if clip.is_enabled else f"{scene.words['off']} {text}"


def fill_of(row: Row, *, is_offline: bool) -> str:
    """Name of the color of a clip."""
    if is_offline:
        return "offline_clip"
    if row.track.kind == "video":
        return "video_clip"
    return "speech_clip" if row.track.speech is not None else "audio_clip"
