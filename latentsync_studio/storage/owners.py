"""Which process owns something, and whether it still lives.

A process id alone is reused by the system; together with the moment at which the process started
it names one process for ever.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

_PROC: Final = Path("/proc")


class Owner(msgspec.Struct, frozen=True, array_like=True):
    """A process.

    Attributes:
        pid: process id.
        started: opaque text for when it started; "" when it could not be told.
    """

    pid: int
    started: str


def this_process() -> Owner:
    """The running process."""
    return Owner(os.getpid(), _started(os.getpid()) or "")


def is_alive(owner: Owner) -> bool:
    """Whether exactly this process still runs (a reused id does not count)."""
    return owner.pid > 0 and owner.started != "" and _started(owner.pid) == owner.started


def pid_in_use(pid: int) -> bool:
    """Whether any process of this machine has the id `pid`."""
    import psutil  # 15 ms that most commands can do without

    return bool(psutil.pid_exists(pid))


def _started(pid: int) -> str | None:
    """Text that changes whenever the id is reused; None for a process that is no more."""
    with suppress(OSError, IndexError):
        return _started_linux(pid) if (_PROC / "self/stat").exists() else _started_elsewhere(pid)
    return None


def _started_elsewhere(pid: int) -> str | None:
    import psutil

    try:
        return f"{psutil.Process(pid).create_time():.2f}"
    except psutil.Error:
        return None


def _started_linux(pid: int) -> str | None:
    """Boot id and clock ticks from boot to start, which a change of the clock leaves alone.

    Source: proc(5), /proc/pid/stat: the fields after the ")" that ends the name are counted
    from 3, state is field 3 and starttime is field 22.
    """
    fields = (_PROC / str(pid) / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
    state, ticks = fields[0], fields[19]
    if state in {"Z", "X"}:
        return None
    boot = (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
    return f"{boot}:{ticks}"
