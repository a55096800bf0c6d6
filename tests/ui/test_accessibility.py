"""Everything that can be reached says what it is, and can be reached without a mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTextEdit,
    QWidget,
)

from latentsync_studio.core.timeline.edits.media import add_media
from latentsync_studio.core.timeline.edits.place import media_placements, overwrite
from latentsync_studio.core.timeline.edits.tracks import add_sequence
from latentsync_studio.core.timeline.model import MediaId, MediaItem, Project, VideoFacts
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.ui.actions.table import COMMANDS
from latentsync_studio.ui.app import make_window
from latentsync_studio.ui.export.dialog import ExportDialog
from latentsync_studio.ui.panels import PANELS
from latentsync_studio.ui.preferences.dialog import PreferencesDialog

SPEAKING = (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QAbstractItemView,
    QPlainTextEdit,
    QTextEdit,
)
OWN_PARTS = (QScrollBar, QHeaderView)  # of other widgets; screen readers know them


@pytest.fixture
def window(qtbot, qapp, services, own_data_home):
    made = make_window(qapp, services, own_data_home)
    made.resize(1440, 900)
    yield made
    made.shut()
    made.close()
    made.deleteLater()


def is_inner(widget: QWidget) -> bool:
    """Whether it is a part that Qt put into another widget (the line of a spin box, a list)."""
    parent = widget.parentWidget()
    while parent is not None and not parent.isWindow():
        if isinstance(parent, QAbstractSpinBox | QComboBox | QLineEdit):
            return True
        parent = parent.parentWidget()
    inner = isinstance(parent.parentWidget(), QComboBox) if parent is not None else False
    return inner or widget.objectName().startswith("qt_")


def nameless(root: QWidget) -> list[str]:
    """Widgets that can have the focus or be clicked, without a name for screen readers."""
    found = []
    for widget in root.findChildren(QWidget):
        if not isinstance(widget, SPEAKING) or isinstance(widget, OWN_PARTS) or is_inner(widget):
            continue
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        if not (widget.accessibleName() or any(letter.isalpha() for letter in text)):
            chain = [widget]
            while chain[-1].parentWidget() is not None:
                chain.append(chain[-1].parentWidget())
            found.append(" < ".join(type(each).__name__ for each in chain[:4]))
    return found


def test_everything_in_the_window_has_a_name(window):
    assert len(list(window.panels.values())) == len(PANELS)  # all are made
    assert not nameless(window), nameless(window)


def test_everything_in_the_dialogs_has_a_name(window, qtbot):
    video = VideoFacts(n_frames=250, rate=FrameRate(25), width=640, height=360)
    item = MediaItem(id=MediaId(""), name="talk.mp4", path="/no/talk.mp4", video=video)
    project = add_sequence(add_media(Project(), item), "Cut", FrameRate(25), (640, 360))
    track = project.sequences[0].tracks[0].id
    project = overwrite(project, media_placements(project, MediaId("m1"), 0, [track]))
    window.workbench.store.open(project)
    for dialog in (PreferencesDialog(window.workbench), ExportDialog(window.workbench)):
        qtbot.addWidget(dialog)
        assert not nameless(dialog), nameless(dialog)


def test_every_command_does_something(window):
    """A command that nobody bound is a menu entry that lies."""
    actions = window.workbench.actions
    # checkable ones tell their state by `toggled`, the others by `triggered`
    silent = [
        command.id
        for command in COMMANDS
        if not actions[command.id].receivers("2triggered(bool)")
        and not actions[command.id].receivers("2toggled(bool)")
    ]
    assert silent == []


def test_the_panels_can_be_walked_with_the_tab_key(window, qtbot):
    window.show()
    reached = set()
    widget = window.panels["media_bin"]
    for _ in range(2000):
        widget = widget.nextInFocusChain()
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            reached.update(
                name for name, panel in window.panels.items() if panel.isAncestorOf(widget)
            )
    assert {"media_bin", "inspector", "timeline", "viewer", "jobs"} <= reached
