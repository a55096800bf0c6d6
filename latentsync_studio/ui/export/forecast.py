"""How long an export may take, from how fast the last ones went; no Qt in here."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.model import ClipId, Sequence
    from latentsync_studio.ui.preferences.controller import PreferencesController
    from latentsync_studio.ui.timeline.spans import SpansController

_TO_DRAW = frozenset({"missing", "stale", "failed"})
_DRAWING = "synthesize"


def frames_to_draw(sequence: Sequence, frames: FrameRange, spans: SpansController) -> int:
    """Frames of driven clips within `frames` that are not synthesized."""
    return sum(clips_to_draw(sequence, frames, spans).values())


def clips_to_draw(
    sequence: Sequence, frames: FrameRange, spans: SpansController
) -> dict[ClipId, int]:
    """Driven clip -> frames of it within `frames` that are not synthesized; at least one."""
    counts = {
        clip.id: sum(
            _overlap(span.frames, frames)
            for span in spans.spans_of(clip.id)
            if span.state in _TO_DRAW
        )
        for track in sequence.tracks
        if track.kind == "video"
        for clip in track.clips
    }
    return {clip: count for clip, count in counts.items() if count}


def seconds_to_draw(n_frames: int, preferences: PreferencesController) -> float | None:
    """Seconds that drawing takes, None where no mouth was drawn on this machine yet."""
    if not n_frames:
        return 0.0
    speed = speed_of(preferences, _DRAWING)
    return n_frames / speed if speed else None


def seconds_to_write(pixels: int, encoder: str, preferences: PreferencesController) -> float | None:
    """Seconds that decoding and encoding so many pixels take, None where that was not measured."""
    speed = speed_of(preferences, writing_kind(encoder))
    return pixels / speed if speed else None


def writing_kind(encoder: str) -> str:
    """Under which name the speed of an encoder is kept, pixels a second."""
    return f"write.{encoder}"


def speed_of(preferences: PreferencesController, kind: str) -> float | None:
    """Units a second of the last job of a kind on this machine ("synthesize": frames)."""
    with suppress(ValueError):
        speed = float(preferences.layout(f"speed.{kind}"))
        return speed if speed > 0 else None
    return None


def remember_speed(preferences: PreferencesController, kind: str, speed: float) -> None:
    """Keep units a second of a job that has just ended."""
    preferences.set_layout(f"speed.{kind}", f"{speed:.4g}".encode("ascii"))


def _overlap(one: FrameRange, other: FrameRange) -> int:
    return max(0, min(one.stop, other.stop) - max(one.start, other.start))
