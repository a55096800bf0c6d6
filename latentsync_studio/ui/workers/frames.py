"""The thread of pictures: owns the server of frames, answers the latest wish, plays ahead.

    ask(still)                    the newest replaces one that waits; every answer is told
    play(course) + reach(n)       frames of the course in order, at most `AHEAD` before what is due;
                                  late ones are left out, never decoded for nothing; the first one
                                  is what is there at once, those behind it the very frames

It is started by the first wish. Answers go to one controller in the GUI thread.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, replace
from threading import Condition
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QThread, Signal

from latentsync_studio.core.errors import Cancelled, to_studio_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.timeline.model import Project, SequenceId
    from latentsync_studio.services.timeline.preview import Shown
    from latentsync_studio.ui.viewer.course import Course

AHEAD = 16  # pictures made before they are due: 0.64 s at 25 frames a second
LEAST_AHEAD = 6
AHEAD_BYTES = 192 * 2**20  # of them
_SMOOTHING = 0.2  # weight of the newest picture in the mean time that one takes
log = logging.getLogger(__name__)


class Server(Protocol):
    """What the thread needs of `services.timeline.preview.FrameServer`."""

    def show(
        self,
        project: Project,
        sequence_id: SequenceId,
        frame: int,
        *,
        exact: bool,
        max_size: tuple[int, int] | None = None,
        want_result: bool = True,
    ) -> Shown:
        """One frame of a sequence."""
        ...

    def play(
        self,
        project: Project,
        sequence_id: SequenceId,
        frame: int,
        *,
        max_size: tuple[int, int] | None = None,
        want_result: bool = True,
    ) -> Shown:
        """The next frame of a course: getting to it may take a while, those behind it do not."""
        ...

    def interrupt(self) -> None:
        """Give up the frame in work (Cancelled) where it takes long; called from another thread."""
        ...

    def invalidate(self) -> None:
        """Forget what may have changed on the disk."""
        ...

    def close(self) -> None:
        """Let go of files and memory."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which picture is wanted.

    Attributes:
        generation: grows with every wish; tells which answer is the newer one.
        project, sequence, frame: what to show.
        exact: the very frame in full size, or the nearest at once.
        max_size: px that are enough, (width, height), or None.
        want_result: whether the result is looked at, or the source only.
        course: set while playing: `frame` is then where it is after `travelled`.
        travelled: frames travelled on the course.
        is_next: it follows another picture of the course, frame by frame.
    """

    generation: int
    project: Project
    sequence: SequenceId
    frame: int = 0
    exact: bool = True
    max_size: tuple[int, int] | None = None
    want_result: bool = True
    course: Course | None = None
    travelled: int = 0
    is_next: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of a wish: a picture or an error, and how many seconds it took."""

    wish: Wish
    shown: Shown | None = None
    error: StudioError | None = None
    seconds: float = 0.0


