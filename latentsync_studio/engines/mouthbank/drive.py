"""Speech shapes -> aperture and width of the mouth, in this person's own range.

Every value depends on the speech within REACH_S seconds only: all filters have finite support and
nothing is normalized over the whole speech.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.speech.shapes import CHANNELS, SHAPE_RATE_HZ

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, F64, I32
    from latentsync_studio.core.settings.pages import MouthBankSettings
    from latentsync_studio.core.speech.shapes import SpeechShapes

OPEN, WIDE, ROUND, CLOSED, LIP_TEETH, _, ACTIVITY = range(len(CHANNELS))
OPENING_SPEED = 1.4  # eye distances a second: lips need 3-4 frames at 25/s to open wide
CLOSING_SPEED = 1.8
_HALF_OPEN = 0.8  # exponent of the opening: less than 1 lifts half-open vowels
_PEAK = 0.15  # share of each neighbouring frame that rounds off a peak of the opening
_LONG_CLOSURE = 17  # samples: far longer than the lips stay closed for p, b or m
_MARGIN = 40  # samples of the track beyond the outermost time asked for
_SLEW_S = 0.17  # the widest aperture divided by the opening speed, and some
REACH_S = _MARGIN / SHAPE_RATE_HZ + _SLEW_S + 0.5  # 0.5: half of the longest silence fade


@dataclass(frozen=True, slots=True)
class MouthRange:
    """How this person moves: all in eye distances.

    Attributes:
        most: aperture of a wide vowel.
        closed_width: width that goes with a closed mouth.
        widening: change of the width per aperture, as this person couples them.
        swing: typical deviation of the width from that line.
        narrowest: least deviation that the bank can show.
        widest: greatest deviation that the bank can show.
    """

    most: float
    closed_width: float
    widening: float
    swing: float
    narrowest: float
    widest: float

    def usual_width(self, aperture: F64) -> F64:
        """Width that goes with an aperture, any shape."""
        out: F64 = self.closed_width + self.widening * aperture
        return out


def range_of(measures: F64) -> MouthRange:
    """Learn the range from (n, 2) aperture and width of the person's frames, n >= 1."""
    aperture, width = measures[:, 0], measures[:, 1]
    most = float(np.clip(1.2 * np.percentile(aperture, 85), 0.12, 0.18))
    off = aperture - aperture.mean()
    widening = float(np.clip(off @ width / (off @ off + 1e-3), -0.2, 0.4))
    closed_width = float(np.median(width - widening * aperture))
    deviation = width - closed_width - widening * aperture
    return MouthRange(
        most=most,
        closed_width=closed_width,
        widening=widening,
        swing=float(np.clip(deviation.std(), 0.022, 0.05)),
        narrowest=float(min(np.percentile(deviation, 4), -0.04)),
        widest=float(max(np.percentile(deviation, 96), 0.02)),
    )


