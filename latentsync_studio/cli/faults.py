"""An internal error leaves a log file with all that is needed to find it."""

from __future__ import annotations

import platform
import sys
import time
import traceback
from typing import TYPE_CHECKING

from latentsync_studio import __version__
from latentsync_studio.storage import paths

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from latentsync_studio.core.errors import StudioError


def log_fault(error: StudioError, argv: Sequence[str]) -> Path | None:
    """Append version, command and traceback of `error` to the log; None where that fails too."""
    path = paths.log_folder() / "faults.log"
    head = f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} latentsync-studio {__version__}"
    trace = "".join(traceback.format_exception(error))
    text = (
        f"{head}, Python {sys.version.split()[0]}, {platform.platform()}\n{list(argv)}\n{trace}\n"
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(text)
    except OSError:
        return None
    return path
