"""Measure the delivered mouth: its aperture, and how well it follows the speech."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.face.landmarks import aperture, mouth_width
from latentsync_studio.core.speech import sync
from latentsync_studio.core.speech.shapes import CHANNELS, SHAPE_RATE_HZ
from latentsync_studio.services.request import Metrics

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, F64
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.speech.shapes import SpeechShapes
    from latentsync_studio.engines.face_mesh.mesh import FaceMesh

MEASURED_RATE_HZ = 6.0  # samples of a correlation: more would cost time and tell nothing new
SPEECH_FLOOR = 0.5  # activity above which somebody speaks
MIN_FRAMES = 12
ACTIVITY = CHANNELS.index("activity")
MIN_PRESENCE = 0.5


class ApertureMeter:
    """Runs the face mesh anew on composed pictures; threads take turns with one network.

    Attributes:
        every: output frames from one measured frame to the next.
    """

    def __init__(self, every: int) -> None:
        self.every = every
        self._mesh: FaceMesh | None = None
        self._turn = Lock()

    @classmethod
    def for_rate(cls, rate: float) -> ApertureMeter:
        """A meter that measures at least 6 times a second."""
        return cls(max(1, int(rate / MEASURED_RATE_HZ)))

    def measure(self, picture: Picture, landmarks: F32) -> float:
        """Inner-lip gap over eye distance on `picture`; see `shape`."""
        return self.shape(picture, landmarks)[0]

    def shape(self, picture: Picture, landmarks: F32) -> tuple[float, float]:
        """Aperture and width of the mouth on `picture`, in eye distances; NaN where no face is.

        landmarks: (478, 3) of the source frame: they only say where to look.
        """
        from latentsync_studio.engines.face_mesh.mesh import FaceMesh, roi_from_landmarks

        with self._turn:  # loading one takes as long as thirty frames
            self._mesh = self._mesh or FaceMesh()
            found = self._mesh.measure(picture, roi_from_landmarks(landmarks))
        if found.presence < MIN_PRESENCE:
            return float("nan"), float("nan")
        return float(aperture(found.landmarks)), float(mouth_width(found.landmarks))


def follow(
    apertures: F64, seconds: F64, shapes: SpeechShapes, every: int, first: int = 0
) -> Metrics:
    """How well measured `apertures` follow the speech.

    apertures: (T,) of consecutive frames, NaN where not measured (all but every `every`-th,
    counted from `first`).
    seconds: (T,) middle of each frame in the speech. The reference is the speech's loudness, which
    has a part in the engine's targets too (louder speech opens wider): agreement is expected, and
    its absence is a fault.
    """
    if np.isfinite(apertures).sum() < MIN_FRAMES:
        return Metrics()
    clock = np.arange(len(shapes.loudness)) / SHAPE_RATE_HZ
    loudness = np.interp(seconds, clock, smoothed(shapes.loudness), right=np.nan)
    activity = np.interp(seconds, clock, shapes.channels[:, ACTIVITY], right=0.0)
    found = sync.follow(apertures, loudness, seconds)
    leak = sync.silence_leak(apertures[first::every], activity[first::every] > SPEECH_FLOOR)
    return Metrics(
        aperture_correlation=_rounded(found.peak),
        lag_frames=_rounded(found.lag_frames),
        silence_leak=None if leak is None else _rounded(leak),
        measured_every=every,
    )


def smoothed(curve: F32, sigma: float = 2.0) -> F32:
    """Gaussian of `sigma` rows: the mouth cannot follow single periods of the voice."""
    reach = int(4 * sigma)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    padded = np.pad(np.asarray(curve, np.float64), reach, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid").astype(np.float32)


def _rounded(value: float) -> float | None:
    return round(float(value), 3) if np.isfinite(value) else None
