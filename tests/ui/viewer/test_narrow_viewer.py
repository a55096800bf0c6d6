"""Where the viewer is narrow, its bars let go of what matters least and say so."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtWidgets import QWidget


def shown_in(bar):
    return [w for w in bar.findChildren(QWidget) if w.parent() is bar and w.isVisible()]


@pytest.mark.parametrize("width", [640, 380, 300, 240, 180])
def test_controls_that_have_no_room_give_way_and_never_overlap(panel, workbench, width):
    workbench.session.use_view("wipe")
    panel.resize(width, 480)
    assert panel.width() == width
    for bar in (panel.transport, panel.views):
        boxes = sorted((w.geometry() for w in shown_in(bar)), key=lambda box: box.left())
        assert all(a.right() < b.left() for a, b in pairwise(boxes))
        assert boxes[-1].right() < width
    assert panel.transport.timecode.isVisible()
    play = next(b for b, sign in panel.transport._signs.items() if sign == "play")
    assert play.isVisible()
    assert panel.views.view.isVisible()


def test_what_gave_way_is_done_from_the_menu(panel, workbench, playback):
    panel.resize(panel.minimumSizeHint().width(), 480)
    menu = panel.transport.more.menu()
    menu.aboutToShow.emit()
    entries = {action.text(): action for action in menu.actions()}
    assert panel.transport.duration.text() in panel.transport.timecode.toolTip()
    entries["Mute"].trigger()
    assert playback.is_muted
    menu = panel.views.more.menu()
    menu.aboutToShow.emit()
    lists = {action.text(): action.menu() for action in menu.actions()}
    half = next(each for each in lists["Zoom of the picture"].actions() if each.text() == "50%")
    half.trigger()
    assert panel.canvas.placing.zoom == 0.5
    panel.resize(640, 480)
    assert panel.transport.mute.isVisible()
    assert panel.views.follow.isVisible()


def test_a_readout_that_is_too_long_ends_in_an_ellipsis(panel):
    panel.line.setText("exact, drawn by a very thorough engine with a long name")
    panel.resize(640, 480)
    assert panel.line.shown_text() == panel.line.text()
    panel.resize(180, 480)
    assert panel.line.shown_text().endswith("\N{HORIZONTAL ELLIPSIS}")
