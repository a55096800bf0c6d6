"""Controllers that the timeline listens to, with what it asks of them; not what is tested here."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QImage, QPainter

from latentsync_studio.media.peaks import PeakPyramid, base_peaks, levels_of
from latentsync_studio.services.media_bin.status import MediaState


class Jobs(QObject):
    """Tells of jobs when a test says so."""

    job_done = Signal(str)
    job_failed = Signal(str, object)
    frame_finished = Signal(object)


class Named(QObject):
    """A project with a path, or none."""

    title_changed = Signal()

    def __init__(self):
        super().__init__()
        self.path = None


class Media(QObject):
    """Pictures and peaks that are at hand at once, of media that lie nowhere."""

    imported = Signal(object)
    states_changed = Signal()
    thumbnail_ready = Signal(str)
    waveform_ready = Signal(str)
    proxy_ready = Signal(str)

    def __init__(self):
        super().__init__()
        self.offline = set()
        self.imports = []
        self._images = {}
        self._peaks = {}

    def state_of(self, item):
        gone = item.id in self.offline
        text = f"{item.path} is not there." if gone else ""
        return MediaState(state="offline" if gone else "online", path=Path(item.path), text=text)

    def badges_of(self, _item):
        return ()

    def thumbnail(self, item, grid_frame, _rate, height):
        key = (item.id, grid_frame // 20, height)
        if key not in self._images:
            image = QImage(height * 16 // 9, height, QImage.Format.Format_RGB888)
            image.fill(QColor.fromHsv(grid_frame * 7 % 360, 70, 120))
            painter = QPainter(image)
            painter.setPen(QColor("#e0c0a8"))
            painter.setBrush(QColor("#c89878"))
            middle = image.rect().center()
            painter.drawEllipse(middle, height // 4, height // 3)
            painter.end()
            self._images[key] = image
        return self._images[key]

    def waveform(self, item):
        if item.audio is None:
            return None
        if item.id not in self._peaks:
            self._peaks[item.id] = waves(8000, 120)
        return self._peaks[item.id]

    def import_paths(self, paths, then=None):
        self.imports.append((tuple(paths), then))


@cache
def waves(rate_hz, seconds):
    """Peaks of noise whose loudness comes and goes like speech."""
    noise = np.random.default_rng(5).standard_normal(rate_hz * seconds)
    t = np.arange(rate_hz * seconds) / rate_hz
    loud = 0.25 * np.abs(np.sin(t * 2.1)) * np.abs(np.sin(t * 9.7))
    pcm = (noise * loud).astype(np.float32)[None]
    base = np.concatenate(list(base_peaks([pcm[:, : len(t) // 256 * 256]])))
    return PeakPyramid(rate_hz=rate_hz, n_samples=len(t), levels=levels_of(base))
