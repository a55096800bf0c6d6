"""What a test may leave behind: no thread, no process, no open file, no temporary file."""

from __future__ import annotations

import gc
import os
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import psutil

OPEN_FILES = Path("/proc/self/fd")
NATIVE_THREADS = Path("/proc/self/task")
PATIENCE_S = 1.0  # a thread that was told to end, or a process that was killed, needs a moment
# What a data home may hold, by the first part of the path: see storage/paths.py. SQLite removes
# its -wal and -shm files when the last connection is closed; a window removes its lock.
DOCUMENTED = re.compile(
    r"(store|proxies|frames|logs|presets|jobs|autosave|backups|models|quality)"
    r"|(jobs|digests|weight_digests|known_weights)\.sqlite(\.damaged-\d+)?"
    r"|preferences\.json(\.bak\d*)?|recent\.json|machine\.json(\.lock)?"
)
# Threads that Qt keeps for 30 s to scale and paint pictures wake each other through these; the
# first file dialog of a process maps the table of file types for good.
OF_QT = re.compile(r"^anon_inode:\[eventfd\]$|/mime/mime\.cache$")
TEMPORARY = re.compile(r"^\.tmp-|\.part\.|-(wal|shm|journal)$|^\..*\.lock$")


@dataclass(frozen=True)
class Held:
    """What this process holds at one moment.

    Attributes:
        threads: live Python threads, daemons too.
        files: what the open file descriptors show, and how many show the same.
        children: live or unreaped child processes as (pid, start).
    """

    threads: frozenset[threading.Thread]
    files: Counter[str]
    children: frozenset[tuple[int, float]]


def held() -> Held:
    """What this process holds now."""
    return Held(frozenset(threading.enumerate()), _files(), _children())


def leaked(before: Held, patience_s: float = PATIENCE_S) -> list[str]:
    """What is held now and was not held `before`, a sentence each; waits a little for its end."""
    found = _sentences(before)
    if found:
        gc.collect()
        deadline = time.monotonic() + patience_s
        while (found := _sentences(before)) and time.monotonic() < deadline:
            time.sleep(0.02)
    return found


def left_behind(home: Path) -> list[str]:
    """Files below a data home that nothing documents, and temporary ones."""
    names = [path.relative_to(home) for path in home.rglob("*") if path.is_file()]
    return [
        f"the file {name} was left in the data home"
        for name in sorted(names)
        if TEMPORARY.search(name.name) or not DOCUMENTED.fullmatch(name.parts[0])
    ]


def let_an_hour_pass(store: Path) -> None:
    """Make what a killed writer left half written in `store` old enough to be swept.

    A leftover of its own is planted, because most kills come between two writes.
    """
    hour_ago = time.time() - 3600
    planted = next(folder for folder in store.iterdir() if len(folder.name) == 2)
    (planted / f".tmp-{2**22 + 1}-0123456789ab").write_bytes(b"half")
    for path in store.rglob(".tmp-*"):
        os.utime(path, (hour_ago, hour_ago))


def _sentences(before: Held) -> list[str]:
    now = held()
    threads = sorted(t.name for t in now.threads - before.threads if _runs(t))
    files = sorted((now.files - before.files).elements())
    children = sorted(now.children - before.children)
    return [
        *(f"the thread {name!r} still runs" for name in threads),
        *(f"the file {name} is still open" for name in files),
        *(f"the child process {pid} was not waited for" for pid, _ in children),
    ]


def _runs(thread: threading.Thread) -> bool:
    """Whether a thread lives; Python never learns that one begun elsewhere (a QThread) ended."""
    if not isinstance(thread, threading._DummyThread):
        return thread.is_alive()
    if NATIVE_THREADS.is_dir():
        return (NATIVE_THREADS / str(thread.native_id)).exists()
    return any(each.id == thread.native_id for each in psutil.Process().threads())


def _files() -> Counter[str]:
    if not OPEN_FILES.is_dir():
        return Counter(file.path for file in psutil.Process().open_files())
    shown: Counter[str] = Counter()
    for name in os.listdir(OPEN_FILES):  # noqa: PTH208 - bare names, twice for every test
        try:
            target = os.readlink(f"{OPEN_FILES}/{name}")  # noqa: PTH115 - as above
        except OSError:  # the descriptor of the listing itself
            continue
        if not OF_QT.search(target):
            shown[target.removesuffix(" (deleted)")] += 1
    return shown


def _children() -> frozenset[tuple[int, float]]:
    if hasattr(os, "waitid"):
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:  # the usual case, told without looking at all processes
            return frozenset()
    found = psutil.Process().children()
    return frozenset((child.pid, child.create_time()) for child in found)
