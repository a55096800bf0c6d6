"""Strips of the speech over the frames of a sequence: its sound, and the mouth beside it; no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from latentsync_studio.core.quality.gate import missed_closures
from latentsync_studio.core.quality.laid import Laid, drawn_curve
from latentsync_studio.core.quality.reduction import Pyramid
from latentsync_studio.core.speech.shapes import CHANNELS
from latentsync_studio.core.speech.viseme_lane import NOTHING, VisemeLane, visemes_of
from latentsync_studio.ui.scopes.lines import SIGNS, Line, StripSpec, value_range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.arrays import F32
    from latentsync_studio.core.quality.curves import Curve
    from latentsync_studio.services.timeline.heard import Heard

PEAKS: Final = 16  # pairs a frame, as `services.timeline.heard` gives them
_BRIDGE: Final = 12  # frames over which a line goes on between measured ones
SHAPES: Final = 4  # rows of channels a frame


@dataclass(frozen=True, eq=False, kw_only=True)
class SpeechView:
    """All that the panel shows.

    Attributes:
        specs: its strips.
        lane: visemes, SHAPES of them a frame.
        channels: (stop * SHAPES, 7) f32, NaN where nothing is heard.
    """

    specs: tuple[StripSpec, ...]
    lane: VisemeLane
    channels: F32


def speech_view(
    heard: Sequence[Heard], laid: Sequence[Laid], stop: int, words: dict[str, str]
) -> SpeechView:
    """Lay everything on frames 0 .. stop - 1; for a worker's thread."""
    wave = np.full(stop * 2 * PEAKS, np.nan, np.float32)
    channels = np.full((stop * SHAPES, len(CHANNELS)), np.nan, np.float32)
    for each in heard:
        first, last = each.frames.start, min(each.frames.stop, stop)
        count = max(0, last - first)
        pairs = np.stack([each.low, each.high], axis=1).ravel()
        wave[first * 2 * PEAKS : last * 2 * PEAKS] = pairs[: count * 2 * PEAKS]
        channels[first * SHAPES : last * SHAPES] = each.channels[: count * SHAPES]
    visemes = np.full(len(channels), NOTHING, np.int8)
    known = ~np.isnan(channels[:, 0])
    visemes[known] = visemes_of(channels[known])
    mouth = drawn_curve(laid, stop, "aperture", _BRIDGE)
    return SpeechView(
        specs=(_wave(wave, words), _mouth(mouth, channels, laid, words)),
        lane=VisemeLane(visemes),
        channels=channels,
    )


def _wave(wave: F32, words: dict[str, str]) -> StripSpec:
    top = float(np.nanmax(np.abs(wave))) if (~np.isnan(wave)).any() else 1.0
    line = Line(name=words["sound"], values=Pyramid(wave), per_frame=2.0 * PEAKS, color="waveform")

    def at(frame: int) -> str:
        part = wave[frame * 2 * PEAKS : (frame + 1) * 2 * PEAKS] if frame >= 0 else wave[:0]
        if not len(part) or np.isnan(part[0]):
            return words["nothing"]
        level = float(np.abs(part).max())
        decibel = f"{20 * np.log10(level):.0f}" if level > 1e-5 else "-\N{INFINITY}"
        return f"{decibel} dBFS"

    return StripSpec(
        id="sound",
        title=words["sound"],
        unit="",
        low=-max(top, 0.05) * 1.05,
        high=max(top, 0.05) * 1.05,
        lines=(line,),
        words=at,
        tip=words["sound_tip"],
    )


def _mouth(mouth: Curve, channels: F32, laid: Sequence[Laid], words: dict[str, str]) -> StripSpec:
    wanted = _openness(channels)
    low, high = value_range(mouth.result, mouth.source)
    scale = _scale(wanted, mouth.result)
    speech = Line(
        name=words["openness"],
        values=Pyramid(np.asarray(wanted * scale, np.float32)),
        per_frame=float(SHAPES),
        color="stale",
        style="dot",
    )
    lines = [
        speech,
        Line.of(words["source"], mouth.source, "dim_text", "dash"),
        Line.of(words["result"], mouth.result, "accent"),
    ]
    missed = _missed(laid, len(mouth.result), high)
    if missed is not None:
        mark = Line.of(words["missed"], missed, "warning")
        lines.insert(0, Line(name=mark.name, values=mark.values, color=mark.color, is_filled=True))

    def at(frame: int) -> str:
        if not 0 <= frame < len(mouth.result):
            return ""
        values = (mouth.result[frame], mouth.source[frame])
        sides = [
            f"{sign} {value:.3f}"
            for sign, value in zip((SIGNS["solid"], SIGNS["dash"]), values, strict=True)
            if not np.isnan(value)
        ]
        heard = wanted[frame * SHAPES]
        asked = [] if np.isnan(heard) else [f"{SIGNS['dot']} {heard:.2f}"]
        return "\n".join(["  ".join(sides), *asked]).strip()

    return StripSpec(
        id="mouth",
        title=words["mouth"],
        unit=words["unit"],
        low=min(low, -0.005),
        high=high,
        lines=tuple(lines),
        words=at,
        tip=words["mouth_tip"],
    )


def _openness(channels: F32) -> F32:
    """How far the heard sounds ask a mouth to open, 0..1."""
    opened, closed, active = (
        channels[:, CHANNELS.index(name)] for name in ("open", "closed", "activity")
    )
    shut = 1 - np.clip(closed, 0, 1)
    return np.asarray(np.clip(opened, 0, 1) * shut * np.clip(active, 0, 1), np.float32)


def _scale(wanted: F32, seen: F32) -> float:
    """By what openness is multiplied, so that it is as high as the mouth; 0.15 where none is."""
    parts = [values[np.isfinite(values)] for values in (wanted, seen)]
    if not all(len(part) for part in parts):
        return 0.15
    high = [float(np.percentile(part, 97)) for part in parts]
    return high[1] / high[0] if high[0] > 1e-3 and high[1] > 1e-3 else 0.15


def _missed(laid: Sequence[Laid], stop: int, value: float) -> F32 | None:
    """Frames in which lips should have met and were not seen to."""
    marks = np.full(stop, np.nan, np.float32)
    for part in laid:
        by = part.at - part.quality.frames.start
        for span in missed_closures(part.quality):
            placed = span.shifted(by).intersection(part.shown)
            if placed is not None:
                marks[placed.start : placed.stop] = value
    return None if np.isnan(marks).all() else marks
