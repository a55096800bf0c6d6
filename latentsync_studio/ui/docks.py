"""The docks of the window: all are there from the start, their panels are made as they are needed.

A dock has its name, its place and its tab at once: layouts are restored, and menus and keys reach
it. What it holds is made

    with the window       where it is in front, or others need it (`Panel.is_at_once`)
    when it is seen       in the same turn of the event loop, before anything is painted
    when it is asked for  by its name, or by a signal that it must hear (`Panel.wakes`)
    after the first paint in the order of `IN_TURN`, a step whenever there is nothing else to do
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from importlib import import_module
from operator import attrgetter
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDockWidget, QLabel

from latentsync_studio.ui.panels import BY_ID, IN_TURN, PANELS
from latentsync_studio.ui.widgets.tab_order import put_after

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget

    from latentsync_studio.ui.panels import Panel
    from latentsync_studio.ui.workbench import Workbench

AFTER_MS: Final = 200  # from the first paint to the first step
BETWEEN_MS: Final = 15  # between two steps: what the user does comes first
BUSY_MS: Final = 300  # until the next look while it plays or a mouse button is down
_SEEN: Final = "docks.seen"  # part of the layout: those in front
_AREAS: Final = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}


class Docks(QObject):
    """Makes docks and panels of one window.

    Attributes:
        docks: name -> dock, of all panels but those in the center.
        panels: name -> panel; to look one up makes it.
    """

    def __init__(self, workbench: Workbench, window: QMainWindow, center: QStackedWidget) -> None:
        super().__init__(window)
        self._workbench, self._window, self._center = workbench, window, center
        self.docks: dict[str, QDockWidget] = {}
        self.panels = Panels(self._panel)
        self._made: dict[str, QWidget] = {}
        self._making: set[str] = set()
        self._imported: set[str] = set()
        self._failed: set[str] = set()
        self._seen: set[str] = set()
        self._is_beginning, self._is_closed = True, False
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._step)
        self._unordered: list[QWidget] = []
        self._order = QTimer(self)  # of the Tab key: nobody presses it in the same turn
        self._order.setSingleShot(True)
        self._order.setInterval(0)
        self._order.timeout.connect(self._put_in_order)
        for panel in PANELS:
            if panel.area != "center":
                self._make_dock(panel)
        self._stack()
        self._make_first()

    # ---- docks --------------------------------------------------------------------------

    def _make_dock(self, panel: Panel) -> None:
        title = QCoreApplication.translate("Panel", panel.title)
        dock = self.docks[panel.id] = QDockWidget(title, self._window)
        dock.setObjectName(f"dock_{panel.id}")
        room = QLabel(dock)
        room.setAccessibleName(title)
        room.setAlignment(Qt.AlignmentFlag.AlignCenter)
        room.setWordWrap(True)
        room.setMinimumWidth(panel.least_width)
        dock.setWidget(room)
        dock.visibilityChanged.connect(partial(self._on_seen, panel.id))

    def _stack(self) -> None:
        """Put every dock where it stands at first, the first of each area in front."""
        first: dict[str, QDockWidget] = {}
        last: dict[str, QDockWidget] = {}
        for name, dock in self.docks.items():
            area = BY_ID[name].area
            self._window.addDockWidget(_AREAS[area], dock)
            if area in last:
                self._window.tabifyDockWidget(last[area], dock)
            first.setdefault(area, dock)
            last[area] = dock
        for dock in first.values():
            dock.raise_()
        self._window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        self._window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.BottomDockWidgetArea)

    def reset(self) -> None:
        """Put all docks back where they stand at first, also those that were closed."""
        for dock in self.docks.values():
            dock.setFloating(False)
            dock.show()
        self._stack()

    def bring(self, name: str) -> QWidget | None:
        """Bring a dock to the front; its panel, or None where it has none: the fault is told."""
        self._failed.discard(name)
        self.docks[name].show()
        self.docks[name].raise_()
        if name in self._failed:
            return None
        self._wake(name)  # where it was in front already, or nobody sees the window
        return self._made.get(name)

    def follow_focus(self) -> None:
        """Bring the dock with the focus to the front, so that it is seen where Tab has led."""
        widget = QApplication.focusWidget()
        for dock in self.docks.values():
            if widget is not None and dock.isAncestorOf(widget) and not dock.isFloating():
                dock.raise_()

    def remember(self) -> None:
        """Keep which docks are in front: their panels are made with the next window."""
        self._workbench.preferences.set_layout(_SEEN, " ".join(sorted(self._seen)).encode())

    # ---- panels -------------------------------------------------------------------------

    def _make_first(self) -> None:
        """Make what is seen at first, as far as can be told; `_on_seen` makes the rest."""
        kept = self._workbench.preferences.layout(_SEEN).decode("ascii", "replace").split()
        for panel in PANELS:
            if panel.is_at_once:
                self._panel(panel.id)
            elif panel.id in kept:
                with suppress(Exception):  # it is tried again when it is seen, and told of then
                    self._panel(panel.id)
        for panel in PANELS:
            for path in panel.wakes:
                attrgetter(path)(self._workbench).connect(partial(self._wake, panel.id))
        self._is_beginning = False

    def _panel(self, name: str) -> QWidget:
        """The panel; made now if it has not been.

        Raises:
            KeyError: there is no such panel.
            RuntimeError: the window is closed, or the panel asks for itself while it is made.
        """
        if name in self._made:
            return self._made[name]
        panel = BY_ID[name]
        if self._is_closed or name in self._making:
            raise RuntimeError(f"The panel {name} cannot be made now.")
        self._making.add(name)
        try:
            made = resolve_name(panel.maker)(self._workbench)
        finally:
            self._making.discard(name)
        self._made[name] = made
        self._failed.discard(name)
        self._put(panel, made)
        return self._made[name]

    def _put(self, panel: Panel, made: QWidget) -> None:
        """Give a panel its place, also, a bit later, in the order of the Tab key."""
        dock = self.docks.get(panel.id)
        if dock is None:
            self._center.addWidget(made)
            return
        room = dock.widget()
        dock.setWidget(made)
        room.hide()
        room.deleteLater()
        made.setAccessibleName(made.accessibleName() or dock.windowTitle())
        if not self._is_beginning:  # at first they are made in the order of Tab
            self._unordered.append(made)
            self._order.start()
        self._tell(panel.id, seen=panel.id in self._seen)

    def _put_in_order(self) -> None:
        made = [self._made[each.id] for each in PANELS if each.id in self._made]
        panels = [each for each in made if each.window() is self._window]  # none that floats
        for late in [each for each in panels if each in self._unordered]:
            put_after(panels, late)
        self._unordered.clear()

    def _tell(self, name: str, *, seen: bool) -> None:
        """Let a panel know whether it is in sight; one behind a tab is "visible" all the same."""
        be_seen: Callable[[bool], None] | None = getattr(self._made[name], "be_seen", None)
        if be_seen is not None:
            be_seen(seen)

    def _on_seen(self, name: str, seen: bool) -> None:
        (self._seen.add if seen else self._seen.discard)(name)
        if name in self._made:
            self._tell(name, seen=seen)
        elif seen:
            self._wake(name)

    def _wake(self, name: str, *_: object) -> None:
        """Make a panel that nobody waits for: a fault is told by the window, which goes on."""
        if self._is_closed or name in self._made or name in self._making:
            return
        self._attempt(name, self._panel)

    def _attempt(self, name: str, act: Callable[[str], object]) -> None:
        try:
            act(name)
        except Exception:
            self._failed.add(name)
            room = self.docks[name].widget()
            if isinstance(room, QLabel):
                room.setText(self.tr("This panel could not be opened. Choose it again to retry."))
            raise

    # ---- in idle moments ------------------------------------------------------------------

    def begin(self) -> None:
        """The window is painted: make the other panels, little by little."""
        for dock in self.docks.values():
            if dock.isFloating() and dock.isVisible():  # it came before the window, so behind it
                dock.hide()
                dock.show()
        self._later.start(AFTER_MS)

    def _step(self) -> None:
        """Import the next panel, or make it."""
        waiting = [each for each in IN_TURN if each not in self._made and each not in self._failed]
        if self._is_closed or not waiting:
            return
        if self._is_busy():
            self._later.start(BUSY_MS)
            return
        self._later.start(BETWEEN_MS)
        name = waiting[0]
        module = BY_ID[name].maker.partition(":")[0]
        if module in self._imported:
            self._wake(name)
        else:
            self._imported.add(module)
            self._attempt(name, lambda _name: import_module(module))

    def _is_busy(self) -> bool:
        buttons = QGuiApplication.mouseButtons()
        return buttons != Qt.MouseButton.NoButton or self._workbench.session.is_playing

    def close(self) -> None:
        """Close the panels that were made; no other is made any more."""
        self._is_closed = True
        self._later.stop()
        self._order.stop()
        for name in (panel.id for panel in PANELS if panel.id in self._made):
            close_panel = getattr(self._made[name], "close_panel", None)
            if close_panel is not None:
                close_panel()


class Panels(Mapping[str, "QWidget"]):
    """All panels by name in their order; those that are looked at are made."""

    def __init__(self, make: Callable[[str], QWidget]) -> None:
        self._make = make

    def __getitem__(self, name: str) -> QWidget:
        return self._make(name)

    def __iter__(self) -> Iterator[str]:
        return iter(BY_ID)

    def __len__(self) -> int:
        return len(BY_ID)
