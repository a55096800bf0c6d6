"""Work off the GUI thread: answers arrive in the GUI thread, or not at all."""

from __future__ import annotations

import threading

import pytest

from latentsync_studio.core.errors import InputError, InternalError
from latentsync_studio.ui.workers.background import Background


@pytest.fixture
def background(qapp):
    pool = Background()
    yield pool
    pool.close()


def test_work_runs_elsewhere_and_its_answer_comes_home(background, qtbot):
    seen = []

    def work(progress):
        progress.report("count", 1, 2)
        return threading.current_thread()

    def done(thread):
        seen.append((thread, threading.current_thread()))

    told = []
    background.submit(work, done, told=told.append)
    qtbot.waitUntil(lambda: bool(seen))
    worker, home = seen[0]
    assert home is threading.main_thread()
    assert worker is not home
    assert [(report.stage, report.done, report.total) for report in told] == [("count", 1, 2)]
    assert background.pending == 0


def test_failures_are_told_as_errors_that_can_be_shown(background, qtbot):
    mine, others = [], []
    background.failed.connect(others.append)

    def wrong(progress):
        raise InputError("No such file.", remedy="Choose another.")

    def broken(progress):
        raise ZeroDivisionError("x")

    background.submit(wrong, mine.append, mine.append)
    background.submit(broken, mine.append)
    qtbot.waitUntil(lambda: bool(mine) and bool(others))
    assert isinstance(mine[0], InputError)
    assert isinstance(others[0], InternalError)


def test_newer_work_of_the_same_key_takes_the_place_of_the_older(background, qtbot):
    gate, answers = threading.Event(), []

    def slow(progress):
        gate.wait(5)
        progress.check()
        return "old"

    background.submit(slow, answers.append, key="k")
    background.submit(lambda progress: "new", answers.append, key="k")
    gate.set()
    qtbot.waitUntil(lambda: background.pending == 0)
    assert answers == ["new"]


def test_cancelled_work_answers_nobody(background, qtbot):
    started, gate, answers = threading.Event(), threading.Event(), []

    def slow(progress):
        started.set()
        gate.wait(5)
        return 1

    ticket = background.submit(slow, answers.append, answers.append)
    assert started.wait(5)
    ticket.cancel()
    gate.set()
    qtbot.waitUntil(lambda: background.pending == 0)
    assert answers == []


def test_closing_ends_the_threads_and_later_work_is_not_run(qapp):
    background, ran = Background(), []
    background.submit(lambda progress: ran.append(1), lambda _: None)
    background.close()
    background.submit(lambda progress: ran.append(2), lambda _: None)
    assert 2 not in ran


def test_what_is_held_begins_when_it_is_released_in_the_order_it_came(qtbot, qapp):
    pool = Background(1)
    seen = []
    pool.hold()
    for number in range(3):
        pool.submit(lambda _progress, number=number: number, seen.append)
    assert pool.pending == 3
    qapp.processEvents()
    assert seen == []
    pool.release()
    qtbot.waitUntil(lambda: seen == [0, 1, 2])
    pool.submit(lambda _progress: 3, seen.append)
    qtbot.waitUntil(lambda: seen == [0, 1, 2, 3])
    pool.close()


@pytest.mark.parametrize("finish", [True, False])
def test_what_is_held_at_the_end_is_done_only_where_it_must_be(qapp, finish):
    pool = Background(1)
    done = []
    pool.hold()
    pool.submit(lambda _progress: done.append(1), done.append)
    pool.close(finish=finish)
    assert done == [1] * finish
