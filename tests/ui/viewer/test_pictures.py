"""Which answers are shown: never an older one, the nearest first, the exact one after a rest."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtTest import QTest

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.timeline.model import Project, SequenceId
from latentsync_studio.services.timeline.preview import Shown
from latentsync_studio.ui.viewer.pictures import REST_MS, Pictures, Stage

PROJECT, SEQUENCE = Project(), SequenceId("s1")


class GatedServer:
    """Answers when the gate is open; remembers (frame, exact)."""

    def __init__(self):
        self.asked = []
        self.gate = threading.Event()
        self.gate.set()
        self.is_broken = False
        self.is_small = True  # the sequence is no larger than the canvas

    def show(self, _project, _sequence, frame, *, exact, max_size=None, want_result=True):
        self.asked.append((frame, exact))
        self.gate.wait(5)
        if self.is_broken:
            raise InputError("Nothing to see.")
        black = np.zeros((2, 2, 3), np.uint8)
        is_full = self.is_small or max_size is None
        return Shown(
            frame=frame, source=black, result=black, is_exact=exact and is_full, is_right=exact
        )

    def play(self, project, sequence, frame, **how):
        return self.show(project, sequence, frame, exact=False, **how)

    def interrupt(self):
        pass

    def invalidate(self):
        pass

    def close(self):
        pass


@pytest.fixture
def server():
    return GatedServer()


@pytest.fixture
def pictures(qapp, server):
    made = Pictures(lambda: server)
    made.frames = []
    made.shown.connect(lambda shown: made.frames.append((shown.frame, shown.is_exact)))
    yield made
    server.gate.set()
    made.close()


def test_moving_shows_the_nearest_and_then_the_exact_one(qtbot, pictures, server):
    pictures.show(PROJECT, SEQUENCE, 7, Stage.NEAREST)
    qtbot.waitUntil(lambda: pictures.is_exact)
    assert pictures.frames == [(7, False), (7, True)]


def test_while_it_moves_nothing_exact_is_asked_for(qtbot, pictures, server):
    for frame in range(12):
        pictures.show(PROJECT, SEQUENCE, frame, Stage.NEAREST)
        QTest.qWait(REST_MS // 6)
        if pictures.current is not None:
            assert not pictures.current.is_exact
    qtbot.waitUntil(lambda: pictures.is_exact)
    assert pictures.frames[-1] == (11, True)
    assert sum(exact for _, exact in pictures.frames) <= 2  # the machine may have dozed


def test_a_nearest_picture_that_takes_long_still_comes_before_the_exact_one(
    qtbot, pictures, server
):
    server.gate.clear()
    pictures.show(PROJECT, SEQUENCE, 7, Stage.NEAREST)
    QTest.qWait(REST_MS + 40)
    assert server.asked == [(7, False)]
    server.gate.set()
    qtbot.waitUntil(lambda: pictures.is_exact)
    assert pictures.frames == [(7, False), (7, True)]


def test_what_was_cleared_is_not_shown_any_more(qtbot, pictures, server):
    server.gate.clear()
    pictures.show(PROJECT, SEQUENCE, 7, Stage.FRAME)
    qtbot.waitUntil(lambda: bool(server.asked))
    pictures.clear()
    server.gate.set()
    pictures.show(PROJECT, SEQUENCE, 3, Stage.FRAME)
    qtbot.waitUntil(lambda: pictures.is_exact)
    assert pictures.frames == [(3, True)]


def test_a_late_answer_shows_until_the_newer_one_comes_but_is_not_current(qtbot, pictures, server):
    server.gate.clear()
    pictures.show(PROJECT, SEQUENCE, 7, Stage.NEAREST)
    qtbot.waitUntil(lambda: bool(server.asked))
    current = []
    pictures.shown.connect(lambda _shown: current.append(pictures.is_current))
    pictures.show(PROJECT, SEQUENCE, 9, Stage.FRAME)
    server.gate.set()
    qtbot.waitUntil(lambda: pictures.is_exact)
    assert pictures.frames == [(7, False), (9, True)]
    assert current == [False, True]


def test_an_error_of_the_latest_wish_is_told_and_gone_with_the_next(qtbot, pictures, server):
    told = []
    pictures.failed.connect(told.append)
    server.is_broken = True
    pictures.show(PROJECT, SEQUENCE, 7, Stage.FRAME)
    qtbot.waitUntil(lambda: len(told) == 1)
    assert str(pictures.error) == "Nothing to see."
    server.is_broken = False
    pictures.show(PROJECT, SEQUENCE, 8, Stage.FRAME)
    qtbot.waitUntil(lambda: pictures.is_exact)
    assert pictures.error is None


def test_a_large_picture_is_right_at_the_size_of_the_view_first_and_then_full(
    qtbot, pictures, server
):
    server.is_small = False
    right = []
    pictures.shown.connect(lambda _shown: right.append((pictures.is_right, pictures.is_exact)))
    pictures.show(PROJECT, SEQUENCE, 7, Stage.NEAREST)
    qtbot.waitUntil(lambda: pictures.is_exact)
    assert right == [(False, False), (True, False), (True, True)]
    assert server.asked == [(7, False), (7, True), (7, True)]


def test_what_keeps_changing_is_asked_for_in_full_only_when_it_rests(qtbot, pictures, server):
    server.is_small = False
    for _ in range(8):
        pictures.show(PROJECT, SEQUENCE, 7, Stage.FRAME)
        QTest.qWait(10)
    qtbot.waitUntil(lambda: pictures.is_exact)
    assert pictures.frames[-1] == (7, True)
    assert sum(is_full for _, is_full in pictures.frames) <= 2  # the machine may have dozed


def test_full_at_once_where_that_is_wanted(qtbot, pictures, server):
    server.is_small = False
    pictures.show(PROJECT, SEQUENCE, 7, Stage.FULL)
    qtbot.waitUntil(lambda: pictures.is_exact)
    assert server.asked == [(7, True)]