class FramesThread(QThread):
    """Makes pictures; all methods but `run` are called in the GUI thread.

    Signals:
        answered(answer): connect it to a method of a QObject of the GUI thread only.
    """

    answered = Signal(object)

    def __init__(self, make_server: Callable[[], Server], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("frames")
        self._make_server = make_server
        self._changed = Condition()
        self._still: Wish | None = None
        self._play: Wish | None = None
        self._next = 0  # frames travelled at the next picture of the course
        self._reached = 0  # frames travelled now
        self._work: Wish | None = None  # what is being made
        self._server: Server | None = None  # of the thread; others may only interrupt it
        self._stale = self._closed = False
        self._cost_s = 0.0  # mean seconds that a picture of the course takes

    def ask(self, wish: Wish) -> None:
        """Want a picture; one that waits is forgotten, and so is a course.

        An exact one of another frame that is in work is given up.
        """
        with self._changed:
            self._still, self._play = wish, None
            self._interrupt(wish)
            self._changed.notify()
        self._begin()

    def play(self, wish: Wish) -> None:
        """Make the pictures of `wish.course` from `wish.travelled` on."""
        with self._changed:
            self._still, self._play = None, wish
            self._next = self._reached = wish.travelled
            self._interrupt(wish)
            self._changed.notify()
        self._begin()

    def reach(self, travelled: int) -> None:
        """Note how far the course is by now."""
        with self._changed:
            self._reached = travelled
            self._changed.notify()

    def rest(self) -> None:
        """Play no further."""
        with self._changed:
            self._play = None

    def invalidate(self) -> None:
        """Let the server look again before the next picture."""
        with self._changed:
            self._stale = True

    def close(self) -> None:
        """End the thread and wait for it; a picture that still has to be decoded is given up."""
        with self._changed:
            self._closed = True
            if self._server is not None:
                self._server.interrupt()
            self._changed.notify()
        self.wait()

    def _interrupt(self, newer: Wish) -> None:
        """Give up a picture of another frame that may be decoded from far before it."""
        work, server = self._work, self._server
        if server is None or work is None or not (work.exact or work.is_next):
            return
        if (work.sequence, work.frame) != (newer.sequence, newer.frame):
            server.interrupt()

    def _begin(self) -> None:
        if not self.isRunning() and not self._closed:
            self.start()

    def run(self) -> None:
        """The thread."""
        try:
            while True:
                wish, stale = self._next_wish()
                if wish is None:
                    break
                answer = self._made(wish, stale=stale)
                if answer is not None:
                    self.answered.emit(answer)
        finally:
            server, self._server = self._server, None
            if server is not None:
                server.close()

    def _made(self, wish: Wish, *, stale: bool) -> Answer | None:
        """The answer to a wish; None where a newer wish made it void."""
        begun = perf_counter()
        try:
            if self._server is None:
                self._server = self._make_server()
            if stale:
                self._server.invalidate()
            shown = _show(self._server, wish)
        except Cancelled:
            return None
        except Exception as raised:
            error = to_studio_error(raised)
            log.warning("frame %d: %s: %s", wish.frame, error.code, error, exc_info=raised)
            self._give_up(wish)
            return Answer(wish=wish, error=error)
        finally:
            self._work = None
        seconds = perf_counter() - begun
        self._note_cost(wish, seconds)
        return Answer(wish=wish, shown=shown, seconds=seconds)

    def _next_wish(self) -> tuple[Wish | None, bool]:
        """Wait for work: the wish (None: the end) and whether the server shall look anew."""
        with self._changed:
            while not self._closed:
                wish, self._still = self._still, None
                wish = wish or self._of_course()
                if wish is not None:
                    stale, self._stale = self._stale, False
                    self._work = wish
                    return wish, stale
                self._changed.wait()
            return None, False

    def _of_course(self) -> Wish | None:
        """The next picture of the course that is worth making; None: not now."""
        play = self._play
        if play is None or play.course is None:
            return None
        step = play.course.step
        if self._next < self._reached:  # late: go to where the course will be when this one is made
            period = step / float(abs(play.course.speed) * play.course.rate.fraction)
            behind = self._reached + math.ceil(self._cost_s / period) * step
            self._next = behind - behind % step
        if self._next > self._reached + _ahead(play) * step:
            return None
        frame = play.course.frame(self._next)
        if frame is None:
            self._play = None
            return None
        is_next = step == 1 and self._next > play.travelled
        wish = replace(play, frame=frame, travelled=self._next, is_next=is_next)
        self._next += step
        return wish

    def _note_cost(self, wish: Wish, seconds: float) -> None:
        if wish.course is not None:
            self._cost_s += _SMOOTHING * (seconds - self._cost_s)

    def _give_up(self, wish: Wish) -> None:
        """A course whose picture failed is not tried again frame by frame."""
        with self._changed:
            if self._play is not None and self._play.generation == wish.generation:
                self._play = None


def _ahead(wish: Wish) -> int:
    """How many pictures are made before they are due: fewer of large ones."""
    if wish.max_size is None:
        return LEAST_AHEAD
    each = 3 * wish.max_size[0] * wish.max_size[1] * (2 if wish.want_result else 1)
    return min(max(AHEAD_BYTES // each, LEAST_AHEAD), AHEAD)


def _show(server: Server, wish: Wish) -> Shown:
    where = wish.project, wish.sequence, wish.frame
    size, both = wish.max_size, wish.want_result
    if wish.is_next:
        return server.play(*where, max_size=size, want_result=both)
    return server.show(*where, exact=wish.exact, max_size=size, want_result=both)
