"""Docks are there from the start; panels come when they are seen or named, or in idle moments."""

from __future__ import annotations

import pytest
import shiboken6
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QTabBar, QWidget

from latentsync_studio.ui import docks as docks_module
from latentsync_studio.ui.app import make_window
from latentsync_studio.ui.faults import FaultCatcher
from latentsync_studio.ui.main_window import LAYOUT_VERSION
from latentsync_studio.ui.panels import BY_ID, IN_TURN, PANELS
from latentsync_studio.ui.widgets.tab_order import tab_stops

AT_ONCE = {panel.id for panel in PANELS if panel.is_at_once}


@pytest.fixture
def open_window(qtbot, qapp, services, own_data_home):
    """Opens windows one after the other, as starts of the program do."""
    opened = []

    def make(*, shown=True):
        window = make_window(qapp, services, own_data_home)
        opened.append(window)
        if shown:
            window.show()
        return window

    yield make
    for window in opened:
        window.shut()
        window.close()
        shiboken6.delete(window)


@pytest.fixture
def window(open_window, qtbot):
    made = open_window()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def at_once(monkeypatch):
    """Idle moments follow each other without a pause."""
    for name in ("AFTER_MS", "BETWEEN_MS", "BUSY_MS"):
        monkeypatch.setattr(docks_module, name, 0)


def made(window):
    """Names of the docks whose panel is there."""
    return {name for name, dock in window.docks.items() if not isinstance(dock.widget(), QLabel)}


def test_every_panel_is_made_at_once_or_in_its_turn():
    assert {*AT_ONCE, *IN_TURN} == set(BY_ID)
    assert AT_ONCE.isdisjoint(IN_TURN)


def test_at_first_only_what_is_seen_is_made_but_every_dock_has_its_name(window):
    assert made(window) == AT_ONCE - {"viewer"}
    for panel in PANELS:
        if panel.area != "center":
            dock = window.docks[panel.id]
            assert dock.objectName() == f"dock_{panel.id}"
            assert dock.widget().accessibleName() == panel.title


def test_a_chosen_tab_has_its_panel_in_the_same_turn(window):
    for bar in window.findChildren(QTabBar):  # Qt leaves those that it used before among them
        names = [bar.tabText(place) for place in range(bar.count())]
        if "Curves" in names:
            bar.setCurrentIndex(names.index("Curves"))
    panel = window.docks["curves"].widget()
    assert panel.objectName() == "curves"
    assert panel.isVisible()
    assert "takes" not in made(window)


def test_a_closed_dock_makes_its_panel_when_it_opens_again(window):
    action = window.docks["takes"].toggleViewAction()
    action.trigger()
    assert window.docks["takes"].isHidden()
    assert "takes" not in made(window)
    action.trigger()
    window.docks["takes"].raise_()
    assert window.docks["takes"].widget() is window.panels["takes"]


def test_a_panel_is_made_when_it_is_named_and_only_once(window):
    jobs = window.panels["jobs"]
    assert window.docks["jobs"].widget() is jobs
    assert window.panels["jobs"] is jobs
    assert jobs.visibleRegion().isEmpty()
    with pytest.raises(KeyError):
        window.panels["nothing"]


def test_a_tool_of_masks_works_though_nobody_saw_its_panel(window):
    bench = window.workbench
    bench.masks.state.use_tool("brush")
    assert "masks" in made(window)
    assert not bench.masks.is_panel_shown
    assert bench.canvas.cursor().shape().name == "CrossCursor"


def test_the_rest_is_made_in_idle_moments_in_its_turn(window, qtbot, at_once, monkeypatch):
    turns = []
    make = docks_module.resolve_name
    monkeypatch.setattr(docks_module, "resolve_name", lambda name: turns.append(name) or make(name))
    window.begin(())
    qtbot.waitUntil(lambda: made(window) == set(window.docks))
    assert turns == [BY_ID[name].maker for name in IN_TURN]
    assert not window.workbench.takes._is_seen
    assert not window.workbench.masks.is_panel_shown


def test_what_the_user_does_comes_first(window, qtbot, qapp, at_once):
    window.workbench.session.set_playing(True)
    window.begin(())
    for _ in range(20):
        qapp.processEvents()
    assert made(window) == AT_ONCE - {"viewer"}
    window.workbench.session.set_playing(False)
    qtbot.waitUntil(lambda: "jobs" in made(window))


def test_a_window_may_be_closed_before_all_panels_are_made(window, qtbot, at_once):
    window.begin(())
    qtbot.waitUntil(lambda: "jobs" in made(window))
    before = made(window)
    window.close()
    window.docks["machine"].raise_()
    assert made(window) == before
    with pytest.raises(RuntimeError, match="machine"):
        window.panels["machine"]


def test_the_next_window_makes_what_was_in_front_before_it_is_shown(open_window, qapp):
    first = open_window()
    first.docks["jobs"].raise_()
    first.docks["quality"].close()
    qapp.processEvents()
    first.close()
    second = open_window(shown=False)
    assert "jobs" in made(second)
    assert "quality" not in made(second)
    second.show()
    qapp.processEvents()
    assert not second.panels["jobs"].visibleRegion().isEmpty()
    assert second.docks["quality"].isHidden()
    assert made(second) == {"jobs", *AT_ONCE} - {"viewer"}


def test_a_layout_that_does_not_tell_what_is_in_front_is_shown_whole(open_window):
    first = open_window()
    first.docks["scopes"].raise_()
    state = QByteArray(first.saveState(LAYOUT_VERSION).data())
    first.shut()
    second = open_window(shown=False)
    assert second.restoreState(state, LAYOUT_VERSION)
    second.show()
    assert "scopes" in made(second)  # in the same turn, before anything was painted


