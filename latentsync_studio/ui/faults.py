"""Faults of the program itself: logged with a code and told, never a traceback on the screen."""

from __future__ import annotations

import logging
import sys
import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from latentsync_studio.core.errors import StudioError, to_studio_error

if TYPE_CHECKING:
    from types import TracebackType

log = logging.getLogger("latentsync_studio.fault")


class FaultCatcher(QObject):
    """Catches what nobody else did, in any thread.

    Signals:
        caught(error): StudioError, in the GUI thread.
    """

    caught = Signal(object)
    _raised = Signal(object)  # from any thread

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._raised.connect(self._on_raised)
        self._before = sys.excepthook, threading.excepthook

    def install(self) -> None:
        """Catch from now on."""
        sys.excepthook = self._hook
        threading.excepthook = self._thread_hook

    def remove(self) -> None:
        """Give the hooks back."""
        sys.excepthook, threading.excepthook = self._before

    def _hook(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, Exception):
            self._before[0](kind, error, trace)
            return
        known = to_studio_error(error)
        if not isinstance(error, StudioError):
            log.error("%s", known, exc_info=(kind, error, trace))
        self._raised.emit(known)

    def _thread_hook(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._hook(args.exc_type, args.exc_value, args.exc_traceback)

    def _on_raised(self, error: StudioError) -> None:
        self.caught.emit(error)
