"""The log of the window: warnings and faults, a few files of bounded size in the data home."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING, Final

from latentsync_studio.storage import paths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES: Final = 1_000_000
KEPT_FILES: Final = 3
_FORM: Final = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"
_ROOT: Final = "latentsync_studio"


def log_file() -> Path:
    """Where the window logs."""
    return paths.log_folder() / "studio.log"


@contextmanager
def open_log() -> Iterator[None]:
    """Log warnings, faults and starts of this program as long as the context lasts.

    A folder that cannot be written to means no log, not a failed start.
    """
    logger = logging.getLogger(_ROOT)
    path = log_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            path,
            maxBytes=MAX_BYTES,
            backupCount=KEPT_FILES,
            encoding="utf-8",
            errors="backslashreplace",
            delay=True,
        )
    except OSError:
        yield
        return
    handler.setFormatter(logging.Formatter(_FORM))
    handler.setLevel(logging.INFO)
    before = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        handler.close()
