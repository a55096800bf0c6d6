"""The thread of pictures: the latest wish wins, a course is made ahead but never far."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fractions import Fraction

import pytest
from PySide6.QtCore import QObject

from latentsync_studio.core.errors import Cancelled, InputError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.model import Project, SequenceId
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.ui.viewer.course import Course
from latentsync_studio.ui.workers.frames import AHEAD, LEAST_AHEAD, FramesThread, Wish

SEQUENCE = SequenceId("s1")


@dataclass
class Picture:
    """What the small server answers with."""

    frame: int
    exact: bool


class SmallServer:
    """Answers with the numbers that it was asked for; waits at a gate where there is one."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.followed: list[int] = []  # those of them that are the next of a course
        self.gate = threading.Event()
        self.gate.set()
        self.broken: set[int] = set()
        self.interrupted = threading.Event()
        self.invalidated = 0
        self.is_closed = False

    def show(self, _project, _sequence, frame, *, exact, max_size=None, want_result=True):
        self.asked.append(frame)
        self.gate.wait(5)
        if self.interrupted.is_set():
            self.interrupted.clear()
            raise Cancelled("Another one is wanted.")
        if frame in self.broken:
            raise InputError(f"Frame {frame} is broken.")
        return Picture(frame, exact)

    def play(self, project, sequence, frame, **how):
        self.followed.append(frame)
        return self.show(project, sequence, frame, exact=False, **how)

    def interrupt(self):
        self.interrupted.set()
        self.gate.set()

    def invalidate(self):
        self.invalidated += 1

    def close(self):
        self.is_closed = True


