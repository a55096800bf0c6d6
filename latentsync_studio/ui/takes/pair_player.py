"""Plays a span of two documents in step with its sound: both sides of a frame, or neither."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from latentsync_studio.core.timeline.check import find_sequence
from latentsync_studio.ui.takes.pair_server import pair_server_maker
from latentsync_studio.ui.viewer.clock import PlayClock
from latentsync_studio.ui.viewer.course import Course
from latentsync_studio.ui.viewer.pictures import Pictures, Stage
from latentsync_studio.ui.viewer.servers import mix_maker
from latentsync_studio.ui.workers.sound import SoundThread

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.services.timeline.preview import Shown
    from latentsync_studio.ui.takes.pair_server import Pair
    from latentsync_studio.ui.viewer.audio_output import Stream
    from latentsync_studio.ui.workbench import Workbench

TICK_MS: Final = 8


class PairPlayer(QObject):
    """One pair at a time: its first frame, then the span as often as `play` is called.

    Signals:
        shown(shown): both sides of a frame (`Shown.source` is left, `Shown.result` right).
        ended(): the span was played to its end.
        failed(error): a picture cannot be had; playing stopped.

    Attributes:
        left_out: pictures that came too late in the last pass, on both sides alike.
        is_playing: whether it plays, or will as soon as the first picture is there.
    """

    shown = Signal(object)
    ended = Signal()
    failed = Signal(object)

    def __init__(
        self,
        workbench: Workbench,
        parent: QObject | None = None,
        open_stream: Callable[..., Stream] | None = None,
    ) -> None:
        super().__init__(parent)
        self._pair: Pair | None = None
        self.pictures = Pictures(pair_server_maker(workbench, lambda: self._pair), self)
        self.pictures.quality = "full"
        self.pictures.shown.connect(self._on_shown)
        self.pictures.failed.connect(self._on_failed)
        self.pictures.played.connect(self._on_played)
        self._sound = SoundThread(mix_maker(workbench), open_stream)
        self._sound.amplify(workbench.playback.volume**3)
        self._clock = PlayClock(self._sound)
        self._course: Course | None = None
        self._travelled, self._last_put = 0, -1
        self._waiting: dict[int, Shown] = {}
        self.left_out = 0
        self.is_playing = False
        self._tick = QTimer(self)
        self._tick.setTimerType(Qt.TimerType.PreciseTimer)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._on_tick)

    @property
    def silence(self) -> str:
        """Why the last pass had no sound, or ""."""
        return "" if self._clock.problem is None else str(self._clock.problem)

    def use_canvas(self, size: tuple[int, int]) -> None:
        """Note how many px a side has."""
        self.pictures.canvas = size

    def show(self, pair: Pair) -> None:
        """Rest on the first frame of a pair."""
        self._halt()
        self._pair = pair
        self.pictures.clear()
        self.pictures.show(pair.left, pair.sequence, pair.frames.start, Stage.FRAME)

    def play(self) -> None:
        """Play the span from its beginning, as soon as its first picture is there."""
        pair = self._pair
        if pair is None:
            return
        self._halt()
        self.is_playing = True
        self.pictures.show(pair.left, pair.sequence, pair.frames.start, Stage.FRAME)

    def stop(self) -> None:
        """Stay on the picture that is shown."""
        self._halt()

    def close(self) -> None:
        """End the threads of pictures and sound."""
        self._halt()
        self._pair = None
        self._sound.close()
        self.pictures.close()

    def _halt(self) -> None:
        self.is_playing = False
        self._tick.stop()
        self._waiting.clear()
        if self._course is not None:
            self._course = None
            self._clock.stop()
            self.pictures.stop()

    def _begin(self, pair: Pair) -> None:
        sequence = find_sequence(pair.left, pair.sequence)
        self._course = Course(
            start=pair.frames.start,
            frames=pair.frames,
            loops=False,
            speed=Fraction(1),
            rate=sequence.rate,
            hz=sequence.audio_hz,
        )
        self._travelled, self._last_put, self.left_out = 0, -1, 0
        self._clock.start(pair.left, pair.sequence, self._course, sound=True)
        self.pictures.play(pair.left, pair.sequence, self._course, 0)
        self._tick.start()

    def _on_shown(self, shown: Shown) -> None:
        self.shown.emit(shown)
        is_first = self._pair is not None and shown.frame == self._pair.frames.start
        if self.is_playing and self._course is None and is_first and self.pictures.is_right:
            assert self._pair is not None  # noqa: S101 - as `is_first` says
            self._begin(self._pair)

    def _on_played(self, travelled: int, shown: Shown) -> None:
        if self._course is not None and travelled > self._last_put:
            self._waiting[travelled] = shown

    def _on_failed(self, error: object) -> None:
        self._halt()
        self.failed.emit(error)

    def _on_tick(self) -> None:
        course = self._course
        if course is None:
            return
        self._travelled = course.travelled(self._clock.samples())
        if course.frame(self._travelled) is None:
            self._end(len(course.frames))
            return
        self.pictures.reach(self._travelled)
        self._put_due()

    def _put_due(self) -> None:
        """Show the newest pair that is due; older ones are dropped, both sides of them."""
        due = [at for at in self._waiting if at <= self._travelled]
        if not due:
            return
        newest = max(due)
        shown = self._waiting[newest]
        for at in due:
            del self._waiting[at]
        self.left_out += newest - self._last_put - 1
        self._last_put = newest
        self.pictures.put(shown)

    def _end(self, total: int) -> None:
        self._put_due()
        self.left_out += total - 1 - self._last_put
        pair = self._pair
        self._halt()
        if pair is not None:
            last = pair.frames.stop - 1
            self.pictures.show(pair.left, pair.sequence, last, Stage.FRAME)
        self.ended.emit()
