"""The transport: plays, shuttles and steps; the playhead follows the sound that is heard.

    tick (only while playing) -> clock: samples played -> course: frame due -> session.seek(frame)
                              -> newest finished picture that is due is shown, older ones not

The sound never waits for a picture: it goes on, and frames are left out.
"""

from __future__ import annotations

from fractions import Fraction
from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.showing import layers_at
from latentsync_studio.ui.viewer.audio_output import NoSoundDevice
from latentsync_studio.ui.viewer.clock import PlayClock
from latentsync_studio.ui.viewer.course import SLOW, Course, faster
from latentsync_studio.ui.viewer.pictures import Pictures, Stage
from latentsync_studio.ui.viewer.rate_meter import ShownRate
from latentsync_studio.ui.viewer.servers import mix_maker, server_maker
from latentsync_studio.ui.workers.sound import SoundThread

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.settings.preferences import Preferences
    from latentsync_studio.core.timeline.model import Project, Sequence
    from latentsync_studio.services.timeline.preview import Shown
    from latentsync_studio.ui.viewer.audio_output import Stream
    from latentsync_studio.ui.workbench import Workbench
    from latentsync_studio.ui.workers.frames import Server
    from latentsync_studio.ui.workers.sound import Mix

TICK_MS = 8
STILL = Fraction(0)


