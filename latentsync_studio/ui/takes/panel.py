"""The dock of takes: the takes of the span on one side, what was measured of them on the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from latentsync_studio.ui.quality.networks import COMMAND
from latentsync_studio.ui.takes.models import NAME, MeasuresModel, TakesModel
from latentsync_studio.ui.takes.takes_view import TakesView, flatten
from latentsync_studio.ui.timeline.clock import Clock
from latentsync_studio.ui.widgets.elided_label import ElidedLabel
from latentsync_studio.ui.widgets.narrow_bar import NarrowBar

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent

    from latentsync_studio.services.takes.listing import TakeRow
    from latentsync_studio.ui.workbench import Workbench

_START = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_WIDE = 640  # px from which list and measures stand side by side
_DRAWABLE = frozenset({"partly", "stale", "missing", "failed"})


class TakesPanel(QWidget):
    """Takes of the span under the playhead, and their measures."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__()
        self.setObjectName("takes")
        self.setAccessibleName(self.tr("Takes"))
        self._workbench, self.takes = workbench, workbench.takes
        self.commands = workbench.takes.commands
        self._wanted: str | None = None  # id of the take whose row stays current
        self.model, self.measures = TakesModel(self), MeasuresModel(self)
        self.model.renamed.connect(self.takes.rename)
        self.where = QLabel(self)
        self.where.setWordWrap(True)
        self.view, self.table = self._make_view(), self._make_table()
        self.reason = QLabel(self)
        self.reason.setWordWrap(True)
        self.reason.setAccessibleName(self.tr("Why the take stands where it does"))
        self.legend = ElidedLabel(self)
        self.legend.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.legend.setToolTip(
            self.tr(
                "First stands who is beyond fewer limits, then who is nearer to the ideal in more"
                " measures. There is no score."
            )
        )
        self.buttons: dict[str, QPushButton] = {}
        self.bar = self._make_bar()
        self._networks = workbench.actions[COMMAND]
        self._networks.changed.connect(self._show_networks)
        self.split = QSplitter(Qt.Orientation.Horizontal, self)
        self._lay_out()
        self.setFocusProxy(self.view)
        self.takes.changed.connect(self.refresh)
        self.takes.measuring_changed.connect(self._show_state)
        workbench.jobs.jobs_changed.connect(self._show_state)
        self.refresh()
        self._show_networks()

    def _make_view(self) -> TakesView:
        view = TakesView(self)
        view.setModel(self.model)
        header = view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        view.setAccessibleName(self.tr("Takes of the span"))
        view.chosen.connect(self.choose)
        view.removed.connect(self.remove)
        view.doubleClicked.connect(self._on_double)
        view.customContextMenuRequested.connect(self._show_menu)
        view.selectionModel().currentChanged.connect(self._on_current)
        return view

    def _make_table(self) -> QTableView:
        table = QTableView(self)
        table.setModel(self.measures)
        table.setAccessibleName(self.tr("Measures of the takes"))
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setTabKeyNavigation(False)
        table.verticalHeader().setDefaultAlignment(_START)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        flatten(table)
        return table

    def _make_bar(self) -> NarrowBar:
        bar = NarrowBar(self)
        bar.row.setContentsMargins(0, 0, 0, 0)
        for name, text, tip, run in self._acts():
            button = QPushButton(text, bar)
            button.setToolTip(tip)
            button.setAccessibleDescription(tip)
            button.clicked.connect(lambda _checked=False, act=run: act())
            self.buttons[name] = button
            bar.row.addWidget(button)
        bar.row.addStretch(1)
        order = (
            "networks",
            "measure",
            "remove",
            "rename",
            "duplicate",
            "choose",
            "synthesize",
            "compare",
        )
        bar.give_way(*((self.buttons[name],) for name in order))
        return bar

    def _acts(self) -> tuple[tuple[str, str, str, Callable[[], object]], ...]:
        tr = self.tr
        return (
            ("new", tr("New..."), tr("Another way to redraw this span"), self.commands.ask_new),
            (
                "choose",
                tr("Show"),
                tr("Lets the take hold on its span; nothing is drawn again"),
                self.choose,
            ),
            (
                "synthesize",
                tr("Synthesize"),
                tr("Draws what is missing of the take"),
                self.synthesize,
            ),
            (
                "duplicate",
                tr("Another seed"),
                tr("Keeps the same take again with a seed that no other has"),
                self.duplicate,
            ),
            ("rename", tr("Rename"), tr("Gives the take another name"), self.rename),
            (
                "remove",
                tr("Remove"),
                tr("Forgets the take; undo brings it back"),
                self.remove,
            ),
            (
                "measure",
                tr("Measure"),
                tr("Measures the takes that are synthesized"),
                self._on_measure,
            ),
            (
                "networks",
                tr("With networks"),
                tr("Measures the takes that are synthesized with networks too"),
                lambda: self.takes.measure(networks=True),
            ),
            (
                "compare",
                tr("Compare blindly..."),
                tr("Shows takes in pairs without their names and counts what you prefer"),
                self.commands.ask_compare,
            ),
        )

    def _lay_out(self) -> None:
        left, right = QWidget(self), QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view, 1)
        column.addWidget(self.bar)
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table, 1)
        column.addWidget(self.reason)
        self.split.addWidget(left)
        self.split.addWidget(right)
        self.split.setChildrenCollapsible(False)
        self.split.setSizes([640, 640])
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 6)
        top = QHBoxLayout()
        top.addWidget(self.where, 1)
        top.addWidget(self.legend, 1)
        column.addLayout(top)
        column.addWidget(self.split, 1)

    # ---- showing ------------------------------------------------------------------------

    def be_seen(self, seen: bool) -> None:
        """The dock came to the front, or went behind another."""
        self.takes.be_seen(seen)

    def close_panel(self) -> None:
        """Close the dialogs, whose threads must not outlive the window."""
        self.commands.close()

    def refresh(self) -> None:
        """Show the list as it is now; the same take stays current."""
        found = self.takes.found
        current = self.current()
        keep = current.ref.take if current is not None else self._wanted
        if self.model.show_takes(found):
            row = self.model.place_of(keep) if keep is not None else -1
            row = row if row >= 0 else max(self.model.chosen_row(), 0)
            self.view.setCurrentIndex(self.model.index(row, NAME))
        self.measures.show_takes(found)
        self._show_where()
        self._show_state()

    def _show_where(self) -> None:
        clip, found = self.takes.clip, self.takes.found
        if clip is None:
            text = self.tr("Select a clip, or put the playhead on one, to see its takes.")
        elif found is None:
            text = self.takes.problem or self.tr("Looking...")
        else:
            clock = Clock.of(self._workbench.session.sequence)
            first, length = clock.label(found.placed.start), clock.length(len(found.placed))
            if len(found.rows) > 1:
                text = self.tr("Span of {0} from {1}").format(length, first)
            else:
                text = self.tr(
                    "No takes here yet, only the clip's own settings ({0} from {1})."
                ).format(length, first)
        self.where.setText(text)

    def _show_state(self) -> None:
        """What can be done, why the current take stands where it does, what is measured."""
        row, found = self.current(), self.takes.found
        is_take = row is not None and bool(row.ref.take)
        wanted = {
            "new": self.takes.clip is not None,
            "choose": row is not None and not row.is_chosen,
            "synthesize": row is not None and row.state in _DRAWABLE,
            "duplicate": row is not None,
            "rename": is_take,
            "remove": is_take,
            "measure": self.takes.measuring is not None or self._can_measure(),
            "networks": self._can_use_networks(),
            "compare": found is not None,
        }
        for name, is_possible in wanted.items():
            self.buttons[name].setEnabled(is_possible)
        share = self.takes.measuring
        self.buttons["measure"].setText(
            self.tr("Stop") if share is not None else self.tr("Measure")
        )
        self.reason.setText(self._reason())
        self.legend.setText(self._legend())

    def _can_measure(self) -> bool:
        return bool(self.takes.unmeasured()) and self._workbench.jobs.running is None

    def _can_use_networks(self) -> bool:
        is_idle = self.takes.measuring is None and self._workbench.jobs.running is None
        return is_idle and self._networks.isEnabled() and bool(self.takes.drawn())

    def _show_networks(self) -> None:
        """Which networks can measure, and why others cannot."""
        for tell in (
            self.buttons["networks"].setToolTip,
            self.buttons["networks"].setAccessibleDescription,
        ):
            tell(self._networks.toolTip())
        self._show_state()

    def _reason(self) -> str:
        row = self.current()
        if row is None:
            return ""
        reason = self.model.reason_at(self.view.currentIndex())
        return f"{row.name}: {reason} {row.note}".strip()

    def _legend(self) -> str:
        share, found = self.takes.measuring, self.takes.found
        if share is not None:
            return self.tr("Measuring, {0} %").format(round(100 * share))
        if found is None or not found.measures.rows:
            return self.tr("Takes are ranked once they are synthesized and measured.")
        return self.tr("Value (the source's own); * the best, ! beyond the limit")

    # ---- doing --------------------------------------------------------------------------

    def current(self) -> TakeRow | None:
        """The take that the buttons are about."""
        return self.model.row_at(self.view.currentIndex())

    def choose(self) -> None:
        """Show the current take on its span."""
        self._with_current(self.takes.choose)

    def synthesize(self) -> None:
        """Draw what is missing of the current take."""
        self._with_current(self.takes.synthesize)

    def duplicate(self) -> None:
        """Keep the current take again with another seed."""
        self._with_current(self.takes.duplicate)

    def remove(self) -> None:
        """Forget the current take."""
        self._with_current(self.takes.remove)

    def rename(self) -> None:
        """Type another name for the current take."""
        row = self.current()
        if row is not None and row.ref.take:
            self.view.edit(self.model.index(self.view.currentIndex().row(), NAME))

    def _with_current(self, act: Callable[[TakeRow], None]) -> None:
        row = self.current()
        if row is not None:
            act(row)

    def _on_measure(self) -> None:
        if self.takes.measuring is not None:
            self.takes.stop()
        else:
            self.takes.measure()

    def _on_current(self, *_: object) -> None:
        row = self.current()
        if row is not None:
            self._wanted = row.ref.take
        self._show_state()

    def _on_double(self, *_: object) -> None:
        self.choose()

    def _show_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for button in self.buttons.values():
            action = menu.addAction(button.text())
            action.setEnabled(button.isEnabled())
            action.triggered.connect(button.click)
        menu.popup(self.view.viewport().mapToGlobal(at))

    def sizeHint(self) -> QSize:
        return QSize(900, 280)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_wide = self.width() > _WIDE
        way = Qt.Orientation.Horizontal if is_wide else Qt.Orientation.Vertical
        if self.split.orientation() is not way:
            self.split.setOrientation(way)
