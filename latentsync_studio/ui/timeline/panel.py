"""The timeline's panel: bar with time code and tools, sequence tabs, tracks, and the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from latentsync_studio.ui.timeline.bar import TimelineBar
from latentsync_studio.ui.timeline.canvas import TimelineCanvas
from latentsync_studio.ui.timeline.commands.clipboard import ClipboardCommands
from latentsync_studio.ui.timeline.commands.clips import ClipCommands
from latentsync_studio.ui.timeline.commands.look import LookCommands
from latentsync_studio.ui.timeline.commands.marks import MarkCommands
from latentsync_studio.ui.timeline.commands.sequence import SequenceCommands
from latentsync_studio.ui.timeline.commands.tracks import TrackCommands
from latentsync_studio.ui.timeline.headers import TrackHeaders
from latentsync_studio.ui.timeline.table import TimelineTable, clip_name

if TYPE_CHECKING:
    from latentsync_studio.core.timeline.model import Project
    from latentsync_studio.ui.workbench import Workbench

MENU: tuple[str, ...] = (
    "clip.synthesize", "clip.choose_face", "",
    "edit.cut", "edit.copy", "edit.paste", "edit.duplicate", "",
    "edit.delete", "edit.ripple_delete", "sequence.close_gap", "",
    "sequence.razor", "sequence.dissolve", "clip.link", "clip.enable", "clip.rename",
    "clip.properties", "clip.speed", "clip.reveal", "", "mark.add", "mark.in", "mark.out",
)  # fmt: skip
TAB_MENU: tuple[str, ...] = ("sequence.rename", "sequence.remove", "", "sequence.new")


class TimelinePanel(QWidget):
    """Edits the shown sequence."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__()
        self.setObjectName("timeline")
        self.setAccessibleName(self.tr("Timeline"))
        self._workbench = workbench
        self.canvas = workbench.tracks = TimelineCanvas(workbench, self)
        self.headers = TrackHeaders(self.canvas, self)
        self.table = TimelineTable(self.canvas, self)
        self.bar = TimelineBar(self.canvas, self)
        self.tabs = QTabBar(self)
        self.pages = QStackedWidget(self)
        self._bind()
        self._lay_out()
        self._connect()
        self._show_tabs()
        self.canvas.lay_out()
        self.setFocusProxy(self.canvas)

    def _bind(self) -> None:
        self.clipboard = ClipboardCommands(self.canvas)
        self.clip_commands = ClipCommands(self.canvas)
        self.look_commands = LookCommands(self.canvas)
        self.mark_commands = MarkCommands(self.canvas)
        self.sequence_commands = SequenceCommands(self.canvas)
        self.track_commands = TrackCommands(self.canvas)
        self._workbench.actions.bind("view.clips_table", self.show_table)

    def _lay_out(self) -> None:
        self.tabs.setAccessibleName(self.tr("Sequences"))
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        page = QWidget(self)
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.headers)
        row.addWidget(self.canvas, 1)
        self.pages.addWidget(page)
        self.pages.addWidget(self.table)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.tabs)
        column.addWidget(self.pages, 1)

    def _connect(self) -> None:
        workbench, session = self._workbench, self._workbench.session
        workbench.store.changed.connect(self._on_changed)
        session.sequence_changed.connect(self._show_tabs)
        session.selection_changed.connect(self._tell_selection)
        self.tabs.currentChanged.connect(self._on_tab)
        self.canvas.menu_asked.connect(self._open_menu)
        self.headers.rename_asked.connect(self.track_commands.rename)
        self.tabs.customContextMenuRequested.connect(self._open_tab_menu)
        self.tabs.tabBarDoubleClicked.connect(self._on_tab_opened)

    def close_panel(self) -> None:
        """Stop timers; the panel must not be used afterwards."""
        self.canvas.close_canvas()

    def show_table(self, shown: bool) -> None:
        """Show the table in place of the tracks, or the tracks again; the focus goes along."""
        self._workbench.actions.check("view.clips_table", shown)
        self.pages.setCurrentIndex(1 if shown else 0)
        front = self.table if shown else self.canvas
        self.setFocusProxy(front)
        self._workbench.actions.trigger("window.timeline")  # it may lie behind a tab
        front.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _on_changed(self, before: Project, after: Project) -> None:
        names = [(each.id, each.name) for each in before.sequences]
        if names != [(each.id, each.name) for each in after.sequences]:
            self._show_tabs()
        self.bar.refresh()

    def _show_tabs(self) -> None:
        """Tabs are there where there is a choice."""
        sequences, shown = self._workbench.store.project.sequences, self.canvas.sequence
        self.tabs.blockSignals(True)
        while self.tabs.count():
            self.tabs.removeTab(0)
        for each in sequences:
            place = self.tabs.addTab(each.name)
            self.tabs.setTabData(place, each.id)
            if shown is not None and each.id == shown.id:
                self.tabs.setCurrentIndex(place)
        self.tabs.blockSignals(False)
        self.tabs.setVisible(len(sequences) > 1)

    def _on_tab(self, place: int) -> None:
        if place >= 0:
            self._workbench.session.show_sequence(self.tabs.tabData(place))

    def _open_menu(self, at: QPointF) -> None:
        self._pop_up(MENU, at.toPoint())

    def _open_tab_menu(self, at: QPoint) -> None:
        """For the sequence under the mouse, which is shown; by key for the shown one."""
        place = self.tabs.tabAt(at)
        if place >= 0:
            self.tabs.setCurrentIndex(place)
        self._pop_up(TAB_MENU, self.tabs.mapToGlobal(at))

    def _on_tab_opened(self, place: int) -> None:
        if place >= 0:
            self._workbench.actions.trigger("sequence.rename")

    def _pop_up(self, commands: tuple[str, ...], at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for command in commands:
            if command:
                menu.addAction(self._workbench.actions[command])
            else:
                menu.addSeparator()
        menu.popup(at)

    def selection_text(self) -> str:
        """What is selected, in words."""
        session, sequence = self._workbench.session, self.canvas.sequence
        if sequence is None or not session.clips:
            return self.tr("No clip selected")
        if len(session.clips) > 2:
            return self.tr("{0} clips selected").format(len(session.clips))
        clock = self.canvas.clock
        return "; ".join(
            f"{clip_name(self.canvas, clip)}, {track.name}, {clock.label(clip.start)},"
            f" {clock.length(len(clip.source))}"
            for track in sequence.tracks
            for clip in track.clips
            if clip.id in session.clips
        )

    def _tell_selection(self) -> None:
        text = self.selection_text()
        self.canvas.setAccessibleDescription(text)
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.canvas, text))

    def sizeHint(self) -> QSize:
        return QSize(900, 320)