class Playback(QObject):
    """Transport of the shown sequence.

    Signals:
        shown(shown): a newer picture to paint (services.timeline.preview.Shown).
        failed(error): the picture under the playhead cannot be had.
        changed(): speed, mute, rate or sound changed: worth a look at the readout.

    Attributes:
        pictures: which picture is shown, and how exact it is.
        rate: pictures shown a second, and how many were left out.
        is_muted: whether playing is silent.
        volume: 0..1 as the slider shows it; the ear wants the cube of it.
        speed: frames of the sequence a frame of time; 0 at rest.
    """

    shown = Signal(object)
    failed = Signal(object)
    changed = Signal()

    def __init__(
        self,
        workbench: Workbench,
        make_server: Callable[[], Server] | None = None,
        make_mix: Callable[[int, int], Mix] | None = None,
        open_stream: Callable[..., Stream] | None = None,
    ) -> None:
        """The makers are called on their threads; the defaults are the program's own services."""
        super().__init__(workbench)
        self._workbench, self._session = workbench, workbench.session
        self.pictures = Pictures(make_server or server_maker(workbench), self)
        self._sound = SoundThread(make_mix or mix_maker(workbench), open_stream)
        self._clock = PlayClock(self._sound)
        self._course: Course | None = None
        self._travelled = self._last_put = 0
        self._waiting: dict[int, Shown] = {}  # pictures of the course that are not due yet
        self._is_seeking = False
        self._told: type | None = None
        self.rate = ShownRate()
        self.is_muted = False
        self.volume = 1.0
        self.speed = STILL
        self._tick = QTimer(self)
        self._tick.setTimerType(Qt.TimerType.PreciseTimer)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._on_tick)
        self.pictures.shown.connect(self.shown)
        self.pictures.failed.connect(self.failed)
        self.pictures.played.connect(self._on_played)
        self._session.playhead_changed.connect(self._on_playhead)
        self._session.sequence_changed.connect(self._on_sequence)
        self._session.switches_changed.connect(self._on_switches)
        workbench.store.changed.connect(self._on_project)
        workbench.store.opened.connect(self._on_opened)
        workbench.preferences.changed.connect(self._on_preferences)
        self.pictures.quality = workbench.preferences.current.performance.preview_quality

    # ---- transport ----------------------------------------------------------------------

    @property
    def has_device(self) -> bool:
        """Whether sound could be played at the last try."""
        return self._clock.problem is None

    @property
    def is_heard(self) -> bool:
        """Whether sound drives the playhead now."""
        return self._course is not None and self._clock.has_sound

    def wanted_rate(self) -> float:
        """Pictures a second that playing shows when none is left out."""
        if self._course is None:
            return 0.0
        return float(abs(self.speed) / self._course.step * self._course.rate.fraction)

    def toggle(self) -> None:
        """Play at normal speed, or stop."""
        self.shuttle(STILL if self.speed else Fraction(1))

    def shuttle(self, speed: Fraction) -> None:
        """Play at a speed; negative is backwards, 0 stops."""
        sequence = self._session.sequence
        if not speed or sequence is None or not sequence.stop:
            self.stop()
            return
        self.speed = speed
        self.rate.reset()
        self._begin(sequence, self._first_frame(sequence, speed))
        self._session.set_playing(True)
        self.changed.emit()

    def shuttle_faster(self, direction: int) -> None:
        """The J and L keys: normal speed first, then twice as fast each time, to 8 times."""
        self.shuttle(faster(self.speed, direction))

    def shuttle_slowly(self, direction: int) -> None:
        """J or L with the stop key held: a quarter of normal speed."""
        self.shuttle(SLOW * direction)

    def stop(self) -> None:
        """Stop where it is and show that frame exactly."""
        if self._course is None:
            return
        self._tick.stop()
        self._clock.stop()
        self.pictures.stop()
        self._course = None
        self.speed = STILL
        self._waiting.clear()
        self._session.set_playing(False)
        self.request()
        self.changed.emit()

    def step(self, by: int) -> None:
        """Stop and go `by` frames on."""
        self.stop()
        self.go_to(self._session.playhead + by)

    def go_to(self, frame: int) -> None:
        """Put the playhead on a frame between the first and the last one."""
        sequence = self._session.sequence
        last = max(sequence.stop - 1, 0) if sequence is not None else 0
        self._session.seek(min(max(frame, 0), last))

    def mute(self, muted: bool) -> None:
        """Play without sound, or with it again; also while playing."""
        if muted != self.is_muted:
            self.is_muted = muted
            self._replay()
            self.changed.emit()

    def use_volume(self, volume: float) -> None:
        """Play as loud as a slider at 0..1 says; of what plays it is heard at once."""
        self.volume = min(max(volume, 0.0), 1.0)
        self._sound.amplify(self.volume**3)

    # ---- pictures -----------------------------------------------------------------------

    def request(self) -> None:
        """Want the exact picture under the playhead."""
        self._ask(Stage.FRAME)

    def request_result(self) -> None:
        """Want the picture in full with its result even if only the source is looked at."""
        wanted, self.pictures.want_result = self.pictures.want_result, True
        self._ask(Stage.FULL)
        self.pictures.want_result = wanted

    def look_again(self) -> None:
        """A file or a finished frame changed on the disk: show the present frame anew."""
        self.pictures.look_again()
        self.request()

    def use(self, canvas: tuple[int, int], *, want_result: bool) -> None:
        """Note how many px the canvas has and whether the result is looked at."""
        resized = canvas != self.pictures.canvas
        asked = want_result and not self.pictures.want_result
        self.pictures.canvas, self.pictures.want_result = canvas, want_result
        if self._course is not None and (resized or asked):
            self._picture_anew()
        elif asked:
            self.request()

    def close(self) -> None:
        """Stop and end the threads of pictures and sound."""
        self._tick.stop()
        self._course = None
        self._sound.close()
        self.pictures.close()

    def _ask(self, first: Stage) -> None:
        """Want the picture under the playhead; while playing the course shows it anyway."""
        sequence = self._session.sequence
        if sequence is None:
            self.pictures.clear()
            self.shown.emit(None)
        elif self._course is None:
            self.pictures.show(
                self._workbench.store.project, sequence.id, self._session.playhead, first
            )

    # ---- playing ------------------------------------------------------------------------

    def _first_frame(self, sequence: Sequence, speed: Fraction) -> int:
        """Where playing begins: at the playhead, from the other end where that is at the end."""
        frames = self._played_frames(sequence)
        playhead = self._session.playhead
        if playhead not in frames:
            return frames.start if speed > 0 else frames.stop - 1
        if speed > 0 and playhead == frames.stop - 1 and self._course is None:
            return frames.start
        return playhead

    def _played_frames(self, sequence: Sequence) -> FrameRange:
        whole = FrameRange(0, sequence.stop)
        if not self._session.is_looping or sequence.work_area is None:
            return whole
        return whole.intersection(sequence.work_area) or whole

    def _begin(self, sequence: Sequence, start: int) -> None:
        project = self._workbench.store.project
        self._course = Course(
            start=start,
            frames=self._played_frames(sequence),
            loops=self._session.is_looping,
            speed=self.speed,
            rate=sequence.rate,
            hz=sequence.audio_hz,
        )
        self._travelled, self._last_put = 0, -self._course.step
        self._waiting.clear()
        self._clock.start(project, sequence.id, self._course, sound=not self.is_muted)
        self.pictures.play(project, sequence.id, self._course, 0)
        self._seek(start)
        self._tick.start()

    def _replay(self) -> None:
        """Go on from the playhead with what changed (loop, mute, sequence, a seek)."""
        sequence = self._session.sequence
        if self._course is None:
            return
        if sequence is None or not sequence.stop:
            self.stop()
            return
        self._begin(sequence, self._first_frame(sequence, self.speed))

    def _picture_anew(self) -> None:
        """Make the pictures that are to come anew; the sound goes on."""
        sequence, course = self._session.sequence, self._course
        if course is None or sequence is None:
            return
        self._waiting.clear()
        travelled = self._travelled - self._travelled % course.step
        self.pictures.play(self._workbench.store.project, sequence.id, course, travelled)

    def _on_tick(self) -> None:
        course = self._course
        if course is None:
            return
        self._travelled = course.travelled(self._clock.samples())
        self._tell_problem()
        frame = course.frame(self._travelled)
        if frame is None:
            last = course.frames.stop - 1 if course.speed > 0 else course.frames.start
            self._seek(last)
            self.stop()
            return
        self._seek(frame)
        self.pictures.reach(self._travelled)
        self._put_due(course.step)

    def _put_due(self, step: int) -> None:
        """Show the newest picture that is due; the older ones are dropped."""
        due = [at for at in self._waiting if at <= self._travelled]
        if not due:
            return
        newest = max(due)
        shown = self._waiting[newest]
        for at in due:
            del self._waiting[at]
        left_out = (newest - self._last_put) // step - 1
        self._last_put = newest
        self.rate.count(perf_counter(), max(left_out, 0))
        self.pictures.put(shown)

    def _on_played(self, travelled: int, shown: Shown) -> None:
        if self._course is not None and travelled > self._last_put:
            self._waiting[travelled] = shown

    def _tell_problem(self) -> None:
        """Say once why there is no sound, unless the machine simply has no device."""
        problem = self._clock.problem
        kind = type(problem) if problem is not None else None
        if kind is self._told:
            return
        self._told = kind
        if problem is not None and not isinstance(problem, NoSoundDevice):
            self._workbench.tell_error(problem)
        self.changed.emit()

    def _seek(self, frame: int) -> None:
        self._is_seeking = True
        self._session.seek(frame)
        self._is_seeking = False

    # ---- what changes around it ---------------------------------------------------------

    def _on_playhead(self, _frame: int) -> None:
        if self._is_seeking:
            return
        if self._course is not None:
            self._replay()
        else:
            self._ask(Stage.NEAREST)

    def _on_switches(self) -> None:
        if self._course is not None and self._course.loops != self._session.is_looping:
            self._replay()

    def _on_sequence(self) -> None:
        self.stop()
        self.pictures.clear()
        self._ask(Stage.NEAREST)

    def _on_opened(self, _project: Project) -> None:
        self.stop()
        self.pictures.clear()

    def _on_project(self, before: Project, after: Project) -> None:
        sequence = self._session.sequence
        if self._course is not None and sequence is not None:
            self._sound.update(after)
            if not sequence.stop or self._played_frames(sequence) != self._course.frames:
                self._replay()
            else:
                self._picture_anew()
            return
        self._ask(Stage.NEAREST if self._is_other_picture(before, after) else Stage.FRAME)

    def _is_other_picture(self, before: Project, after: Project) -> bool:
        """Whether other media frames lie under the playhead, so that a decoder has to work."""
        sequence, frame = self._session.sequence, self._session.playhead
        if sequence is None:
            return False
        old = next((each for each in before.sequences if each.id == sequence.id), None)
        if old is None or before.media is not after.media:
            return True
        if old is sequence:
            return False
        seen = [
            [(layer.clip.media, layer.clip.source_at(frame), layer.share) for layer in layers]
            for layers in (layers_at(old, frame), layers_at(sequence, frame))
        ]
        return seen[0] != seen[1]

    def _on_preferences(self, _before: Preferences, after: Preferences) -> None:
        quality = after.performance.preview_quality
        if quality != self.pictures.quality:
            self.pictures.quality = quality
            self._picture_anew()
