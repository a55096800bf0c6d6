"""The whole way through the real window: clip and speech in, movie out, and a kill in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from latentsync_studio.services.project_files import read_project
from latentsync_studio.services.timeline.movie import MovieReport
from latentsync_studio.services.wiring import open_services
from latentsync_studio.ui.app import make_window
from latentsync_studio.ui.jobs.interrupted import RESUME
from latentsync_studio.ui.project import questions
from latentsync_studio.ui.timeline.geometry import RULER
from tests.leaks import let_an_hour_pass
from tests.services.conftest import cut_clip, cut_speech

pytestmark = pytest.mark.slow

FRAMES = 24
PATIENCE = 90_000


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Clip and speech of a second, in a folder whose name is no plain ASCII."""
    folder = tmp_path_factory.mktemp("walk ü #1%")
    clip = cut_clip(folder / "talk.mp4", FRAMES)
    return clip, cut_speech(folder / "speech.wav", FRAMES / 25)


@pytest.fixture
def opened(qtbot, qapp, services, own_data_home):
    """Make windows; those that a test leaves open are shut."""
    windows = []

    def make(*paths):
        window = make_window(qapp, services, own_data_home)
        window.resize(1440, 900)
        windows.append(window)
        window.show()
        window.begin(paths)
        return window

    yield make
    for window in windows:
        if not window.is_shut:
            window.shut()
        window.close()
        window.deleteLater()


def clips(window, track):
    return window.workbench.session.sequence.tracks[track].clips


def answer(qtbot, window, key):
    """Wait for a question and press one of its buttons."""
    asker = window.workbench.project.asker
    qtbot.waitUntil(lambda: asker.dialog is not None, timeout=PATIENCE)
    asker.dialog.buttons[key].click()


def wait_for_clips(qtbot, window):
    def laid():
        sequence = window.workbench.session.sequence
        return sequence is not None and len(sequence.tracks) > 1 and sequence.tracks[0].clips

    qtbot.waitUntil(lambda: bool(laid()), timeout=PATIENCE)


def wait_for_jobs(qtbot, window, *states):
    jobs = window.workbench.jobs
    qtbot.waitUntil(lambda: [job.state for job in jobs.jobs()] == list(states), timeout=PATIENCE)


def wait_for_exact(qtbot, window, frame):
    """The picture that the viewer shows once it is the exact one of `frame`."""
    seen = []
    window.workbench.playback.shown.connect(seen.append)
    window.workbench.session.seek(frame)
    window.workbench.playback.request()
    qtbot.waitUntil(
        lambda: bool(seen) and seen[-1].is_exact and seen[-1].frame == frame, timeout=PATIENCE
    )
    window.workbench.playback.shown.disconnect(seen.append)
    return seen[-1]


def save_as(qtbot, window, path):
    window.workbench.actions.trigger("file.save_as")
    dialog = window.workbench.project._saving.dialog
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
    dialog.setDirectory(str(path.parent))
    dialog.selectFile(path.name)
    dialog.accept()
    qtbot.waitUntil(lambda: window.workbench.project.path == path, timeout=PATIENCE)
    qtbot.waitUntil(lambda: not window.workbench.project.is_saving, timeout=PATIENCE)


