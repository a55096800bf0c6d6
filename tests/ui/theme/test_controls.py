"""What is operated can be seen without its text: edges of boxes and fields on their ground."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import (
    QCheckBox,
    QGroupBox,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPlainTextEdit,
    QRadioButton,
    QSlider,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from latentsync_studio.core.installed import resource
from latentsync_studio.ui.theme.colors import THEMES, contrast
from latentsync_studio.ui.theme.style import sheet_of

GROUNDS = ("window", "base", "raised")


@pytest.mark.parametrize("theme", THEMES)
def test_edges_stand_out_from_every_ground(theme):
    chosen = THEMES[theme]
    for ground in GROUNDS:
        assert contrast(chosen.control, getattr(chosen, ground)) >= 3.0, ground
    assert contrast(chosen.accent, chosen.window) >= 3.0
    assert contrast(chosen.on_accent, chosen.accent) >= 3.0


@pytest.mark.parametrize("theme", THEMES)
def test_every_picture_of_the_style_sheet_is_there_at_both_sizes(theme):
    sheet = sheet_of(THEMES[theme])
    names = {part.split('"')[0].rpartition("/")[2] for part in sheet.split('url("')[1:]}
    assert len(names) >= 5
    for name in names:
        for each in (name, name.replace(".png", "@2x.png")):
            assert resource("icons").joinpath(each).is_file(), each


def listed(parent):
    shown = QListWidget(parent)
    QListWidgetItem("", shown).setCheckState(Qt.CheckState.Unchecked)
    return shown


def branched(parent):
    shown = QTreeWidget(parent)
    shown.setHeaderHidden(True)
    QTreeWidgetItem(shown, [""]).setCheckState(0, Qt.CheckState.Unchecked)
    return shown


def titled(parent):
    shown = QGroupBox(parent)
    shown.setCheckable(True)
    shown.setChecked(False)
    return shown


KINDS = {
    "check box": QCheckBox,
    "radio button": QRadioButton,
    "group": titled,
    "line": QLineEdit,
    "text": QPlainTextEdit,
    "slider": lambda parent: QSlider(Qt.Orientation.Horizontal, parent),
    "list": listed,
    "tree": branched,
}


def edge_colors(widget, ground):
    """Of all pixels, how many stand out from the ground by 3:1."""
    image = widget.grab().toImage()
    names = [
        image.pixelColor(x, y).name() for y in range(image.height()) for x in range(image.width())
    ]
    return sum(contrast(name, ground) >= 3.0 for name in names)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_checked_or_empty_has_an_edge(qtbot, look, theme, kind):
    look.use(theme)
    board = QWidget()
    qtbot.addWidget(board)
    shown = KINDS[kind](board)
    shown.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    QVBoxLayout(board).addWidget(shown)
    board.resize(90, 60)
    board.show()
    ground = look.theme.base if kind in {"list", "tree"} else look.theme.window
    assert edge_colors(shown, ground) >= 16


@pytest.mark.parametrize("theme", THEMES)
def test_choices_of_a_menu_that_are_not_made_have_an_edge(qtbot, look, theme):
    look.use(theme)
    for is_exclusive in (False, True):
        menu = QMenu()
        qtbot.addWidget(menu)
        group = QActionGroup(menu)
        empty = edge_colors_of_menu(menu, look.theme.window)
        action = menu.addAction("")
        action.setCheckable(True)
        if is_exclusive:
            group.addAction(action)
        assert edge_colors_of_menu(menu, look.theme.window) >= empty + 10


def edge_colors_of_menu(menu, ground):
    menu.ensurePolished()
    menu.resize(menu.sizeHint())
    return edge_colors(menu, ground)
