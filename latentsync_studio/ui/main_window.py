"""The main window: menus from the table of commands, docks from the list of panels.

    +--------------------- menus ----------------------+
    | message bar                                      |
    | media, jobs |  viewer or welcome  |   inspector  |
    |----------------- timeline -----------------------|
    | status bar: what runs, device, memory            |

It decides nothing: panels and controllers do, over the workbench.
"""

from __future__ import annotations

from functools import partial
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QMenu,
    QSizePolicy,
    QStackedWidget,
    QTabWidget,
    QWidget,
)

from latentsync_studio.ui.actions.table import COMMANDS, MENUS
from latentsync_studio.ui.dock_titles import DockTitles
from latentsync_studio.ui.docks import Docks
from latentsync_studio.ui.panels import CONTROLLERS, PANELS
from latentsync_studio.ui.paths import local_paths
from latentsync_studio.ui.status_bar import StatusBar
from latentsync_studio.ui.widgets.message_bar import MessageBar
from latentsync_studio.ui.window_commands import WindowCommands

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.timeline.model import Project
    from latentsync_studio.ui.workbench import Workbench

LAYOUT_VERSION = 3
OVERHEARD_MS = 8000
FIRST_SIZE = QSize(1440, 900)
FRAME_ROOM = QSize(16, 48)  # px for the frame and title that the system draws around the window
SMALLEST = QSize(960, 600)
_RECENT = "file.open"  # the submenu of recent projects stands below this one


