"""Room on disks, and sizes and times in words; no widgets."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from pathlib import Path

_UNITS = (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024))


def free_bytes(folder: Path) -> int | None:
    """Of the disk of a folder that exists; None where nobody can tell."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def size_words(n_bytes: float) -> str:
    """A rough size: "24 MiB", "1.4 GiB"."""
    for unit, size in _UNITS:
        if n_bytes >= size or unit == "KiB":
            value = n_bytes / size
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    raise AssertionError(n_bytes)


def time_words(seconds: float) -> str:
    """A rough length of time: "40 s", "3 min", "1.5 h"."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def tr(text: str) -> str:
    """A text of the export dialog in the user's language."""
    return QCoreApplication.translate("Export", text)
