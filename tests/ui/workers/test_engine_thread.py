"""The thread that jobs run in: one at a time, heard in the GUI thread, stopped by a flag."""

import threading

import pytest
from PySide6.QtCore import QThread

from latentsync_studio.core.errors import Cancelled, InputError
from latentsync_studio.ui.workers.engine import EngineOrder, EngineThread, EngineWorker


@pytest.fixture
def engine(qapp):
    thread = EngineThread()
    yield thread
    thread.close()


def ends_of(engine):
    ended = []
    engine.ended.connect(lambda *end: ended.append((*end, QThread.currentThread())))
    return ended


def test_a_job_runs_elsewhere_and_is_heard_here(qtbot, engine):
    ended, frames = ends_of(engine), []
    engine.frame_finished.connect(lambda job_id, frame: frames.append((job_id, frame)))
    where = []

    def run(progress, finished):
        where.append(threading.current_thread())
        progress.report("draw", 1, 2)
        finished("a frame")
        return "report"

    engine.start("j1", run)
    assert engine.running == "j1"
    qtbot.waitUntil(lambda: bool(ended))
    assert ended == [("j1", "report", None, qtbot_thread())]
    assert where[0] is not threading.main_thread()
    assert frames == [("j1", "a frame")]
    assert engine.running is None


def qtbot_thread():
    return QThread.currentThread()


def test_a_failure_is_told_as_an_error_with_a_code(qtbot, engine):
    ended = ends_of(engine)

    def fail(_progress, _finished):
        raise InputError("No such clip.", remedy="Choose another.")

    def bug(_progress, _finished):
        return {}["no"]

    for job in (fail, bug):
        engine.start("j", job)
        qtbot.waitUntil(lambda: engine.running is None)
    assert [error.code for _, _, error, _ in ended] == ["bad-input", "internal"]


def test_a_job_stops_at_its_next_look(qtbot, engine):
    ended, looks = ends_of(engine), []

    def run(progress, _finished):
        while True:
            looks.append(1)
            progress.report("draw", len(looks), 0)

    engine.start("j", run)
    qtbot.waitUntil(lambda: len(looks) > 3)
    engine.stop()
    assert engine.is_stopping
    qtbot.waitUntil(lambda: bool(ended))
    assert isinstance(ended[0][2], Cancelled)
    assert not engine.is_stopping


def test_a_second_job_has_to_wait(qtbot, engine):
    gate = threading.Event()
    engine.start("first", lambda _progress, _finished: gate.wait(10))
    with pytest.raises(RuntimeError, match="first"):
        engine.start("second", lambda _progress, _finished: None)
    gate.set()
    qtbot.waitUntil(lambda: engine.running is None)


def test_closing_stops_the_job_and_tells_nobody(qtbot, qapp):
    engine = EngineThread()
    ended = ends_of(engine)

    def run(progress, _finished):
        while True:
            progress.check()

    engine.start("j", run)
    engine.close()
    qapp.processEvents()
    assert ended == []


def test_many_reports_become_a_few_with_the_first_and_the_last_of_each_stage():
    worker, told = EngineWorker(), []
    worker.reported.connect(lambda _order, report: told.append((report.stage, report.done)))

    def run(progress, _finished):
        for stage in ("look", "draw"):
            for done in range(1000):
                progress.report(stage, done + 1, 1000)

    worker.run(EngineOrder("j", run))
    assert told[0] == ("look", 1)
    assert ("look", 1000) in told
    assert ("draw", 1) in told
    assert told[-1] == ("draw", 1000)
    assert len(told) < 100
