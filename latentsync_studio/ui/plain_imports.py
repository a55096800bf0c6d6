"""Imports as Python does them.

PySide6 puts an `__import__` of its own in place of Python's. For its switch `__feature__`, which
nothing here uses, that reads the source of every module that is imported, and looks for the word
PySide6 in it: 0.1 s at the start of the window, and the text of all modules in memory.
"""

from __future__ import annotations

import builtins

import PySide6.QtCore  # noqa: F401 - it brings the other `__import__`


def use_plain_imports() -> None:
    """Put Python's own `__import__` back, which PySide6 keeps beside its own."""
    plain = getattr(builtins, "__orig_import__", None)
    if plain is not None:
        builtins.__import__ = plain
