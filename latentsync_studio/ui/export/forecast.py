"""How long an export may take, from how fast the last ones went; no Qt in here."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.model import Sequence
    from latentsync_studio.ui.preferences.controller import PreferencesController
    from latentsync_studio.ui.timeline.spans import SpansController

_TO_DRAW = frozenset({"missing", "stale", "failed"})


class Forecast(NamedTuple):
    """What an export has to do.

    Attributes:
        frames: of the movie.
        to_draw: frames of driven clips that are not synthesized.
        seconds: it may take, None where no export was measured yet.
    """

    frames: int
    to_draw: int
    seconds: float | None


def forecast(
    sequence: Sequence,
    frames: FrameRange,
    spans: SpansController,
    preferences: PreferencesController,
) -> Forecast:
    """Look at what is missing and how fast the last jobs were."""
    n = frames.stop - frames.start
    to_draw = sum(
        _overlap(span.frames, frames)
        for track in sequence.tracks
        if track.kind == "video"
        for clip in track.clips
        for span in spans.spans_of(clip.id)
        if span.state in _TO_DRAW
    )
    writing, drawing = speed_of(preferences, "export"), speed_of(preferences, "synthesize")
    seconds = None
    if writing and (drawing or not to_draw):
        seconds = n / writing + (to_draw / drawing if drawing else 0.0)
    return Forecast(n, to_draw, seconds)


def speed_of(preferences: PreferencesController, kind: str) -> float | None:
    """Frames a second of the last job of a kind ("export", "synthesize") on this machine."""
    with suppress(ValueError):
        speed = float(preferences.layout(f"speed.{kind}"))
        return speed if speed > 0 else None
    return None


def remember_speed(preferences: PreferencesController, kind: str, speed: float) -> None:
    """Keep frames a second of a job that has just ended."""
    preferences.set_layout(f"speed.{kind}", f"{speed:.4g}".encode("ascii"))


def _overlap(one: FrameRange, other: FrameRange) -> int:
    return max(0, min(one.stop, other.stop) - max(one.start, other.start))