@pytest.mark.qt_log_ignore(r"does not support raise")  # offscreen
def test_a_dock_that_floated_is_shown_once_the_window_is_there(open_window, qapp):
    """Shown with the layout, before the window, it would lie behind it on X11."""
    first = open_window()
    first.docks["jobs"].close()
    first.docks["jobs"].setFloating(True)
    first.docks["jobs"].show()
    qapp.processEvents()
    first.close()
    second = open_window()
    dock, shown = second.docks["jobs"], []
    dock.visibilityChanged.connect(shown.append)
    second.begin(())
    assert dock.isFloating()
    assert dock.isVisible()
    assert shown == [False, True]


class Broken(QWidget):
    """A panel that cannot be made."""

    def __init__(self, _workbench):
        super().__init__()
        raise ValueError("no such curve")


@pytest.fixture
def caught():
    """Faults as the window is told of them."""
    found = []
    catcher = FaultCatcher()
    catcher.caught.connect(found.append)
    catcher.install()
    yield found
    catcher.remove()


def test_a_panel_that_cannot_be_made_is_told_of_and_tried_again(
    window, qtbot, at_once, monkeypatch, caught
):
    good = BY_ID["speech"]
    monkeypatch.setitem(BY_ID, "speech", good._replace(maker=f"{__name__}:Broken"))
    window.begin(())
    qtbot.waitUntil(lambda: made(window) == set(window.docks) - {"speech"})
    assert [error.code for error in caught] == ["internal"]
    window.show_panel("timeline")
    window.docks["speech"].raise_()
    assert len(caught) == 2
    assert "could not be opened" in window.docks["speech"].widget().text()
    window.workbench.actions.trigger("window.timeline")
    window.workbench.actions.trigger("window.speech")
    assert len(caught) == 3  # told once for each time that it is chosen
    window.workbench.actions.trigger("window.speech")
    assert len(caught) == 4
    monkeypatch.setitem(BY_ID, "speech", good)
    window.docks["timeline"].raise_()
    window.docks["speech"].raise_()
    assert window.docks["speech"].widget().objectName() == "speech"


def test_a_window_opens_though_the_panel_in_front_cannot_be_made(open_window, monkeypatch, caught):
    first = open_window()
    first.docks["speech"].raise_()
    first.close()
    broken = BY_ID["speech"]._replace(maker=f"{__name__}:Broken")
    monkeypatch.setitem(BY_ID, "speech", broken)
    second = open_window()
    assert len(caught) == 1
    assert "could not be opened" in second.docks["speech"].widget().text()


def test_docks_that_float_are_no_part_of_the_order_of_tab(window, qapp):
    """Qt warns where one follows another of a different window."""
    window.docks["takes"].close()
    window.docks["takes"].setFloating(True)
    window.docks["inspector"].close()
    window.docks["inspector"].setFloating(True)
    for name in ("takes", "masks"):
        window.panels[name]
    qapp.processEvents()
    ends = {
        widget: name for name in ("viewer", "masks") for widget in tab_stops(window.panels[name])
    }
    assert list(dict.fromkeys(ends[each] for each in tab_stops(window) if each in ends)) == [
        "viewer",
        "masks",
    ]


def test_tab_goes_through_late_panels_in_the_order_of_all(window, qapp):
    for names in (("takes", "jobs"), ("scopes", "masks", "curves")):
        for name in names:
            window.panels[name]
        qapp.processEvents()
    panels = {name: window.panels[name] for name in BY_ID if name in {*made(window), "viewer"}}
    stops = {widget: name for name, panel in panels.items() for widget in tab_stops(panel)}
    order, widget = [], window.panels["viewer"]
    for _ in range(5000):
        name = stops.get(widget)
        if name is not None and (not order or order[-1] != name):
            order.append(name)
        widget = widget.nextInFocusChain()
        if widget is window.panels["viewer"]:
            break
    assert order == [name for name in BY_ID if name in panels]


def is_seen(dock):
    return any(not each.visibleRegion().isEmpty() for each in dock.findChildren(QWidget))


def test_tab_comes_around_though_panels_hand_the_focus_on(window, qapp, qtbot):
    """Left behind, one that hands it on to a control farther ahead turned Tab back to it."""
    for name in ("jobs", "masks", "curves", "takes"):
        window.panels[name]
        qapp.processEvents()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.show_panel("inspector")
    first = qapp.focusWidget()
    reached = []
    for _ in range(500):
        QTest.keyClick(qapp.focusWidget(), Qt.Key.Key_Tab)
        if qapp.focusWidget() in reached:
            break
        reached.append(qapp.focusWidget())
        qapp.processEvents()
        (dock,) = [dock for dock in window.docks.values() if dock.isAncestorOf(reached[-1])] or [
            None
        ]
        assert dock is None or is_seen(dock), f"{dock.objectName()} lies behind another one"
    assert reached[-1] is first


@pytest.mark.parametrize("end", [QWidget.hide, lambda widget: widget.setEnabled(False)])
def test_no_dock_comes_forward_because_a_control_went_away(window, qapp, qtbot, end):
    window.panels["masks"]
    qapp.processEvents()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.show_panel("inspector")
    last = tab_stops(window.panels["inspector"])[-1]
    last.setFocus()
    end(qapp.focusWidget())
    qapp.processEvents()
    assert is_seen(window.docks["inspector"])
    assert not is_seen(window.docks["masks"])
