"""Asks the thread of pictures for frames and keeps the newest answer; in the GUI thread.

While the playhead moves, the nearest picture comes at once and may be a moment behind it. When it
has rested for `REST_MS` the very frame follows, as large as it is looked at, and `FULL_MS` later
the same in full size. What stays where it is (a slider moves) begins with the second. An older
answer never replaces a newer one, and only the answer to the latest wish counts as current.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from latentsync_studio.ui.workers.frames import FramesThread, Wish

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.timeline.model import Project, SequenceId
    from latentsync_studio.services.timeline.preview import Shown
    from latentsync_studio.ui.viewer.course import Course
    from latentsync_studio.ui.workers.frames import Answer, Server

REST_MS = 40
FULL_MS = 120
_SHARE = {"full": 1, "half": 2, "quarter": 4}


class Stage(IntEnum):
    """How good a picture is wanted."""

    NEAREST = 0  # what is there at once: a proxy, a frame nearby
    FRAME = 1  # the very frame, as large as it is looked at
    FULL = 2  # in full size


class Pictures(QObject):
    """The picture that is shown.

    Signals:
        shown(shown): a newer picture (services.timeline.preview.Shown).
        failed(error): the wanted one cannot be had.
        played(travelled, shown): a picture of the course that plays.

    Attributes:
        current: the newest picture, or None.
        error: why the latest wish failed, or None.
        is_current: whether the newest picture answers the latest wish.
        is_right: whether the very frame under the playhead is shown, be it smaller than in full.
        canvas: px of the screen that a picture can fill, (width, height).
        want_result: whether the result is looked at.
    """

    shown = Signal(object)
    failed = Signal(object)
    played = Signal(int, object)

    def __init__(self, make_server: Callable[[], Server], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = FramesThread(make_server, self)
        self._thread.answered.connect(self._on_answered)
        self._generation = self._answered = self._least = self._course = 0
        self._target: tuple[Project, SequenceId, int] | None = None
        self._stage = Stage.FULL  # of the latest wish
        self._is_due = False  # it was time for the next stage before the answer was there
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setTimerType(Qt.TimerType.PreciseTimer)
        self._rest.timeout.connect(self._on_rest)
        self.current: Shown | None = None
        self.error: StudioError | None = None
        self.is_current = self.is_right = False
        self.canvas = (960, 540)
        self.want_result = True
        self.quality = "half"

    @property
    def is_exact(self) -> bool:
        """Whether the newest picture is the very frame under the playhead, in full."""
        return self.is_current and self.current is not None and self.current.is_exact

    def show(self, project: Project, sequence: SequenceId, frame: int, first: Stage) -> None:
        """Want a picture: at once that of stage `first`, then the better ones."""
        self._target = (project, sequence, frame)
        self.is_right = False
        self._wish(first)

    def clear(self) -> None:
        """Show nothing; answers that are still to come are dropped."""
        self._rest.stop()
        self._thread.rest()
        self._generation += 1
        self._least = self._generation
        self._target = self.current = self.error = None
        self.is_current = self.is_right = self._is_due = False

    def look_again(self) -> None:
        """Something on the disk changed (a file, a finished frame): let the server look anew."""
        self._thread.invalidate()

    def play(self, project: Project, sequence: SequenceId, course: Course, travelled: int) -> None:
        """Make the pictures of a course from `travelled` on."""
        self._rest.stop()
        self._generation += 1
        self._course = self._generation
        self.is_current = self.is_right = self._is_due = False
        self._thread.play(
            Wish(
                generation=self._generation,
                project=project,
                sequence=sequence,
                exact=False,
                max_size=self._playing_size(project, sequence),
                want_result=self.want_result,
                course=course,
                travelled=travelled,
            )
        )

    def reach(self, travelled: int) -> None:
        """Note how far the course is."""
        self._thread.reach(travelled)

    def put(self, shown: Shown) -> None:
        """Show a picture of the course that was kept until it was due."""
        self.current, self.error = shown, None
        self.shown.emit(shown)

    def stop(self) -> None:
        """Play no further; pictures of the course that are still to come are dropped."""
        self._course = 0
        self._thread.rest()

    def close(self) -> None:
        """End the thread."""
        self._rest.stop()
        self._least = self._generation + 1
        self._thread.close()

    def _on_rest(self) -> None:
        """The picture of a stage comes first, however long it takes; then the next stage."""
        self._is_due = self._answered < self._generation
        if not self._is_due:
            self._wish(Stage(self._stage + 1))

    def _wish(self, stage: Stage) -> None:
        if self._target is None:
            return
        project, sequence, frame = self._target
        self._generation += 1
        self._course = 0
        self._stage = stage
        self.is_current = self._is_due = False
        if stage is Stage.FULL:
            self._rest.stop()
        else:
            self._rest.start(REST_MS if stage is Stage.NEAREST else FULL_MS)
        self._thread.ask(
            Wish(
                generation=self._generation,
                project=project,
                sequence=sequence,
                frame=frame,
                exact=stage is not Stage.NEAREST,
                max_size=None if stage is Stage.FULL else self.canvas,
                want_result=self.want_result,
            )
        )

    def _playing_size(self, project: Project, sequence: SequenceId) -> tuple[int, int]:
        """Px that are enough while playing: of the canvas, or a share of the sequence."""
        found = next((each for each in project.sequences if each.id == sequence), None)
        share = _SHARE.get(self.quality, 1)
        if found is None or share == 1:
            return self.canvas
        return min(self.canvas[0], found.width // share), min(self.canvas[1], found.height // share)

    def _on_answered(self, answer: Answer) -> None:
        wish = answer.wish
        if wish.generation < self._least:
            return
        if answer.error is not None:
            if wish.generation == self._generation:
                self.error = answer.error
                self.failed.emit(answer.error)
        elif answer.shown is not None and wish.course is not None:
            if wish.generation == self._course:
                self.played.emit(wish.travelled, answer.shown)
        elif answer.shown is not None and wish.generation > self._answered:
            self._answered = wish.generation
            self.current, self.error = answer.shown, None
            self.is_current = wish.generation == self._generation
            if self.is_current:
                self._on_current(answer.shown)
            self.shown.emit(answer.shown)

    def _on_current(self, shown: Shown) -> None:
        """The answer to the latest wish is there."""
        self.is_right = shown.is_right
        if shown.is_exact:
            self._rest.stop()
        elif self._is_due:
            self._wish(Stage(self._stage + 1))
