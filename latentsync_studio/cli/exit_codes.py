"""What the exit code says, and how an error becomes one."""

from __future__ import annotations

from typing import Final

from latentsync_studio.core.errors import (
    Cancelled,
    InternalError,
    InvalidSettingError,
    StudioError,
    UnknownNameError,
)

DONE: Final = 0
GATE: Final = 1  # measured, and something needs attention
USAGE: Final = 2
BAD_INPUT: Final = 3
INTERRUPTED: Final = 4
INTERNAL: Final = 5


def exit_code(error: StudioError) -> int:
    """Return the exit code of an error.

    INTERRUPTED can be resumed, BAD_INPUT needs the user (another file, more room), USAGE is a
    mistake on the command line, INTERNAL is a fault of the program.
    """
    if isinstance(error, Cancelled):
        return INTERRUPTED
    if isinstance(error, InternalError):
        return INTERNAL
    if isinstance(error, InvalidSettingError | UnknownNameError):
        return USAGE
    return BAD_INPUT