def drag_tail(window, by_frames):
    """Drag the right edge of the first clip by mouse."""
    canvas = window.panels["timeline"].canvas
    clip = clips(window, 0)[0]
    row = canvas.rows.of_kind("video")[0]
    y = RULER - canvas.view.top + (row.top + row.bottom) // 2
    x = round(canvas.view.x_of(clip.stop)) - 3
    to = round(canvas.view.x_of(clip.stop + by_frames)) - 3
    target = canvas.viewport()
    QTest.mousePress(target, Qt.MouseButton.LeftButton, pos=QPoint(x, y))
    for step in range(1, 6):
        QTest.mouseMove(target, QPoint(x + (to - x) * step // 5, y), delay=5)
    QTest.mouseRelease(target, Qt.MouseButton.LeftButton, pos=QPoint(to, y))


def test_from_clip_and_speech_to_a_movie(qtbot, opened, pair, tmp_path):
    window = opened(*pair)
    bench = window.workbench
    wait_for_clips(qtbot, window)
    assert [len(track.clips) for track in bench.session.sequence.tracks] == [1, 1]
    assert bench.session.sequence.tracks[-1].speech is not None
    bench.actions.trigger("clip.synthesize_all")
    wait_for_jobs(qtbot, window, "done")
    shown = wait_for_exact(qtbot, window, FRAMES // 2)
    assert not np.array_equal(shown.source, shown.result)
    bench.actions.trigger("view.wipe")
    assert bench.session.view == "wipe"
    bench.session.switch(snapping=False)
    drag_tail(window, -6)
    assert len(clips(window, 0)[0].source) < FRAMES
    assert bench.store.undo_stack.undoText()
    shorter = bench.store.project
    bench.actions.trigger("edit.undo")
    assert len(clips(window, 0)[0].source) == FRAMES
    bench.actions.trigger("edit.redo")
    assert bench.store.project is shorter
    path = tmp_path / "cut ü.lsp"
    save_as(qtbot, window, path)
    assert read_project(path).sequences == shorter.sequences
    window.close()
    qtbot.waitUntil(lambda: window.is_shut, timeout=PATIENCE)
    again = opened(path)
    qtbot.waitUntil(lambda: again.workbench.project.path == path, timeout=PATIENCE)
    assert again.workbench.store.project.sequences == shorter.sequences
    output = tmp_path / "result.mp4"
    reports = []
    again.workbench.jobs.job_reported.connect(lambda job, report: reports.append(report))
    again.workbench.jobs.export(output)
    wait_for_jobs(qtbot, again, "done", "done")
    assert output.stat().st_size > 10_000
    (report,) = [each for each in reports if isinstance(each, MovieReport)]
    assert report.engine_calls == 0


KILLED = """
import os, signal, sys
from pathlib import Path
from PySide6.QtCore import Qt, QTimer
from latentsync_studio.services.wiring import open_services
from latentsync_studio.ui import app as starter
app = starter.make_application()
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
with open_services() as services:
    window = starter.make_window(app, services)
    window.preferences.set("performance.worker_threads", 1)
    window.show()
    window.begin([Path(word) for word in sys.argv[1:]])
    jobs = window.workbench.jobs
    # in the thread that draws: the first window is stored, the second is on its way
    jobs._engine._worker.frame_finished.connect(die, Qt.ConnectionType.DirectConnection)
    def start():
        if window.workbench.session.sequence is None:
            QTimer.singleShot(50, window, start)
        else:
            QTimer.singleShot(400, window, jobs.synthesize)
    start()
    app.exec()
"""


def killed_while_it_draws(pair):
    """Run a window that synthesizes and is killed as soon as a frame can be seen."""
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, *map(str, pair)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        timeout=90,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of other systems")
def test_after_a_kill_edits_are_recovered_and_the_job_goes_on(qtbot, opened, pair, own_data_home):
    killed_while_it_draws(pair)
    let_an_hour_pass(own_data_home / "store")
    window = opened()
    bench = window.workbench
    answer(qtbot, window, questions.RECOVER)
    wait_for_clips(qtbot, window)
    assert [item.name for item in bench.store.project.media] == ["talk.mp4", "speech.wav"]
    reports = []
    bench.jobs.job_reported.connect(lambda job, report: reports.append(report))
    answer(qtbot, window, RESUME)
    assert window.focusWidget() is window.panels["timeline"].canvas
    wait_for_jobs(qtbot, window, "done")
    assert reports[0].windows_reused >= 1
    assert reports[0].engine_calls <= 1


def test_a_second_window_is_warned_of_the_first(qtbot, opened, pair, own_data_home, tmp_path):
    first = opened(*pair)
    wait_for_clips(qtbot, first)
    path = tmp_path / "cut.lsp"
    save_as(qtbot, first, path)
    with open_services(own_data_home) as _:
        second = opened(path)
        answer(qtbot, second, "cancel")
        assert second.workbench.project.path is None
