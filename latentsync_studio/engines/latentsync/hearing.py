"""What the frames of a take hear, and what becomes of the mouth where nobody speaks.

    close    breath, noise and music between the words are turned down before the network hears
             them, so that it draws what it draws for silence: a closed mouth
    hold     a frame in silence hears what was heard when somebody spoke last
    source   the patch fades out where nobody speaks: the clip's own mouth is seen
    hear     all frames hear everything

Whether somebody speaks at an instant depends on the sound within `REACH_S` of it, but for `hold`.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import maximum_filter1d

from latentsync_studio.core.speech.shapes import CHANNELS, SHAPE_RATE_HZ
from latentsync_studio.engines.latentsync.blending import heard_times
from latentsync_studio.engines.latentsync.speech_windows import (
    RATE_HZ,
    file_digest,
    frame_starts,
    speech_digest,
)

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, F64
    from latentsync_studio.core.engine import Take
    from latentsync_studio.core.settings.latentsync import LatentSyncSettings
    from latentsync_studio.core.speech.shapes import SpeechShapes
    from latentsync_studio.engines.latentsync.blending import ModelWindow

_ACTIVITY: Final = CHANNELS.index("activity")
_SPOKEN: Final = 0.3  # activity above which somebody speaks
_ROUND_WORDS: Final = 8  # samples at 100 Hz by which speech begins earlier and ends later
_HUSHED: Final = 1e-3  # what is left of the sound of silence, -60 dB
REACH_S: Final = 1.08  # the longest fade, and what counts as around words


class Hearing:
    """The speech of a take as the network is to hear it; numbers only, no network."""

    def __init__(self, take: Take, settings: LatentSyncSettings) -> None:
        """Work out where somebody speaks.

        Args:
            take: its speech, shapes and times.
            settings: silence policy, exact windows.
        """
        policy = settings.silence.policy
        starts = frame_starts(take.seconds, take.rate)
        speaking = speaking_track(take.shapes, settings.silence.fade_ms)
        self.is_exact, self._rate = settings.exact_audio, take.rate
        self.pcm = hushed(take.pcm, speaking) if policy == "close" else take.pcm
        self.starts = held(starts, speaking) if policy == "hold" else starts
        self.shown = np.ones(len(starts), np.float32)
        if policy == "source":
            self.shown = _at(speaking, take.seconds).astype(np.float32)
        self._whole = file_digest(self.pcm) if self.is_exact else b""

    def seconds(self, chunk: ModelWindow) -> F64:
        """(16,) instants of the speech that the frames of a chunk hear around."""
        return heard_times(chunk, self.starts, self._rate)

    def digest(self, chunk: ModelWindow) -> bytes:
        """Hash of what the frames of a chunk hear, and how much of their patches is shown."""
        out = blake2b(self._whole, digest_size=16)
        seconds = self.seconds(chunk)
        out.update(seconds.tobytes() if self.is_exact else speech_digest(self.pcm, seconds))
        out.update(self.shown[list(chunk.frames)].tobytes())
        return out.digest()


def speaking_track(shapes: SpeechShapes, fade_ms: float) -> F64:
    """(M,) 0..1 at 100 Hz: 1 where somebody speaks and just around it, faded outside of that."""
    spoken = (shapes.channels[:, _ACTIVITY] >= _SPOKEN).astype(np.float64)
    half = round(fade_ms * SHAPE_RATE_HZ / 2000)
    wide = maximum_filter1d(spoken, 2 * (_ROUND_WORDS + half) + 1, mode="constant")
    if not half or not len(wide):
        return np.asarray(wide, np.float64)
    fade = 2 * half + 1
    return np.convolve(np.pad(wide, half, mode="edge"), np.ones(fade) / fade, mode="valid")


def hushed(pcm: F32, speaking: F64) -> F32:
    """The speech with its silences turned down, (S,) f32."""
    if not len(speaking):
        return pcm
    gain = _HUSHED + (1.0 - _HUSHED) * _at(speaking, np.arange(len(pcm)) / RATE_HZ)
    return np.asarray(pcm * gain, np.float32)


def held(seconds: F64, speaking: F64) -> F64:
    """Times of frames, those in silence moved back to where somebody spoke last.

    Frames before the first word keep their times.
    """
    loud = _at(speaking, seconds) >= 0.5
    last = np.maximum.accumulate(np.where(loud, seconds, -np.inf))
    return np.where(np.isfinite(last) & ~loud, last, seconds)


def _at(speaking: F64, seconds: F64) -> F64:
    """The track at any times; silence beyond its ends."""
    if not len(speaking):
        return np.zeros(len(seconds))
    place = np.asarray(seconds, np.float64) * SHAPE_RATE_HZ
    return np.interp(place, np.arange(len(speaking)), speaking, left=0.0, right=0.0)
