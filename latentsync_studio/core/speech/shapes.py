"""What the mouth should do while a speech is heard: a 100 Hz track of articulatory channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32

SHAPE_RATE_HZ = 100
CHANNELS = ("open", "wide", "round", "closed", "lip_teeth", "sibilant", "activity")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechShapes:
    """Mouth targets over the whole speech, independent of any speaker's face.

    Every value depends only on the samples within `context_s` seconds of it, so that editing one
    second of the speech leaves the rest of the track bit for bit the same.

    Attributes:
        channels: (M, 7) f32 at 100 Hz, row k at second k / 100; columns as CHANNELS:
            open 0..1 (shut .. wide vowel), wide -1..1 (rounded .. spread), round 0..1, closed 0..1
            (p b m), lip_teeth 0..1 (f v), sibilant 0..1, activity 0..1 (somebody speaks).
        loudness: (M,) f32 0..1 perceived loudness, independent of the channels above.
        source: "network" (audio alone) or "transcript" (aligned text).
        context_s: reach of the dependence on the samples, seconds.
    """

    channels: F32
    loudness: F32
    source: str
    context_s: float
