"""The check for leaks catches them: each kind is leaked here on purpose."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QThread

from latentsync_studio.core.read_ahead import ReadAhead
from latentsync_studio.services.wiring import open_services
from tests.leaks import held, leaked, left_behind

ROOT = Path(__file__).parent.parent
LEAKY = """
import threading
stop = threading.Event()

def test_leaks_a_thread():
    threading.Thread(target=stop.wait, name="window_0").start()

def test_leaks_a_file(tmp_path):
    global kept
    kept = (tmp_path / "kept").open("wb")

def test_leaves_a_temporary_file(own_data_home):
    (own_data_home / "store").mkdir()
    (own_data_home / "store" / ".tmp-1-0123456789ab").write_bytes(b"x")

def test_leaks_nothing(tmp_path):
    stop.set()
    kept.close()
    (tmp_path / "own file").write_bytes(b"x")
"""


@pytest.mark.parametrize("daemon", [True, False])
def test_a_thread_that_still_runs_is_told_by_name(daemon):
    before, stop = held(), threading.Event()
    thread = threading.Thread(target=stop.wait, name="collect_0", daemon=daemon)
    thread.start()
    try:
        assert leaked(before, 0.1) == ["the thread 'collect_0' still runs"]
    finally:
        stop.set()
        thread.join()
    assert leaked(before) == []


def test_a_pool_that_is_not_shut_down_is_told():
    before = held()
    pool = ThreadPoolExecutor(1, thread_name_prefix="window")
    pool.submit(int).result()
    assert leaked(before, 0.1) == ["the thread 'window_0' still runs"]
    pool.shutdown()
    assert leaked(before) == []


class _Known(QThread):
    """A thread that Python's threading module gets to know while it runs."""

    def __init__(self):
        super().__init__()
        self.stop = threading.Event()

    def run(self):
        threading.current_thread()
        self.stop.wait()


def test_a_qt_thread_is_told_while_it_runs_and_not_when_it_has_ended(qapp):
    before, thread = held(), _Known()
    thread.start()
    while held().threads == before.threads:
        time.sleep(0.001)
    (known,) = held().threads - before.threads
    try:
        assert f"the thread {known.name!r} still runs" in leaked(before, 0.1)
    finally:
        thread.stop.set()
        thread.wait()
    assert known in threading.enumerate()  # Python still believes in it
    assert leaked(before) == []


def test_reading_ahead_ends_its_thread_wherever_the_reader_stops():
    before = held()
    with ReadAhead(iter(range(100)), 2) as items:
        assert next(items) == 0
        assert leaked(before, 0.05) == ["the thread 'read-ahead' still runs"]
    assert leaked(before) == []


@pytest.mark.parametrize("how", ["file", "second of the same file", "memory map"])
def test_an_open_file_is_told(how, tmp_path):
    path = tmp_path / "f.bin"
    path.write_bytes(b"12345678")
    first = path.open("rb") if how == "second of the same file" else None
    before = held()
    kept = np.memmap(path, mode="r") if how == "memory map" else path.open("rb")
    assert leaked(before, 0.05) == [f"the file {path} is still open"]
    if first is not None:
        first.close()
    if how != "memory map":
        kept.close()
    del kept
    assert leaked(before) == []


def test_an_open_store_is_told_and_a_closed_one_leaves_nothing(own_data_home):
    before = held()
    with open_services(own_data_home) as services:
        services.store.put("ab" * 20, "test", b"data")
        assert services.store.info().bytes
        assert any("index.db" in found for found in leaked(before, 0.05))
        assert any("-wal" in found for found in left_behind(own_data_home))
    assert leaked(before) == []
    assert left_behind(own_data_home) == []


def test_a_child_process_that_nobody_waited_for_is_told():
    before = held()
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert f"the child process {child.pid} was not waited for" in leaked(before, 0.05)
    finally:
        child.communicate()
    assert leaked(before) == []


@pytest.mark.parametrize(
    "name",
    [
        "store/.tmp-1-0123456789ab",
        "store/ab/movie.part.mp4",
        "jobs.sqlite-wal",
        "stray.txt",
        "autosave/.a.lsp.lock",
    ],
)
def test_a_temporary_or_unknown_file_in_the_data_home_is_told(name, tmp_path):
    for known in (
        "jobs.sqlite",
        "digests.sqlite",
        "store/ab/cd",
        "logs/log.txt",
        "presets/a.json",
        "backups/a/b.lsp",
        "recent.json",
    ):
        (tmp_path / known).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / known).write_bytes(b"x")
    assert left_behind(tmp_path) == []
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(b"x")
    assert left_behind(tmp_path) == [f"the file {name} was left in the data home"]


@pytest.mark.slow
def test_every_test_is_checked_without_asking_for_it(tmp_path):
    (tmp_path / "test_leaky.py").write_text(LEAKY, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-q", "--tb=short", "-rA"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "4 passed, 3 errors" in done.stdout, done.stdout + done.stderr
    assert "the thread 'window_0' still runs" in done.stdout
    assert "kept is still open" in done.stdout
    assert ".tmp-1-0123456789ab was left in the data home" in done.stdout
