"""The course of playing: which frame is due after so many samples, with loops and shuttle speeds.

    samples played --travelled()--> frames travelled --frame()--> frame of the sequence

At normal speed the mapping is that of the mix (`rate.first_sample`), so that picture and sound
cannot drift: 1601.6 samples a frame and a thousand loops included.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from latentsync_studio.core.timeline.rate import first_sample, frame_of_sample

if TYPE_CHECKING:
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.rate import FrameRate

SPEEDS = (1, 2, 4, 8)
SLOW = Fraction(1, 4)  # with the stop key held


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Where the playhead goes from `start`.

    Attributes:
        start: first frame shown, in `frames`.
        frames: what is played; at its end the course ends, or begins anew with `loops`.
        loops: whether it goes round.
        speed: frames of the sequence a frame of time; negative is backwards; not 0.
        rate: of the sequence.
        hz: samples a second of the clock.
    """

    start: int
    frames: FrameRange
    loops: bool
    speed: Fraction
    rate: FrameRate
    hz: int

    @property
    def step(self) -> int:
        """Frames from one shown picture to the next: fast shuttling leaves some out."""
        return max(1, round(abs(self.speed)))

    @property
    def has_sound(self) -> bool:
        """Sound is heard at normal speed only."""
        return self.speed == 1

    def travelled(self, samples: int) -> int:
        """Frames travelled when `samples` were played; `start` itself counts 0."""
        way = samples * abs(self.speed.numerator) // self.speed.denominator
        low, stop = self._sample(self.frames.start), self._sample(self.frames.stop)
        if self.speed > 0:
            first = self._sample(self.start)
            if first + way < stop:
                return self._frame(first + way) - self.start
            rounds, rest = divmod(first + way - stop, stop - low)
            done = self.frames.stop - self.start + rounds * len(self.frames)
            return done + (self._frame(low + rest) - self.frames.start if self.loops else 0)
        last = self._sample(self.start + 1) - 1
        if last - way >= low:
            return self.start - self._frame(last - way)
        rounds, rest = divmod(low - 1 - (last - way), stop - low)
        done = self.start - self.frames.start + 1 + rounds * len(self.frames)
        return done + (self.frames.stop - 1 - self._frame(stop - 1 - rest) if self.loops else 0)

    def frame(self, travelled: int) -> int | None:
        """The frame after `travelled` frames, or None where the course has ended."""
        way = travelled if self.speed > 0 else -travelled
        frame = self.start + way
        if frame in self.frames:
            return frame
        if not self.loops:
            return None
        return self.frames.start + (frame - self.frames.start) % len(self.frames)

    def spans(self, samples: int, count: int) -> list[tuple[int, int]]:
        """Which samples of the sequence are heard from `samples` on, `count` in all, at speed 1.

        Returns:
            (start, stop) stretches in order; fewer than `count` where the course ends.
        """
        low, stop = self._sample(self.frames.start), self._sample(self.frames.stop)
        at = self._sample(self.start) + samples
        if at >= stop:
            if not self.loops:
                return []
            at = low + (at - stop) % (stop - low)
        found = []
        while count > 0:
            end = min(at + count, stop)
            found.append((at, end))
            count -= end - at
            if not self.loops:
                break
            at = low
        return found

    def _sample(self, frame: int) -> int:
        return first_sample(frame, self.rate, self.hz)

    def _frame(self, sample: int) -> int:
        return frame_of_sample(sample, self.rate, self.hz)


def faster(speed: Fraction, direction: int) -> Fraction:
    """The next shuttle speed in `direction` (1 or -1): from rest or against it normal speed."""
    if speed * direction < 1:
        return Fraction(direction)
    later = [each for each in SPEEDS if each > abs(speed)]
    return Fraction(direction * (later[0] if later else SPEEDS[-1]))
