"""Labels of the frames of a sequence: time code from its first label, drop-frame or not."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.core.timeline.timecode import (
    entered_frame,
    frame_number,
    label_number,
    to_timecode,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.timeline.model import Sequence


class Tick(NamedTuple):
    """A labelled line of the ruler."""

    frame: int
    text: str


class Clock(NamedTuple):
    """How frames of a sequence are called."""

    rate: FrameRate
    first: int = 0  # frame number whose label frame 0 has
    drop: bool = False

    @classmethod
    def of(cls, sequence: Sequence | None) -> Clock:
        """The clock of a sequence; 25 frames a second where there is none."""
        if sequence is None:
            return cls(FrameRate(25))
        return cls(sequence.rate, sequence.first_label, sequence.is_drop)

    def label(self, frame: int) -> str:
        """Time code of a frame."""
        return to_timecode(frame + self.first, self.rate, drop=self.drop)

    def length(self, n_frames: int) -> str:
        """A duration in the form of a time code: counted from 0, without a first label."""
        sign = "-" if n_frames < 0 else ""
        return sign + to_timecode(abs(n_frames), self.rate, drop=self.drop)

    def meant(self, text: str, at: int) -> int:
        """The frame that somebody means who types `text` at frame `at`.

        Raises:
            InputError: it is no time code.
        """
        entered = entered_frame(text, at + self.first, self.rate, drop=self.drop)
        return max(0, entered - self.first)

    def length_meant(self, text: str, now: int) -> int:
        """The duration that somebody means who types `text` in place of `now` frames."""
        return entered_frame(text, now, self.rate, drop=self.drop)

    def step(self, px_per_frame: float, room: float) -> int:
        """Labels between two lines that stand at least `room` px apart."""
        nominal = self.rate.nominal
        for step in (1, 2, 5, 10):
            if step < nominal and nominal % step == 0 and step * px_per_frame >= room:
                return step
        seconds = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
        for each in seconds:
            if each * nominal * px_per_frame >= room:
                return each * nominal
        hours = 2
        while hours * 3600 * nominal * px_per_frame < room:
            hours *= 2
        return hours * 3600 * nominal

    def ticks(self, first: int, last: int, step: int) -> Iterator[Tick]:
        """Lines at round labels in frames first..last (half-open); drop-frame skips none."""
        label = label_number(first + self.first, self.rate, drop=self.drop) // step * step
        last_frame = -1
        while True:
            frame = self._frame(label)
            label += step
            if frame >= last:
                return
            if frame > last_frame:
                last_frame = frame
                yield Tick(frame, _label(self, frame))

    def _frame(self, label: int) -> int:
        """The frame with label number `label`, or with the next one where that is skipped."""
        if not self.drop:
            return label - self.first
        number = frame_number(label, self.rate, drop=self.drop)
        missing = label - label_number(number, self.rate, drop=self.drop)
        return number + missing - self.first


@lru_cache(maxsize=2048)
def _label(clock: Clock, frame: int) -> str:
    """Labels of the ruler: the same ones come again in every paint event."""
    return clock.label(frame)