class Listener(QObject):
    """A controller in the GUI thread that keeps the answers."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = []

    def hear(self, answer) -> None:
        assert threading.current_thread() is threading.main_thread()
        self.answers.append(answer)

    @property
    def frames(self) -> list[int]:
        return [answer.shown.frame for answer in self.answers if answer.shown is not None]


@pytest.fixture
def server():
    return SmallServer()


@pytest.fixture
def listener():
    return Listener()


@pytest.fixture
def thread(qapp, server, listener):
    made = FramesThread(lambda: server)
    made.answered.connect(listener.hear)
    yield made
    server.gate.set()
    made.close()


def wish(generation, frame=0, **more):
    return Wish(generation=generation, project=Project(), sequence=SEQUENCE, frame=frame, **more)


def course(length=100, speed=1, *, loops=False):
    return Course(
        start=0,
        frames=FrameRange(0, length),
        loops=loops,
        speed=Fraction(speed),
        rate=FrameRate(25),
        hz=48_000,
    )


def test_only_the_latest_of_the_waiting_wishes_is_made(qtbot, thread, server, listener):
    server.gate.clear()
    thread.ask(wish(1, 10, exact=False))
    qtbot.waitUntil(lambda: server.asked == [10])
    for generation, frame in ((2, 11), (3, 12), (4, 13)):
        thread.ask(wish(generation, frame))
    server.gate.set()
    qtbot.waitUntil(lambda: listener.frames == [10, 13])
    assert server.asked == [10, 13]


def test_an_exact_picture_is_given_up_for_another_frame(qtbot, thread, server, listener):
    server.gate.clear()
    thread.ask(wish(1, 10))
    qtbot.waitUntil(lambda: server.asked == [10])
    thread.ask(wish(2, 11, exact=False))
    qtbot.waitUntil(lambda: listener.frames == [11])
    assert server.asked == [10, 11]


def test_a_newer_wish_for_the_same_frame_lets_it_be_finished(qtbot, thread, server, listener):
    server.gate.clear()
    thread.ask(wish(1, 10))
    qtbot.waitUntil(lambda: server.asked == [10])
    thread.ask(wish(2, 10))
    assert not server.interrupted.is_set()
    server.gate.set()
    qtbot.waitUntil(lambda: listener.frames == [10, 10])


def test_a_course_is_made_ahead_and_no_further(qtbot, thread, server, listener):
    thread.play(wish(1, course=course()))
    qtbot.waitUntil(lambda: listener.frames == list(range(LEAST_AHEAD + 1)))
    qtbot.wait(30)
    assert len(server.asked) == LEAST_AHEAD + 1
    thread.reach(3)
    qtbot.waitUntil(lambda: listener.frames == list(range(LEAST_AHEAD + 4)))


def test_small_pictures_are_made_further_ahead(qtbot, thread, server, listener):
    thread.play(wish(1, course=course(), max_size=(640, 360)))
    qtbot.waitUntil(lambda: listener.frames == list(range(AHEAD + 1)))
    qtbot.wait(30)
    assert len(server.asked) == AHEAD + 1


def test_late_frames_are_left_out(qtbot, thread, server, listener):
    server.gate.clear()
    thread.play(wish(1, course=course()))
    qtbot.waitUntil(lambda: server.asked == [0])
    thread.reach(40)
    server.gate.set()
    qtbot.waitUntil(lambda: 40 + LEAST_AHEAD in listener.frames)
    later = listener.frames[1:]
    assert later[0] >= 40
    assert later == list(range(later[0], 40 + LEAST_AHEAD + 1))


def test_a_fast_course_makes_every_eighth_frame(qtbot, thread, listener):
    thread.play(wish(1, course=course(speed=8)))
    qtbot.waitUntil(lambda: len(listener.frames) == LEAST_AHEAD + 1)
    assert listener.frames == [8 * n for n in range(LEAST_AHEAD + 1)]


def test_the_first_picture_is_what_is_there_and_those_behind_it_are_the_frames(
    qtbot, thread, server, listener
):
    thread.play(wish(1, course=course(), travelled=3))
    qtbot.waitUntil(lambda: len(listener.frames) == LEAST_AHEAD + 1)
    assert server.followed == listener.frames[1:] == list(range(4, 4 + LEAST_AHEAD))


def test_a_fast_course_never_waits_for_the_very_frame(qtbot, thread, server, listener):
    thread.play(wish(1, course=course(speed=8)))
    qtbot.waitUntil(lambda: len(listener.frames) == LEAST_AHEAD + 1)
    assert server.followed == []


def test_the_way_to_a_frame_of_a_course_is_given_up_for_another_place(
    qtbot, thread, server, listener
):
    thread.play(wish(1, course=course()))
    qtbot.waitUntil(lambda: listener.frames == list(range(LEAST_AHEAD + 1)))
    server.gate.clear()
    thread.reach(1)
    qtbot.waitUntil(lambda: server.asked[-1] == LEAST_AHEAD + 1)
    thread.play(wish(2, course=course(), travelled=50))
    qtbot.waitUntil(lambda: listener.frames[-1] == 50 + LEAST_AHEAD)
    assert LEAST_AHEAD + 1 not in listener.frames


def test_a_course_ends_with_its_last_frame(qtbot, thread, server, listener):
    thread.play(wish(1, course=course(length=4)))
    qtbot.waitUntil(lambda: listener.frames == [0, 1, 2, 3])
    thread.reach(3)
    qtbot.wait(20)
    assert server.asked == [0, 1, 2, 3]


def test_a_wish_ends_the_course(qtbot, thread, server, listener):
    thread.play(wish(1, course=course()))
    qtbot.waitUntil(lambda: len(listener.frames) == LEAST_AHEAD + 1)
    thread.ask(wish(2, 77))
    thread.reach(50)
    qtbot.waitUntil(lambda: listener.frames[-1] == 77)
    qtbot.wait(20)
    assert server.asked[-1] == 77


def test_an_error_is_an_answer_and_the_thread_goes_on(qtbot, thread, server, listener):
    server.broken = {5}
    thread.ask(wish(1, 5))
    qtbot.waitUntil(lambda: len(listener.answers) == 1)
    assert str(listener.answers[0].error) == "Frame 5 is broken."
    thread.ask(wish(2, 6))
    qtbot.waitUntil(lambda: listener.frames == [6])


def test_a_course_with_a_broken_frame_is_not_tried_for_ever(qtbot, thread, server, listener):
    server.broken = {2}
    thread.play(wish(1, course=course()))
    qtbot.waitUntil(lambda: len(listener.answers) == 3)
    thread.reach(9)
    qtbot.wait(30)
    assert server.asked == [0, 1, 2]


def test_the_server_looks_anew_before_the_next_picture_only(qtbot, thread, server, listener):
    thread.invalidate()
    thread.ask(wish(1, 1))
    qtbot.waitUntil(lambda: listener.frames == [1])
    thread.ask(wish(2, 2))
    qtbot.waitUntil(lambda: listener.frames == [1, 2])
    assert server.invalidated == 1


def test_the_thread_begins_with_the_first_wish_and_closes_its_server(qtbot, server, listener):
    thread = FramesThread(lambda: server)
    thread.answered.connect(listener.hear)
    assert not thread.isRunning()
    thread.ask(wish(1))
    qtbot.waitUntil(lambda: listener.frames == [0])
    thread.close()
    assert server.is_closed
    thread.ask(wish(2))
    assert not thread.isRunning()


def test_a_server_that_cannot_be_made_is_told(qtbot, qapp, listener):
    def fail():
        raise InputError("No server.")

    thread = FramesThread(fail)
    thread.answered.connect(listener.hear)
    thread.ask(wish(1))
    qtbot.waitUntil(lambda: len(listener.answers) == 1)
    thread.close()
    assert str(listener.answers[0].error) == "No server."
