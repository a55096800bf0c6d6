"""Strips of what windows took, over the frames of a sequence; no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from latentsync_studio.ui.scopes.lines import SIGNS, Line, StripSpec, value_range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from latentsync_studio.core.arrays import F32
    from latentsync_studio.services.timeline.timing import WindowTime


class Sums(NamedTuple):
    """Windows of the shown sequence in numbers.

    Attributes:
        windows: of all clips.
        stored: whose patches are there.
        drawn_last: of these, drawn by the last job; the rest is reused.
        seconds: that the engine needed for all that is known of.
        frames_per_second: of these windows, NaN where nothing is known.
        median: seconds a window, NaN as above.
        slowest: the window that took longest, or None.
    """

    windows: int
    stored: int
    drawn_last: int
    seconds: float
    frames_per_second: float
    median: float
    slowest: WindowTime | None


def sums_of(windows: Sequence[WindowTime], since: float) -> Sums:
    """Count windows; those drawn at or after `since` (time.time) are of the last job."""
    stored = [each for each in windows if each.is_stored]
    timed = [each for each in stored if not np.isnan(each.seconds)]
    seconds = sum(each.seconds for each in timed)
    frames = sum(len(each.frames) for each in timed)
    return Sums(
        windows=len(windows),
        stored=len(stored),
        drawn_last=sum(each.at >= since for each in timed) if since else 0,
        seconds=seconds,
        frames_per_second=frames / seconds if seconds else float("nan"),
        median=float(np.median([each.seconds for each in timed])) if timed else float("nan"),
        slowest=max(timed, key=lambda each: each.seconds, default=None),
    )


def timing_specs(
    windows: Sequence[WindowTime], stop: int, since: float, words: dict[str, str]
) -> tuple[StripSpec, ...]:
    """Seconds of each window, drawn now or reused, and how many frames a second that is."""
    new = _laid([each for each in windows if since and each.at >= since], stop, _seconds)
    reused = _laid(
        [each for each in windows if each.is_stored and not (since and each.at >= since)],
        stop,
        _seconds,
    )
    rate = _laid([each for each in windows if each.is_stored], stop, _rate)
    missing = _laid([each for each in windows if not each.is_stored], stop, lambda _each: 1.0)
    _, high = value_range(new, reused)
    _, fastest = value_range(rate)
    seconds = StripSpec(
        id="seconds",
        title=words["seconds"],
        unit="s",
        low=0.0,
        high=max(high, 0.01),
        lines=(
            _filled(Line.of(words["missing"], missing * high, "missing", "dot")),
            _filled(Line.of(words["reused"], reused, "passed", "dash")),
            _filled(Line.of(words["drawn"], new, "accent")),
        ),
        words=_words(windows, since, words),
        tip=words["tip"],
    )
    frames = StripSpec(
        id="rate",
        title=words["rate"],
        unit=words["rate_unit"],
        low=0.0,
        high=max(fastest, 0.01),
        lines=(Line.of(words["rate"], rate, "accent"),),
        words=lambda frame: (
            f"{SIGNS['solid']} {rate[frame]:.1f}"
            if 0 <= frame < stop and not np.isnan(rate[frame])
            else words["unknown"]
        ),
        tip=words["rate_tip"],
    )
    return seconds, frames


def _words(
    windows: Sequence[WindowTime], since: float, words: dict[str, str]
) -> Callable[[int], str]:
    starts = np.array([each.frames.start for each in windows], np.int64)

    def at(frame: int) -> str:
        place = int(np.searchsorted(starts, frame, side="right")) - 1
        if place < 0 or frame not in windows[place].frames:
            return words["nothing"]
        found = windows[place]
        if not found.is_stored:
            return words["missing"]
        state = words["drawn"] if since and found.at >= since else words["reused"]
        took = words["unknown"] if np.isnan(found.seconds) else f"{found.seconds:.2f} s"
        return f"{took}\n{state}"

    return at


def _laid(windows: Iterable[WindowTime], stop: int, value: Callable[[WindowTime], float]) -> F32:
    found = np.full(stop, np.nan, np.float32)
    for each in windows:
        found[each.frames.start : min(each.frames.stop, stop)] = value(each)
    return found


def _seconds(window: WindowTime) -> float:
    return window.seconds


def _rate(window: WindowTime) -> float:
    return len(window.frames) / window.seconds if window.seconds > 0 else float("nan")


def _filled(line: Line) -> Line:
    return Line(
        name=line.name, values=line.values, color=line.color, style=line.style, is_filled=True
    )
