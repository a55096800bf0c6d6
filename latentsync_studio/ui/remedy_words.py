"""What to do about an error, said for the window: errors themselves speak to a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from latentsync_studio.core.errors import StudioError

_DISK_FULL: Final = "disk-full"
_IN_A_TERMINAL: Final = "un the same command again"  # at the start of a sentence or not


def remedy_words(code: str, remedy: str) -> str:
    """The remedy of an error with this code, in the words of the window; "" where there is none."""
    if code == _DISK_FULL:
        return _tr(
            "Free some room there, or clear the cache (Preferences, Performance, Clear the cache),"
            " then try again: what is done is kept."
        )
    again = {f"R{_IN_A_TERMINAL}": _tr("Try again"), f"r{_IN_A_TERMINAL}": _tr("try again")}
    for said, shown in again.items():
        remedy = remedy.replace(said, shown)
    return remedy


def error_words(error: StudioError) -> str:
    """What failed and what to do about it, in the words of the window."""
    return f"{error} {remedy_words(error.code, error.remedy)}".strip()


def _tr(text: str) -> str:
    return QCoreApplication.translate("Remedies", text)
