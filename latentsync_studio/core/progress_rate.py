"""How fast work goes just now and when it may end: rolling, with a spread; the clock is given."""

from __future__ import annotations

import math
from collections import deque
from itertools import pairwise
from typing import Final, NamedTuple

_BLOCKS: Final = 6  # stretches of the window whose rates are compared
_SAMPLES: Final = 240  # kept at most
_SURE: Final = 2.0  # standard errors of the mean rate within which the end is told
_SLOWEST: Final = 0.2  # of the mean rate: the far end of the spread is at most five times as late


class TimeLeft(NamedTuple):
    """Seconds until the end: likely, and between which two; low <= likely <= high."""

    low: float
    likely: float
    high: float


class RateMeter:
    """Fed with (units done, seconds of any steady clock); not safe to share between threads.

    Work arrives in lumps (a window of frames at a time), so the rate is taken over a stretch of
    time and its spread from parts of that stretch. When nothing comes for longer than ever within
    the stretch, the wait counts and the rate falls.
    """

    def __init__(self, window_s: float = 20.0) -> None:
        """Roll over the last `window_s` seconds, > 0."""
        if not window_s > 0:
            raise ValueError(f"A window lasts more than 0 s, not {window_s}.")
        self._window_s = window_s
        self._samples: deque[tuple[float, int]] = deque()  # (s, units), both growing

    def add(self, done: int, now: float) -> None:
        """Note that `done` units are finished at `now`; going back in either starts anew."""
        samples = self._samples
        if samples and (now < samples[-1][0] or done < samples[-1][1]):
            samples.clear()
        if samples and done == samples[-1][1]:
            return
        close = self._window_s / _SAMPLES
        if len(samples) > 1 and now - samples[-2][0] < close:
            samples.pop()
        samples.append((now, done))
        while len(samples) > 2 and samples[1][0] <= now - self._window_s:
            samples.popleft()

    def rate(self, now: float) -> float | None:
        """Units a second; None before two samples, 0 after a window without any."""
        rates = self._rates(now)
        return None if rates is None else rates[0]

    def left(self, total: int, now: float) -> TimeLeft | None:
        """Seconds until `total` units are done; None while that cannot be said."""
        rates = self._rates(now)
        if rates is None:
            return None
        rate, error = rates
        units = max(0, total - self._samples[-1][1])
        if units == 0:
            return TimeLeft(0.0, 0.0, 0.0)
        if rate <= 0:
            return None
        slow, fast = max(rate - _SURE * error, rate * _SLOWEST), rate + _SURE * error
        return TimeLeft(units / fast, units / rate, units / slow)

    def _rates(self, now: float) -> tuple[float, float] | None:
        """Mean rate and its standard error, units a second."""
        if len(self._samples) < 2:
            return None
        last = self._samples[-1][0]
        pauses = [b[0] - a[0] for a, b in pairwise(self._samples)]
        end = now if now - last > max(pauses) else last
        start = max(self._samples[0][0], end - self._window_s)
        if end <= start:
            return None
        rate = (self._done_at(end) - self._done_at(start)) / (end - start)
        blocks = min(_BLOCKS, len(pauses))
        length = (end - start) / blocks
        marks = [self._done_at(start + length * n) for n in range(blocks + 1)]
        spread = sum(((b - a) / length - rate) ** 2 for a, b in pairwise(marks))
        if blocks == 1:
            return rate, rate / 2  # a single stretch says nothing of its spread
        return rate, math.sqrt(spread / (blocks - 1) / blocks)

    def _done_at(self, moment: float) -> float:
        """Units done at a moment of the window, evenly between samples, none after the last."""
        before = self._samples[0]
        for sample in self._samples:
            if sample[0] >= moment:
                span = sample[0] - before[0]
                part = (moment - before[0]) / span if span > 0 else 1.0
                return before[1] + (sample[1] - before[1]) * min(max(part, 0.0), 1.0)
            before = sample
        return float(before[1])
