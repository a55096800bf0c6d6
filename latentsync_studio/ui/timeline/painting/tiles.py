"""Waveforms and small pictures in the size in which they are drawn, so that drawing only copies."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from latentsync_studio.core.timeline.model import MediaItem
    from latentsync_studio.core.timeline.rate import FrameRate
    from latentsync_studio.services.media_bin.waveforms import PeakPyramid
    from latentsync_studio.ui.timeline.painting.scene import Scene

TILE = 256  # px
_BYTES_KEPT = 48 * 1024 * 1024
PICTURES_KEPT = 3000  # about 10 kB each
_BUDGET_S = 0.005  # in one paint event; the rest follows in the next one
_Key = tuple[int, float, int, int, int]


class WaveformTiles:
    """Pictures of peaks: (pyramid, scale, height, color, tile number) -> QImage."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, tuple[PeakPyramid, QImage]] = OrderedDict()
        self._bytes = 0
        self._until = 0.0
        self.is_behind = False  # tiles were left out in the last paint event

    def begin(self) -> None:
        """A paint event begins."""
        self._until = time.perf_counter() + _BUDGET_S
        self.is_behind = False

    def tile(
        self,
        peaks: PeakPyramid,
        number: int,
        rate: FrameRate,
        size: tuple[float, int, float],
        color: QColor,
    ) -> QImage | None:
        """Tile `number` of 256 px, counted from the medium's first frame; None: next time.

        Args:
            peaks: of the medium.
            number: which tile.
            rate: of the sequence.
            size: scale in device px a frame, height in device px, device px a px.
            color: of the wave.
        """
        scale, height, dpr = size
        key = (id(peaks), scale, height, color.rgb(), number)
        found = self._kept.get(key)
        if found is not None and found[0] is peaks:
            self._kept.move_to_end(key)
            return found[1]
        if time.perf_counter() > self._until:
            self.is_behind = True
            return None
        samples = peaks.rate_hz * rate.den / (rate.num * scale)  # a device px
        image = wave_image(peaks.tile(number * TILE * samples, samples, TILE), height, color)
        image.setDevicePixelRatio(dpr)
        self._kept[key] = (peaks, image)
        self._bytes += image.sizeInBytes()
        while self._bytes > _BYTES_KEPT:
            _, (_, gone) = self._kept.popitem(last=False)
            self._bytes -= gone.sizeInBytes()
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
        self._kept: OrderedDict[tuple[int, int, int, int, float], tuple[MediaItem, QImage]] = (
            OrderedDict()
        )

    def of(self, scene: Scene, item: MediaItem, frame: int, size: tuple[int, int]) -> QImage | None:
        """A picture of `size` px of the widget; None where it was only asked for now."""
        width, height = size
        key = (id(item), frame, width, height, scene.dpr)
        found = self._kept.get(key)
        if found is not None and found[0] is item:
            return found[1]
        wanted = thumbnail_height(max(height, width * _tallness(item)) * scene.dpr)
        image = scene.thumbnail(item, frame, scene.sequence.rate, wanted)
        if image is None or image.isNull():
            return None
        fitted = filled(image, round(width * scene.dpr), round(height * scene.dpr))
        fitted.setDevicePixelRatio(scene.dpr)
        self._kept[key] = (item, fitted)
        if len(self._kept) > PICTURES_KEPT:
            self._kept.popitem(last=False)
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