class MainWindow(QMainWindow):
    """The window of one project."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__()
        self.setObjectName("main_window")
        self.workbench, self.preferences = workbench, workbench.preferences
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.setDockOptions(self.dockOptions() | QMainWindow.DockOption.GroupedDragging)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.is_shut = self._is_focus_due = False
        self._refusal = ""  # text of the last edit that was refused
        self._controllers: list[Any] = []
        for name, maker in CONTROLLERS:
            controller = resolve_name(maker)(workbench)
            setattr(workbench, name, controller)
            self._controllers.append(controller)
        self._center = QStackedWidget(self)
        self.message_bar = MessageBar(self._center)
        self._center.currentChanged.connect(lambda _page: self.message_bar.raise_())
        workbench.message.connect(self._on_message)
        self._book = Docks(workbench, self, self._center)
        self.docks, self.panels = self._book.docks, self._book.panels
        self._titles = DockTitles(self, self.docks.values())
        self._fill_center()
        self.menus: dict[str, QMenu] = {}
        self._make_menus()
        workbench.actions.attach(self)
        status = StatusBar(workbench, self)
        status.jobs_asked.connect(lambda: self.show_panel("jobs"))
        self.setStatusBar(status)
        self._bind()
        self.commands = WindowCommands(workbench, self)
        self._restore_layout()
        workbench.project.title_changed.connect(self._show_title)
        workbench.project.asker.answered.connect(self._focus_if_due)
        self._running: str | None = None
        workbench.jobs.jobs_changed.connect(self._on_jobs)
        workbench.store.changed.connect(self._on_changed)
        workbench.store.refused.connect(self._on_refused)
        workbench.jobs.job_failed.connect(self._look_at_media)
        self._show_title()
        self._show_center(workbench.store.project)

    def _fill_center(self) -> None:
        from latentsync_studio.ui.project.welcome import WelcomePage

        self.welcome = WelcomePage(self.workbench)
        self._center.addWidget(self.welcome)
        self.setCentralWidget(self._center)

    def _make_menus(self) -> None:
        bar = self.menuBar()
        for name, title in MENUS:
            self.menus[name] = bar.addMenu(QCoreApplication.translate("Menu", title))
        for command in COMMANDS:
            menu = self.menus[command.menu]
            if command.separated:
                menu.addSeparator()
            menu.addAction(self.workbench.actions[command.id])
            if command.id == _RECENT:
                self._recent = menu.addMenu(self.tr("Open recent"))
                self._recent.setToolTipsVisible(True)
                self._recent.aboutToShow.connect(self._fill_recent)
        window = self.menus["window"]
        first = window.actions()[0]
        for dock in self.docks.values():
            window.insertAction(first, dock.toggleViewAction())
        window.insertSeparator(first)

    def _fill_recent(self) -> None:
        from latentsync_studio.ui.project.welcome import recent_words

        self._recent.clear()
        project = self.workbench.project
        for path in project.recent():
            text, tip = recent_words(path, is_unsaved=project.has_unsaved_work(path))
            action = self._recent.addAction(text.replace("&", "&&"))
            action.setToolTip(tip)
            action.triggered.connect(
                lambda _checked=False, chosen=path: self.workbench.project.open(chosen)
            )
        self._recent.setEnabled(True)
        if self._recent.isEmpty():
            self._recent.addAction(self.tr("No recent projects")).setEnabled(False)

    def _bind(self) -> None:
        actions = self.workbench.actions
        actions.bind("window.reset", self.reset_layout)
        actions.bind("file.close", self.close)
        actions.bind("file.quit", self.close)
        for panel in PANELS:
            actions.bind(f"window.{panel.id}", partial(self.show_panel, panel.id))

    def focusNextPrevChild(self, forward: bool) -> bool:
        before = QApplication.focusWidget()
        # Qt moves the focus on by itself too, from what is hidden or turned off: no one asked then.
        is_asked = before is not None and before.isVisible() and before.isEnabled()
        moved = super().focusNextPrevChild(forward)
        if is_asked:
            self._book.follow_focus()
        return moved

    def show_panel(self, name: str) -> None:
        """Bring a panel to the front and the focus into it; in the center also the welcome."""
        panel: QWidget | None
        if name in self.docks:
            panel = self._book.bring(name)
        else:
            is_welcome = self._center.currentWidget() is self.welcome
            panel = self.welcome if is_welcome else self.panels[name]
        if panel is not None:
            _entry(panel).setFocus(Qt.FocusReason.OtherFocusReason)

    def reset_layout(self) -> None:
        """Put all docks back where they stand at first."""
        self._book.reset()
        self._first_sizes()

    def _first_sizes(self) -> None:
        docks = self.docks
        wide, tall = self.width(), self.height()
        self.resizeDocks(
            [docks["media_bin"], docks["inspector"]],
            [int(wide * 0.22), int(wide * 0.24)],
            Qt.Orientation.Horizontal,
        )
        self.resizeDocks([docks["timeline"]], [int(tall * 0.38)], Qt.Orientation.Vertical)

    def _restore_layout(self) -> None:
        geometry, state = self.preferences.window_layout()
        room = self.screen().availableGeometry().size() - FRAME_ROOM
        self.setMinimumSize(SMALLEST.boundedTo(room))
        if not geometry or not self.restoreGeometry(geometry):
            self.resize(FIRST_SIZE.boundedTo(room))
        if not state or not self.restoreState(state, LAYOUT_VERSION):
            self._first_sizes()

    def _show_title(self) -> None:
        project = self.workbench.project
        name = project.path.name if project.path is not None else self.tr("Untitled")
        self.setWindowTitle(f"{name}[*] - LatentSync Studio")
        self.setWindowModified(project.is_modified)
        self.setWindowFilePath(str(project.path) if project.path is not None else "")

    def _on_jobs(self) -> None:
        """A job begins: an offer to begin it is out of date, and so is that it failed before."""
        for told in self.workbench.jobs.commands.mended():
            self.message_bar.take_back(told)
        running = self.workbench.jobs.running
        if running is not None and running != self._running:
            self.message_bar.take_back_offer()
        self._running = running

    def _on_refused(self, _error: object) -> None:
        self._refusal = self.message_bar.text

    def _on_changed(self, before: Project, after: Project) -> None:
        if self._refusal and self.message_bar.text == self._refusal:
            self.message_bar.hide()  # what was not possible is of no matter any more
        self._refusal = ""
        if before.media is not after.media or before.sequences is not after.sequences:
            self._show_center(after)

    def _show_center(self, project: Project) -> None:
        """Welcome as long as there is nothing to look at."""
        page = self.panels["viewer"] if project.media else self.welcome
        for each in (self.panels["viewer"], self.welcome):  # a hidden page asks for no room
            policy = QSizePolicy.Policy.Preferred if each is page else QSizePolicy.Policy.Ignored
            each.setSizePolicy(policy, policy)
        if self._center.currentWidget() is not page:
            self._center.setCurrentWidget(page)
            self._focus_work()

    def _focus_work(self) -> None:
        """Let keys go to what is worked with: the actions of the welcome page, or the timeline.

        Left alone, Qt would choose the first field, and J, K and L would be typed into it.
        """
        self._is_focus_due = QApplication.activeModalWidget() is not None
        if self._is_focus_due:  # as soon as the question is answered
            return
        is_empty = self._center.currentWidget() is self.welcome
        work = self.welcome.cards[0] if is_empty else self.panels["timeline"]
        work.setFocus(Qt.FocusReason.OtherFocusReason)

    def _focus_if_due(self) -> None:
        if self._is_focus_due and not self.is_shut:
            self._focus_work()

    def _on_message(self, text: str, level: str, buttons: object) -> None:
        self.message_bar.tell(text, level, buttons if isinstance(buttons, tuple) else ())

    def begin(self, paths: Sequence[Path]) -> None:
        """Called once the window is painted: open what was asked for, or offer what was lost."""
        self.workbench.background.release()
        self._book.begin()
        self._focus_work()
        for warning in self.preferences.current.warnings:
            self.workbench.tell(warning, "warning")
        self.workbench.project.begin(paths, self.workbench.jobs.begin)

    def tell_fault(self, error: StudioError) -> None:
        """Say that something unexpected happened, and offer to report it."""
        report = (self.tr("Report..."), lambda: self.workbench.actions.trigger("help.report"))
        self.workbench.tell(
            self.tr("A fault of the program ({0}); your project is safe. {1}").format(
                error.code, error
            ),
            "error",
            (report,),
        )

    def shut(self) -> None:
        """Stop all threads and let go of everything; the window must not be used afterwards."""
        if self.is_shut:
            return
        self.is_shut = True
        self._titles.close()
        self._book.close()
        for controller in reversed(self._controllers):
            controller.close()
        self._controllers.clear()
        self.workbench.preferences.close()
        self.workbench.background.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask the project (unsaved changes, running jobs); it closes the window again when done."""
        if self.is_shut:
            event.accept()
            return
        if not self.workbench.project.may_close(self):
            event.ignore()
            return
        self.preferences.remember_window(
            bytes(self.saveGeometry().data()), bytes(self.saveState(LAYOUT_VERSION).data())
        )
        self._book.remember()
        self.shut()
        event.accept()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.workbench.actions.check("view.full_screen", self.isFullScreen())
        elif event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self._look_at_media()  # files may have come, gone or changed meanwhile
            self._focus_if_due()

    def _look_at_media(self, *_: object) -> None:
        if not self.is_shut and self.workbench.store.project.media:
            self.workbench.media.look_again()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = local_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.workbench.project.open_paths(paths)


def _entry(panel: QWidget) -> QWidget:
    """Where keys go in a panel: what it says itself, or the first that Tab reaches."""
    proxy = panel.focusProxy()
    if proxy is not None and proxy.isVisible():
        return proxy
    widget = panel.nextInFocusChain()
    while widget is not None and widget is not panel:
        tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus == Qt.FocusPolicy.TabFocus
        if tab and panel.isAncestorOf(widget) and widget.isVisible() and widget.isEnabled():
            return widget
        widget = widget.nextInFocusChain()
    return panel
