"""Ctrl-C and SIGTERM stop a job cleanly; a second one leaves at once."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager, suppress
from threading import Event, current_thread, main_thread
from typing import TYPE_CHECKING

from latentsync_studio.cli.exit_codes import INTERRUPTED
from latentsync_studio.cli.output import note_line
from latentsync_studio.media.part_file import discard_growing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
STDERR = 2
STOPPING = "Stopping after the frame in flight. Ctrl-C again leaves at once."


@contextmanager
def stop_on_signals(*, as_json: bool = False) -> Iterator[Event]:
    """Yield a flag that the first signal sets; the second ends the process.

    What is stored is whole at any moment, so leaving at once loses only the work in flight.
    Outside the main thread, where Python allows no handlers, the flag is only handed out.
    """
    stop = Event()
    told = note_line(STOPPING, as_json=as_json).encode()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            discard_growing()
            os._exit(INTERRUPTED)
        stop.set()
        with suppress(OSError):
            os.write(STDERR, told)  # sys.stderr may be in the middle of a write of its own

    if current_thread() is not main_thread():
        yield stop
        return
    before = {number: signal.signal(number, on_signal) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
