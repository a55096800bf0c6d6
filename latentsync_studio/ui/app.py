"""Starts the window: application, theme, services, workbench; returns the exit code."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
from contextlib import ExitStack, contextmanager
from socket import socketpair
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QSocketNotifier
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication, QMessageBox

from latentsync_studio import __version__
from latentsync_studio.core.errors import StudioError
from latentsync_studio.core.installed import resource
from latentsync_studio.services.preferences import load_preferences, with_engines
from latentsync_studio.services.program_log import open_log
from latentsync_studio.services.wiring import open_services
from latentsync_studio.ui.faults import FaultCatcher
from latentsync_studio.ui.first_paint import FirstPaint
from latentsync_studio.ui.main_window import MainWindow
from latentsync_studio.ui.plurals import EnglishPlurals
from latentsync_studio.ui.theme.style import Look
from latentsync_studio.ui.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from latentsync_studio.services.wiring import Services

NAME = "LatentSync Studio"
NO_SCREEN = 3
FAILED = 3
_PLATFORM = "QT_QPA_PLATFORM"
log = logging.getLogger(__name__)


def run(paths: Sequence[Path] = ()) -> int:
    """Open the window with projects or media files and stay until it is closed."""
    if not has_screen():
        sys.stderr.write(
            "Error: There is no screen to open the window on.\n"
            "  -> Use the command line: latentsync-studio --help\n"
        )
        return NO_SCREEN
    _scale(load_preferences().appearance.scale)
    app = make_application()
    with ExitStack() as stack:
        stack.enter_context(open_log())
        try:
            services = stack.enter_context(open_services())
        except StudioError as error:
            QMessageBox.critical(None, NAME, f"{error}\n\n{error.remedy}")
            return FAILED
        window = make_window(app, services, held=True)
        stack.callback(window.shut)  # the loop also ends without a closed window: the screen went
        stack.enter_context(_faults_told(window))
        stack.enter_context(_closed_by_signals(window))
        window.show()
        FirstPaint(window, lambda: _begin(window, paths))
        return app.exec()


def _begin(window: MainWindow, paths: Sequence[Path]) -> None:
    gc.freeze()  # what is there stays: to look through all of it again would stop pictures
    gc.enable()
    if not window.is_shut:
        window.begin(paths)
        log.info("The window is open, version %s.", __version__)


def has_screen() -> bool:
    """Whether a window can be opened at all; only Linux and its kin may lack a screen."""
    if sys.platform in {"win32", "darwin"} or os.environ.get(_PLATFORM):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def make_application() -> QApplication:
    """The application object, named; there can be one only."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        QCoreApplication.setApplicationName("latentsync-studio")
        QCoreApplication.setApplicationVersion(__version__)
        QGuiApplication.setApplicationDisplayName(NAME)
        QGuiApplication.setDesktopFileName("latentsync-studio")
        app = QApplication([sys.argv[0]])
        app.installTranslator(EnglishPlurals(app))
        icon = resource("icons/latentsync-studio.png")
        app.setWindowIcon(QIcon(str(icon)))
    return app


def make_window(
    app: QApplication, services: Services, home: Path | None = None, *, held: bool = False
) -> MainWindow:
    """The window with everything it needs; `shut` or closing it ends all threads.

    With `held` nothing is done in the background until the window begins.
    """
    preferences = load_preferences(home)
    look = Look(app, preferences.appearance.theme)
    workbench = Workbench(with_engines(services, preferences), look, home)
    if held:
        workbench.background.hold()
    window = MainWindow(workbench)
    workbench.setParent(window)
    return window


def _scale(percent: int) -> None:
    """Qt reads the factor once, before the application is made."""
    if percent != 100 and "QT_SCALE_FACTOR" not in os.environ:
        os.environ["QT_SCALE_FACTOR"] = f"{percent / 100:g}"


@contextmanager
def _faults_told(window: MainWindow) -> Iterator[None]:
    catcher = FaultCatcher()
    catcher.caught.connect(window.tell_fault)
    catcher.install()
    try:
        yield
    finally:
        catcher.remove()


@contextmanager
def _closed_by_signals(window: MainWindow) -> Iterator[None]:
    """Ctrl-C and SIGTERM close the window as its button does, though Qt's loop is in C++."""
    ours, theirs = socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    handlers = {
        number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)
    }
    notifier = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read, window)

    def on_signal() -> None:
        ours.recv(64)
        window.close()

    notifier.activated.connect(on_signal)
    try:
        yield
    finally:
        notifier.setEnabled(False)
        signal.set_wakeup_fd(before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        ours.close()
        theirs.close()
