"""What waits for the first paint comes once: after it, or after a while without one."""

from __future__ import annotations

import gc
from types import SimpleNamespace

from PySide6.QtWidgets import QWidget

from latentsync_studio.ui import app, first_paint
from latentsync_studio.ui.first_paint import FirstPaint


class Sheet(QWidget):
    """Notes when it is painted."""

    def __init__(self, told):
        super().__init__()
        self._told = told

    def paintEvent(self, _event):
        self._told.append("painted")


def test_it_comes_once_after_the_whole_window_is_painted(qtbot):
    told = []
    window = Sheet(told)
    qtbot.addWidget(window)
    inner = Sheet(told)
    inner.setParent(window)
    FirstPaint(window, lambda: told.append("begun"))
    window.show()
    qtbot.waitUntil(lambda: "begun" in told)
    assert told == ["painted", "painted", "begun"]
    window.repaint()
    qtbot.wait(1)
    assert told.count("begun") == 1


def test_it_comes_though_nothing_is_painted(qtbot, monkeypatch):
    monkeypatch.setattr(first_paint, "UNSEEN_MS", 1)
    told = []
    window = Sheet(told)
    qtbot.addWidget(window)
    FirstPaint(window, lambda: told.append("begun"))
    qtbot.waitUntil(lambda: told == ["begun"])


def test_garbage_is_looked_for_again_once_the_window_is_open():
    begun = []
    gc.disable()
    try:
        app._begin(SimpleNamespace(is_shut=False, begin=begun.append), ())
        assert gc.isenabled()
    finally:
        gc.enable()
    assert begun == [()]
