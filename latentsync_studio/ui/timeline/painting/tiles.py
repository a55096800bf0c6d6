"""Waveforms and small pictures in the size in which they are drawn, so that drawing only copies."""

from __future__ import annotations

import time
from collections import OrderedDict
from math import ceil, log2
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QColor

    from latentsync_studio.core.timeline.model import MediaId, MediaItem
    from latentsync_studio.services.media_bin.waveforms import PeakPyramid
    from latentsync_studio.ui.timeline.painting.scene import Scene

TILE = 256  # device px at most
_WHOLE = 4  # px, of which a tile is a multiple: at 125, 150 and 175 % too they are whole device px
_BYTES_KEPT = 48 * 1024 * 1024
PICTURES_KEPT = 3000  # about 10 kB each
_SEEN = 2000
_BUDGET_S = 0.003  # in one paint event; the rest follows in the next one
_Key = tuple[int, float, int, int, int, int]


class WaveformTiles:
    """Pictures of peaks for every zoom that was looked at, as many as fit into the memory."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, tuple[PeakPyramid, QImage]] = OrderedDict()
        self._bytes = 0
        self._waves: dict[tuple[object, ...], Wave] = {}  # of this paint event
        self._last: dict[tuple[object, ...], Wave] = {}  # of the one before
        self._spent = 0.0  # seconds, in this paint event
        self.is_behind = False  # tiles were left out in the last paint event

    def begin(self) -> None:
        """A paint event begins."""
        self._spent = 0.0
        self.is_behind = False
        self._last, self._waves = self._waves, {}

    def wave(self, scene: Scene, peaks: PeakPyramid, height: int) -> Wave:
        """The waveform of a medium as it is drawn in this paint event, `height` px tall."""
        color = scene.palette.colors["waveform"].rgb()
        key = (id(peaks), height, scene.view.scale, scene.dpr, scene.sequence.rate, color)
        found = self._waves.get(key) or self._last.get(key)
        if found is None or found.peaks is not peaks:
            found = Wave(self, scene, peaks, height)
        self._waves[key] = found
        return found

    def find(self, key: _Key, peaks: PeakPyramid) -> QImage | None:
        """A tile that was made."""
        found = self._kept.get(key)
        if found is None or found[0] is not peaks:
            return None
        self._kept.move_to_end(key)
        return found[1]

    def make(self, draw: Callable[[], QImage]) -> QImage | None:
        """Draw one more tile where this paint event has time for it."""
        if self._spent > _BUDGET_S:
            self.is_behind = True
            return None
        begun = time.perf_counter()
        image = draw()
        self._spent += time.perf_counter() - begun
        return image

    def keep(self, key: _Key, peaks: PeakPyramid, image: QImage) -> None:
        """Keep a tile; the oldest ones go."""
        self._kept[key] = (peaks, image)
        self._bytes += image.sizeInBytes()
        while self._bytes > _BYTES_KEPT:
            _, (_, gone) = self._kept.popitem(last=False)
            self._bytes -= gone.sizeInBytes()


class Wave:
    """The waveform of one medium at one zoom, in tiles counted from the medium's first frame.

    Attributes:
        peaks: whose.
        width: px of a tile in the widget.
        tall: device px.
    """

    def __init__(self, tiles: WaveformTiles, scene: Scene, peaks: PeakPyramid, height: int) -> None:
        self._tiles, self.peaks, self._dpr = tiles, peaks, scene.dpr
        self._color = scene.palette.colors["waveform"]
        self.width = int(TILE / scene.dpr) // _WHOLE * _WHOLE
        self._wide = round(self.width * scene.dpr)
        self.tall = round(height * scene.dpr)
        self._scale = scene.view.scale * scene.dpr
        rate = scene.sequence.rate
        self._samples = peaks.rate_hz * rate.den / (rate.num * self._scale)  # of a device px
        self._key = (id(peaks), self._scale, self._wide, self.tall, self._color.rgb())
        self._seen: dict[int, QImage] = {}

    def tile(self, number: int) -> QImage | None:
        """Tile `number`; None: in the next paint event."""
        image = self._seen.get(number)
        if image is not None:
            return image
        key = (*self._key, number)
        image = self._tiles.find(key, self.peaks)
        if image is None:
            image = self._tiles.make(lambda: self._drawn(number))
            if image is None:
                return None
            self._tiles.keep(key, self.peaks, image)
        if len(self._seen) >= _SEEN:
            self._seen.clear()
        self._seen[number] = image
        return image

    def _drawn(self, number: int) -> QImage:
        peaks = self.peaks.tile(number * self._wide * self._samples, self._samples, self._wide)
        image = wave_image(peaks, self.tall, self._color)
        image.setDevicePixelRatio(self._dpr)
        return image


def wave_image(
    peaks: np.ndarray[tuple[int, int], np.dtype[np.float32]], height: int, color: QColor
) -> QImage:
    """Draw (width, 2) lowest and highest in -1..1 as a picture `height` px tall on nothing."""
    middle = (height - 1) / 2
    top = np.floor(middle - peaks[:, 1] * middle)
    bottom = np.ceil(middle - peaks[:, 0] * middle)
    rows = np.arange(height)[:, None]
    inside = (rows >= top) & (rows <= bottom)
    pixels = np.zeros((height, len(peaks)), np.uint32)
    pixels[inside] = color.rgba()
    image = QImage(
        pixels.data,
        len(peaks),
        height,
        4 * len(peaks),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    return image.copy()


class Pictures:
    """Small pictures of media, scaled to the film strip: (item, frame, size) -> QImage."""

    def __init__(self) -> None:
        self.kept: OrderedDict[tuple[int, int, int, int, float], tuple[MediaItem, QImage]] = (
            OrderedDict()
        )
        self._films: dict[tuple[object, ...], Film] = {}  # of this paint event
        self._last: dict[tuple[object, ...], Film] = {}  # of the one before

    def begin(self) -> None:
        """A paint event begins."""
        self._last, self._films = self._films, {}

    def film(self, scene: Scene, item: MediaItem, height: int) -> Film:
        """The film strip of a medium as it is drawn in this paint event, `height` px tall."""
        key = (id(item), height, scene.view.scale, scene.dpr)
        found = self._films.get(key) or self._last.get(key)
        if found is None or found.item is not item:
            found = Film(self, scene, item, height)
        self._films[key] = found
        found.scene = scene
        return found

    def forget(self, media: MediaId) -> None:
        """Make the pictures of a medium anew: better ones can be had."""
        for key in [key for key, (item, _) in self.kept.items() if item.id == media]:
            del self.kept[key]
        self._films.clear()
        self._last.clear()


class Film:
    """Pictures of one medium, side by side.

    Attributes:
        item: the medium.
        scene: of this paint event.
        width: px of a picture in the widget.
        wide, tall: device px; a part of one more than `width` is, so that no gap is left.
        step: grid frames, a power of two: pictures are of multiples of it, and of in points.
        seen: frame -> its picture, of those that were drawn lately.
    """

    def __init__(self, pictures: Pictures, scene: Scene, item: MediaItem, height: int) -> None:
        self._pictures, self.scene, self.item = pictures, scene, item
        self.seen: dict[int, QImage] = {}
        shape = 1 / _tallness(item)
        self.width = max(12, round(height * min(2.4, max(1.0, shape))))  # upright ones are cut off
        self._height = height
        self.wide, self.tall = ceil(self.width * scene.dpr), round(height * scene.dpr)
        self.step = 1 << max(0, ceil(log2(max(1e-9, self.width / scene.view.scale))))

    def at(self, frame: int) -> QImage | None:
        """The picture of a frame; None where it was only asked for now."""
        asked, item, scene = frame, self.item, self.scene
        if item.is_still:
            frame = 0
        key = (id(item), frame, self.width, self._height, scene.dpr)
        found = self._pictures.kept.get(key)
        if found is not None and found[0] is item:
            if len(self.seen) >= _SEEN:
                self.seen.clear()
            self.seen[asked] = found[1]
            return found[1]
        wanted = thumbnail_height(max(self._height, self.width * _tallness(item)) * scene.dpr)
        image = scene.thumbnail(item, frame, scene.sequence.rate, wanted)
        if image is None or image.isNull():
            return None
        fitted = filled(image, self.wide, self.tall)
        fitted.setDevicePixelRatio(scene.dpr)
        self._pictures.kept[key] = (item, fitted)
        if len(self._pictures.kept) > PICTURES_KEPT:
            self._pictures.kept.popitem(last=False)
        return fitted


def _tallness(item: MediaItem) -> float:
    """Height of the pictures by their width."""
    return item.video.height / max(1, item.video.width) if item.video is not None else 1.0


def filled(image: QImage, width: int, height: int) -> QImage:
    """`image` scaled so that it fills (width, height); of an upright one more of the top stays."""
    large = image.convertToFormat(QImage.Format.Format_RGB32).scaled(
        width,
        height,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    left, top = (large.width() - width) // 2, (large.height() - height) // 4
    return large.copy(left, top, width, height)


def thumbnail_height(px: float) -> int:
    """Heights in steps, so that a track that grows by a pixel asks for no new pictures."""
    return next((height for height in (24, 40, 64, 96) if height >= px * 0.85), 128)