class Drive:
    """Mouth targets of any frames of one take."""

    def __init__(
        self, shapes: SpeechShapes, person: MouthRange, settings: MouthBankSettings, rate: float
    ) -> None:
        self._channels, self._loudness = shapes.channels, shapes.loudness
        self._certain = shapes.source == "transcript"
        self._person, self._settings, self._rate = person, settings, rate
        self.slew_frames = max(1, int(np.ceil(_SLEW_S * rate)))

    def targets(self, seconds: F64, segment: I32) -> F64:
        """Aperture, and deviation of the width from what usually goes with it.

        Args:
            seconds: (k,) time of each frame within the speech; `slew_frames` frames at each end
                are context only.
            segment: (k,) speed limits do not reach over a change of this number.

        Returns:
            (k - 2 * slew_frames, 2): aperture >= 0, width deviation, both in eye distances.
        """
        track = _Track(self._channels, self._loudness, seconds)
        person, expression = self._person, self._settings.expression
        act = self._speaking(track)
        close = track.peak(self._closing(track))
        bite = np.clip(track.peak(track.values[:, LIP_TEETH]) * 1.4 - 0.3, 0, 1)
        bite = bite * 0.8 * (1 - close) * act
        loud = track.read(track.smooth(track.loudness, 2.0))
        opening = np.clip((track.at(OPEN, 1.8) - 0.04) / 0.66, 0, 1.12) ** _HALF_OPEN
        opening = opening * (0.6 + 0.5 * loud) + 0.22 * loud * (1 - opening)
        aperture = person.most * expression * (0.06 + 0.94 * opening)
        aperture = aperture * act * (1 - close)
        aperture = np.maximum(aperture * (1 - 0.75 * bite), 0.018 * bite)
        aperture = self._limited(aperture, segment)
        wide = track.at(WIDE, 4.0) - 0.35 * track.at(ROUND, 4.0)
        width = person.swing * 2.2 * expression * np.clip(wide, -1, 0.8) * act
        inner = slice(self.slew_frames, len(seconds) - self.slew_frames)
        return np.stack([aperture, width], axis=1)[inner]

    def _speaking(self, track: _Track) -> F64:
        """0 where nobody speaks .. 1, with the governor's fade on both sides."""
        silence = self._settings.silence
        if not silence.governor:
            return np.ones(len(track.seconds))
        act = np.clip(track.smooth(track.activity, 2.0) * 1.3 - 0.15, 0, 1)
        act *= np.clip(track.smooth(track.loudness, 3.0) * 2.5, 0, 1)
        fade = max(1, round(silence.fade_ms * SHAPE_RATE_HZ / 1000))
        return track.read(_box(act, fade))

    def _closing(self, track: _Track) -> F64:
        """(M,) 0..1 lips pressed together, of the track's samples.

        Those of a transcript are certain. Closed lips are short and quieter than the vowels
        beside them; what is called a closure at a peak of the loudness, or for much longer than a
        consonant lasts, is doubted.
        """
        closed = track.values[:, CLOSED]
        if self._certain:
            return closed
        held = _box(closed, _LONG_CLOSURE)
        loud = track.smooth(track.loudness, 1.0)
        beside = np.max([np.roll(loud, shift) for shift in range(-9, 10, 3)], axis=0)
        quieter = np.clip((1.04 - loud / np.maximum(beside, 0.05)) / 0.12, 0, 1)
        sure: F64 = np.clip(
            (closed * quieter - 1.2 * np.clip(held - 0.5, 0, 0.5)) * 1.5 - 0.6, 0, 1
        )
        return sure

    def _limited(self, aperture: F64, segment: I32) -> F64:
        """Limit the speed of opening and closing; a closure keeps its time."""
        out = aperture.copy()
        for k in range(1, self.slew_frames + 1):
            together = segment[k:] == segment[:-k]
            before = np.where(together, aperture[:-k] + k * OPENING_SPEED / self._rate, np.inf)
            after = np.where(together, aperture[k:] + k * CLOSING_SPEED / self._rate, np.inf)
            out[k:] = np.minimum(out[k:], before)
            out[:-k] = np.minimum(out[:-k], after)
        soft = out.copy()
        inner = (segment[2:] == segment[1:-1]) & (segment[1:-1] == segment[:-2])
        mean = _PEAK * (out[2:] + out[:-2]) + (1 - 2 * _PEAK) * out[1:-1]
        soft[1:-1] = np.where(inner, np.minimum(mean, out[1:-1]), out[1:-1])
        return soft


class _Track:
    """The part of the 100 Hz track that some frames can see; silence beyond its ends."""

    def __init__(self, channels: F32, loudness: F32, seconds: F64) -> None:
        self.seconds = seconds
        margin = _MARGIN + 52  # 52: half of the longest fade
        start = int(np.floor(seconds.min() * SHAPE_RATE_HZ)) - margin
        stop = int(np.ceil(seconds.max() * SHAPE_RATE_HZ)) + margin + 1
        a, b = max(start, 0), min(stop, len(loudness))
        self.values = np.zeros((stop - start, channels.shape[1] + 1))
        if b > a:
            self.values[a - start : b - start, :-1] = channels[a:b]
            self.values[a - start : b - start, -1] = loudness[a:b]
        self._times = np.arange(start, stop) / SHAPE_RATE_HZ

    @property
    def activity(self) -> F64:
        return self.values[:, ACTIVITY]

    @property
    def loudness(self) -> F64:
        return self.values[:, -1]

    def smooth(self, values: F64, sigma: float) -> F64:
        """Gaussian of `sigma` samples, cut at 3 sigma."""
        reach = int(np.ceil(3 * sigma))
        kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
        return np.convolve(values, kernel / kernel.sum(), mode="same")

    def read(self, values: F64) -> F64:
        """Sample a track at the frames' times."""
        return np.interp(self.seconds, self._times, values)

    def at(self, channel: int, sigma: float) -> F64:
        """Smoothed channel at the frames' times."""
        return self.read(self.smooth(self.values[:, channel], sigma))

    def peak(self, values: F64) -> F64:
        """Largest value of a track around each frame: a short closure must reach a frame."""
        soft = self.smooth(values, 0.8)
        near = [np.interp(self.seconds + d, self._times, soft) for d in (-0.015, 0.0, 0.015)]
        out: F64 = np.max(near, axis=0)
        return out


def _box(values: F64, length: int) -> F64:
    kernel = np.ones(length if length % 2 else length + 1)
    return np.convolve(values, kernel / kernel.sum(), mode="same")
