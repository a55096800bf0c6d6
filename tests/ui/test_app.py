"""Starting the window: what is opened, how soon, and what is not imported for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from latentsync_studio.__main__ import window_paths
from latentsync_studio.ui import app as starter
from latentsync_studio.ui.app import NO_SCREEN
from latentsync_studio.ui.panels import BY_ID, IN_TURN

FIRST_PAINT = """
import builtins, sys
from latentsync_studio.ui import app as starter
from PySide6.QtCore import QTimer
assert builtins.__import__ is getattr(builtins, "__orig_import__", builtins.__import__)
from latentsync_studio.services.wiring import open_services
app = starter.make_application()
with open_services() as services:
    window = starter.make_window(app, services)
    window.show()
    seen = []
    def look():
        seen.extend(m for m in {heavy!r} if m in sys.modules)
        window.close()
    QTimer.singleShot(0, window, look)
    app.exec()
print("HEAVY", *seen)
"""
HEAVY = ("torch", "diffusers", "transformers", "cv2", "librosa", "scipy", "av", "pyqtgraph")
LATE = (
    *{BY_ID[name].maker.partition(":")[0] for name in IN_TURN},
    "latentsync_studio.ui.export.dialog",
    "latentsync_studio.ui.project.backups",
    "latentsync_studio.ui.project.pair_dialog",
    "latentsync_studio.ui.project.timeline_dialog",
    "latentsync_studio.ui.preflight.dialog",
    "latentsync_studio.ui.preferences.dialog",
    "latentsync_studio.ui.help.report",
)


@pytest.mark.slow
def test_the_window_is_painted_without_anything_heavy(tmp_path):
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", FIRST_PAINT.format(heavy=HEAVY + LATE)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env=environment,
    )
    assert done.stdout.split() == ["HEAVY"], done.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ()),
        (["my cut.lsp"], (Path("my cut.lsp"),)),
        (["talk.mp4", "rede ü.wav"], (Path("talk.mp4"), Path("rede ü.wav"))),
        (["./folder/clip"], (Path("folder/clip"),)),
        (["demo"], None),
        (["doctor", "--json"], None),
        (["--help"], None),
        (["render", "a.mp4", "b.wav", "-o", "c.mp4"], None),
        (["probe", "a.mp4"], None),
    ],
)
def test_files_open_the_window_and_words_are_commands(words, expected):
    assert window_paths(words) == expected


def test_without_a_screen_the_command_line_is_pointed_out():
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    }
    if sys.platform != "linux":
        pytest.skip("other systems always have a screen")
    done = subprocess.run(
        [sys.executable, "-m", "latentsync_studio"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment,
    )
    assert done.returncode == NO_SCREEN
    assert "no screen" in done.stderr
    assert "--help" in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals end processes otherwise there")
def test_a_signal_closes_the_window_as_its_button_does(tmp_path):
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    program = subprocess.Popen(
        [sys.executable, "-m", "latentsync_studio"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    log = Path(environment["LATENTSYNC_STUDIO_HOME"]) / "logs" / "studio.log"
    deadline = time.monotonic() + 60
    while not (log.exists() and "The window is open" in log.read_text()):
        assert time.monotonic() < deadline, "the window never opened"
        assert program.poll() is None, program.stderr.read()
        time.sleep(0.1)
    program.send_signal(signal.SIGTERM)
    _, told = program.communicate(timeout=60)
    assert program.returncode == 0, told


def test_a_screen_that_goes_leaves_no_thread_behind(qapp, own_data_home, monkeypatch):
    """Qt ends its loop then, and no window is closed; a thread would keep the process for ever."""
    windows = []

    def lose(window, _paths):
        windows.append(window)
        qapp.exit(1)

    monkeypatch.setattr(starter, "_begin", lose)
    assert starter.run() == 1
    assert windows[0].is_shut
    windows[0].close()
    windows[0].deleteLater()
