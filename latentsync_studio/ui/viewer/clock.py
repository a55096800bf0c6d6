"""What drives the playhead: the sound that is heard, or a steady clock where there is none."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.timeline.model import Project, SequenceId
    from latentsync_studio.ui.viewer.course import Course
    from latentsync_studio.ui.workers.sound import SoundThread


class PlayClock:
    """Samples played since the start of a course.

    With sound it stands still until the device begins and follows what is heard. When the sound
    fails on the way the steady clock goes on from there.

    Attributes:
        problem: why the present or last course with sound has none, or None.
    """

    def __init__(self, sound: SoundThread) -> None:
        self._sound = sound
        self._number: int | None = None  # of the run of sound; None: the steady clock
        self._hz = 0
        self._from, self._began = 0, 0.0
        self._last = 0
        self.problem: StudioError | None = None

    @property
    def has_sound(self) -> bool:
        """Whether sound drives the course."""
        return self._number is not None

    def start(self, project: Project, sequence: SequenceId, course: Course, *, sound: bool) -> None:
        """Begin a course, with sound where it is wanted and the speed has any."""
        self._hz, self._last = course.hz, 0
        if sound and course.has_sound:
            self.problem = None
            self._number = self._sound.play(project, sequence, course)
        else:
            self._sound.rest()
            self._go_on_steadily()

    def samples(self) -> int:
        """Samples played by now; never falls within a course."""
        if self._number is not None:
            self.problem = self._sound.problem(self._number)
            if self.problem is None:
                self._last = max(self._last, self._sound.heard(self._number) or 0)
                return self._last
            self._go_on_steadily()
        self._last = self._from + int((perf_counter() - self._began) * self._hz)
        return self._last

    def stop(self) -> None:
        """End the course."""
        if self._number is not None:
            self._sound.rest()
            self._number = None

    def _go_on_steadily(self) -> None:
        self._number = None
        self._from, self._began = self._last, perf_counter()
