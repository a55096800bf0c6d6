"""What the panels of quality stand on: a timeline, and stand-ins for what draws and plays."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
from PySide6.QtCore import QObject, Signal

from latentsync_studio.core.quality.curves import ClipQuality, Curve, Figure
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.services.timeline.spans import Span
from tests.ui.timeline.scenes import SPEECH, clip, project

COUNT = 200


class Jobs(QObject):
    """Tells of jobs when a test says so, and notes what is to be drawn."""

    job_done = Signal(str)
    job_failed = Signal(str, object)
    frame_finished = Signal(object)
    jobs_changed = Signal()
    progressed = Signal(str)

    def __init__(self):
        super().__init__()
        self.running, self.asked, self.queue, self.now = None, [], [], None

    def synthesize(self, clips=(), frames=None):
        self.asked.append((tuple(clips), frames))

    def jobs(self):
        return self.queue

    def live(self, job):
        return self.now if job == self.running else None


class Spans(QObject):
    """Everything is drawn."""

    changed = Signal(object)

    def __init__(self):
        super().__init__()
        self.state = "ready"

    def spans_of(self, _clip):
        return (Span(frames=FrameRange(20, 20 + COUNT), state=self.state, text=""),)


class Playback(QObject):
    """Goes where it is told and shows what a test gives it."""

    shown = Signal(object)

    def __init__(self, session):
        super().__init__()
        self._session = session
        self.pictures = SimpleNamespace(current=None)

    def go_to(self, frame):
        self._session.seek(frame)


def scene():
    """A clip of 200 frames from frame 20 on, at frame 1000 of its medium, and its speech."""
    return project(V1=[clip(21, 20, COUNT, source=1000)], A2=[clip(22, 0, 3 * COUNT, media=SPEECH)])


def spike(base, height, start, stop):
    values = np.full(COUNT, base, np.float32)
    values[start:stop] = height
    return values


def measured(**changed):
    """A clip that is blurred in frames 1040..1080, flickers in 1100..1130, and comes late."""
    given = {
        "frames": FrameRange(1000, 1000 + COUNT),
        "rate": Fraction(25),
        "seconds": np.arange(COUNT) / 25,
        "curves": {
            "sharpness": Curve.of(spike(1.0, 0.2, 40, 80), np.ones(COUNT)),
            "flicker": Curve.of(spike(1.0, 9.0, 100, 130), np.ones(COUNT)),
            "outside_psnr": Curve.of(np.full(COUNT, np.inf)),
            "strength": Curve.of(np.ones(COUNT)),
            "aperture": Curve.of(np.abs(np.sin(np.arange(COUNT) / 3)) * 0.1),
        },
        "figures": {
            "lag_frames": Figure(3.0, 0.0),
            "lag_ms": Figure(120.0, 0.0),
            "confidence": Figure(0.5, 0.5),
        },
        "spoken": np.ones(COUNT, bool),
    }
    return ClipQuality(**{**given, **changed})
