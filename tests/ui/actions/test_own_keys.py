"""Keys that a control needs do not run commands; others do."""

from __future__ import annotations

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QLineEdit,
    QListWidget,
    QMainWindow,
    QPushButton,
    QSlider,
    QSpinBox,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from latentsync_studio.ui.actions.registry import ActionRegistry

KEY = Qt.Key
COMMANDS = (
    "play.toggle",
    "play.next_edit",
    "play.next_frame",
    "play.start",
    "clip.synthesize",
    "play.many_forward",
)


@pytest.fixture
def window(qtbot):
    """A window with the commands, `done` by name, and a column for controls."""
    made = QMainWindow()
    qtbot.addWidget(made)
    made.done = []
    registry = ActionRegistry(made)
    for name in COMMANDS:
        registry.bind(name, lambda name=name: made.done.append(name))
    registry.attach(made)
    made.registry = registry
    room = QWidget()
    made.column = QVBoxLayout(room)
    made.setCentralWidget(room)
    made.start = QPushButton("start")
    made.column.addWidget(made.start)
    made.show()
    qtbot.waitUntil(lambda: activated(made))
    made.start.setFocus()
    return made


def activated(window):
    window.activateWindow()
    return window.isActiveWindow()


def put(window, control):
    window.column.addWidget(control)
    control.show()
    control.setFocus(Qt.FocusReason.TabFocusReason)
    return control


def test_a_switch_that_tab_reached_is_switched_by_space(window):
    box = put(window, QCheckBox("switch"))
    QTest.keyClick(box, KEY.Key_Space)
    assert box.isChecked()
    QTest.keyClick(box, KEY.Key_Right)
    QTest.keyClick(box, KEY.Key_Return)
    assert window.done == ["play.next_frame", "clip.synthesize"]


def test_after_a_click_on_a_button_space_plays(window, qapp):
    box = put(window, QCheckBox("switch"))
    window.start.setFocus()
    at = box.mapTo(window, box.rect().center() / 4)
    QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=at)
    assert qapp.focusWidget() is box
    was = box.isChecked()
    QTest.keyClick(box, KEY.Key_Space)
    assert (window.done, box.isChecked()) == (["play.toggle"], was)
    window.start.setFocus()
    box.setFocus(Qt.FocusReason.BacktabFocusReason)
    QTest.keyClick(box, KEY.Key_Space)
    assert (window.done, box.isChecked()) == (["play.toggle"], not was)


def test_a_slider_a_list_tabs_and_choices_go_by_arrows(window):
    slider = put(window, QSlider(Qt.Orientation.Horizontal))
    for key in (KEY.Key_End, KEY.Key_Left, KEY.Key_Down):
        QTest.keyClick(slider, key)
    assert slider.value() == 97
    rows = QListWidget()
    rows.addItems(["one", "two"])
    rows.setCurrentRow(0)
    QTest.keyClick(put(window, rows), KEY.Key_Down)
    assert rows.currentRow() == 1
    tabs = QTabBar()
    tabs.addTab("one")
    tabs.addTab("two")
    QTest.keyClick(put(window, tabs), KEY.Key_Right)
    assert tabs.currentIndex() == 1
    choice = QComboBox()
    choice.addItems(["one", "two"])
    QTest.keyClick(put(window, choice), KEY.Key_Down)
    assert choice.currentIndex() == 1
    assert window.done == []
    QTest.keyClick(slider, KEY.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert window.done == ["play.many_forward"]


def test_return_in_a_field_takes_what_was_typed(window):
    spin, told = QSpinBox(), []
    spin.setKeyboardTracking(False)
    spin.valueChanged.connect(told.append)
    put(window, spin).selectAll()
    QTest.keyClicks(spin, "7")
    QTest.keyClick(spin, KEY.Key_Return)
    QTest.keyClick(spin, KEY.Key_Up)
    assert told == [7, 8]
    line = put(window, QLineEdit())
    line.returnPressed.connect(lambda: told.append("return"))
    QTest.keyClick(line, KEY.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    assert told == [7, 8, "return"]
    assert window.done == []


def test_a_widget_may_name_more_keys_of_its_own(window):
    class Card(QPushButton):
        own_keys = frozenset((KEY.Key_Return,))

    QTest.keyClick(put(window, Card("card")), KEY.Key_Return)
    assert window.done == []
    window.start.setFocus()
    QTest.keyClick(window.start, KEY.Key_Return)
    assert window.done == ["clip.synthesize"]


def test_controls_of_windows_within_the_window_have_theirs_too(window, qtbot):
    """Docks that float, and the picture in full screen, which takes the commands along."""
    other = QWidget(window.start, Qt.WindowType.Window)
    box = QCheckBox("switch", other)
    window.registry.attach(other)
    other.show()
    qtbot.waitUntil(lambda: activated(other))
    box.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(box, KEY.Key_Space)
    assert (box.isChecked(), window.done) == (True, [])
    shiboken6.delete(other)
    qtbot.waitUntil(lambda: activated(window))
    QTest.keyClick(window.start, KEY.Key_Return)
    assert window.done == ["clip.synthesize"]
    assert window.registry.window() is window


def test_a_dialog_keeps_keys_of_its_own(window, qtbot):
    dialog, played = QDialog(window), []
    switch = QCheckBox("switch", dialog)
    QShortcut("Space", dialog).activated.connect(lambda: played.append("again"))
    dialog.show()
    qtbot.waitUntil(lambda: activated(dialog))
    switch.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(switch, KEY.Key_Space)
    assert played == ["again"]
