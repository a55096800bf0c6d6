"""The thread of sound: mixes what is due, fills the ring, opens and feeds the device.

    play(...) -> number     a run; heard(number) samples of it left the device (None: not yet begun)
    update(project)         an edit is heard as soon as the ring has run through
    rest()                  silence at once

Mixing and opening a device may take long, so neither happens in the GUI thread.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from threading import Condition, Thread
from typing import TYPE_CHECKING, Protocol

from latentsync_studio.core.errors import to_studio_error
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.ui.viewer.audio_output import CHANNELS, NoSoundDevice, Speaker
from latentsync_studio.ui.workers.ring import SampleRing

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.arrays import F32
    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.timeline.model import Project, SequenceId
    from latentsync_studio.ui.viewer.audio_output import Stream
    from latentsync_studio.ui.viewer.course import Course

BLOCK = 2048  # samples mixed at once
HELD = 12 * BLOCK  # samples in the ring: half a second at 48 kHz
FIRST = 2 * BLOCK  # in the ring before the device begins
PATIENCE_S = 2.0  # a device that takes nothing for so long is gone
log = logging.getLogger(__name__)


class Mix(Protocol):
    """What the thread needs of `services.timeline.mix.SequenceMix`."""

    def read(self, project: Project, sequence_id: SequenceId, samples: FrameRange) -> F32:
        """(n, channels) f32 samples of the sequence."""
        ...

    def close(self) -> None:
        """Let go of the files."""
        ...


@dataclass(frozen=True, slots=True)
class _Run:
    number: int
    project: Project
    sequence: SequenceId
    course: Course


class SoundThread:
    """Plays sequences at normal speed; all methods are called in the GUI thread.

    The thread begins with the first run and ends with `close`.
    """

    def __init__(
        self,
        make_mix: Callable[[int, int], Mix],
        open_stream: Callable[..., Stream] | None = None,
    ) -> None:
        """`make_mix(hz, channels)` is called on the thread, and again for another rate."""
        self._make_mix = make_mix
        self._ring = SampleRing(HELD, CHANNELS)
        self._speaker = Speaker(self._ring, open_stream)
        self._changed = Condition()
        self._thread: Thread | None = None
        self._run: _Run | None = None
        self._project: Project | None = None
        self._begun = 0  # number of the run that the device plays
        self._count = 0
        self._problem: tuple[int, StudioError] | None = None
        self._closed = False
        self._mix: tuple[int, Mix] | None = None  # of the thread

    @property
    def underruns(self) -> int:
        """Blocks of the present run that came too late for the device."""
        return self._speaker.underruns

    def amplify(self, gain: float) -> None:
        """Play `gain` times as loud from now on."""
        self._speaker.gain = gain

    def play(self, project: Project, sequence: SequenceId, course: Course) -> int:
        """Begin a run; returns its number."""
        with self._changed:
            self._count += 1
            self._project = project
            self._run = _Run(self._count, project, sequence, course)
            self._ring.restart(0)
            self._changed.notify()
        if self._thread is None and not self._closed:
            self._thread = Thread(target=self._main, name="sound")
            self._thread.start()
        return self._count

    def update(self, project: Project) -> None:
        """Mix another state of the project from now on."""
        with self._changed:
            self._project = project

    def rest(self) -> None:
        """Be silent."""
        with self._changed:
            self._run = None
            self._ring.restart(0)
            self._changed.notify()

    def heard(self, number: int) -> int | None:
        """Samples of the run heard by now; None while the device has not begun."""
        return self._speaker.heard() if number == self._begun else None

    def problem(self, number: int) -> StudioError | None:
        """Why the run has no sound, or None."""
        problem = self._problem
        return problem[1] if problem is not None and problem[0] == number else None

    def close(self) -> None:
        """End the thread and wait for it."""
        with self._changed:
            self._closed, self._run = True, None
            self._ring.restart(0)
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _main(self) -> None:
        """The thread."""
        try:
            while (run := self._next_run()) is not None:
                try:
                    self._play(run)
                except Exception as raised:
                    error = to_studio_error(raised)
                    log.info("no sound: %s: %s", error.code, error, exc_info=error.__cause__)
                    self._problem = (run.number, error)
                self._wait_while(run)
                self._speaker.stop()
        finally:
            self._speaker.close()
            if self._mix is not None:
                self._mix[1].close()

    def _next_run(self) -> _Run | None:
        with self._changed:
            while self._run is None and not self._closed:
                self._changed.wait()
            return self._run

    def _wait_while(self, run: _Run) -> None:
        with self._changed:
            while self._run is run and not self._closed:
                self._changed.wait()

    def _play(self, run: _Run) -> None:
        course = run.course
        self._speaker.open(course.hz)
        mix = self._mix_at(course.hz)
        with self._changed:
            if self._run is not run:
                return
            self._ring.restart(run.number)
        done = 0
        while spans := course.spans(done, BLOCK):
            for start, stop in spans:
                block = mix.read(
                    self._project or run.project, run.sequence, FrameRange(start, stop)
                )
                if not self._written(block, run):
                    return
                done += stop - start
            self._begin(run, FIRST)
        self._ring.complete(run.number)
        self._begin(run, 0)

    def _written(self, block: F32, run: _Run) -> bool:
        written = self._ring.write(block, run.number, PATIENCE_S)
        if written is None:
            self._speaker.close()
            raise NoSoundDevice(f"The sound device took no sample for {PATIENCE_S:g} s.")
        return written

    def _begin(self, run: _Run, least: int) -> None:
        """Start the device once the ring holds enough."""
        if self._begun != run.number and self._ring.filled >= least:
            self._speaker.start()
            self._begun = run.number

    def _mix_at(self, hz: int) -> Mix:
        if self._mix is not None and self._mix[0] == hz:
            return self._mix[1]
        if self._mix is not None:
            self._mix[1].close()
            self._mix = None
        self._mix = (hz, self._make_mix(hz, CHANNELS))
        return self._mix[1]
