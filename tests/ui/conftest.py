"""Fixtures of the window's tests: services in a home of their own, a workbench, leak checks."""

from __future__ import annotations

import gc

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QThread, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from latentsync_studio.services.wiring import open_services
from latentsync_studio.ui.theme.style import Look
from latentsync_studio.ui.workbench import Workbench
from tests.conftest import PASSED


@pytest.fixture(autouse=True)
def nothing_of_qt_leaks(request):
    """Fail a passed test that leaves a running QThread, an active QTimer or a window behind.

    What is older than the test is put aside from the collector meanwhile: to look through the
    million objects of all imported libraries takes longer than most tests.
    """
    gc.freeze()
    yield
    try:
        _no_qt_leaks(request)
    finally:
        gc.unfreeze()


def _no_qt_leaks(request):
    app = QApplication.instance()
    if app is not None:
        release_buttons()
    if app is None or not request.node.stash.get(PASSED, False):
        return
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    found = qt_leaks()
    if found:
        pytest.fail("; ".join(found), pytrace=False)


def release_buttons() -> None:
    """Release what the test has pressed: the next one would go on with it."""
    buttons = Qt.MouseButton
    for button in (buttons.LeftButton, buttons.MiddleButton, buttons.RightButton):
        if QGuiApplication.mouseButtons() & button:
            widget = QWidget()
            widget.show()
            QTest.mouseRelease(widget, button)
            shiboken6.delete(widget)


def qt_leaks() -> list[str]:
    """What of Qt the test has begun and not ended, a sentence each."""
    windows = [w for w in QApplication.topLevelWidgets() if w.isWindow() and w.isVisible()]
    found = [f"the window {window.objectName() or window!r} is still open" for window in windows]
    for each in gc.get_objects():
        if not issubclass(type(each), QThread | QTimer) or not shiboken6.isValid(each):
            continue  # by its type: asking other objects for their class can have side effects
        if isinstance(each, QThread) and each.isRunning() and each is not QThread.currentThread():
            if QCoreApplication.instance().thread() is not each:
                found.append(f"the thread {each.objectName() or each!r} still runs")
        elif isinstance(each, QTimer) and each.isActive():
            found.append(f"a timer of {each.parent()!r} is still active")
    return found


@pytest.fixture
def services(own_data_home):
    """Store, jobs, digests and proxies in the test's own home."""
    with open_services(own_data_home) as opened:
        yield opened


@pytest.fixture
def look(qapp):
    """The dark theme on the application."""
    return Look(qapp)


@pytest.fixture
def workbench(services, look, own_data_home):
    """A workbench without a window; controllers are hung on it by the tests that need them."""
    bench = Workbench(services, look, own_data_home)
    yield bench
    bench.preferences.close()
    bench.background.close()
    shiboken6.delete(bench)
