"""The list of spans that need somebody: click to go there, one more to do something about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from latentsync_studio.core.quality.measures import measure
from latentsync_studio.ui.quality.delegate import FindingDelegate
from latentsync_studio.ui.quality.model import FindingsModel
from latentsync_studio.ui.quality.remedies import Remedies
from latentsync_studio.ui.timeline.clock import Clock
from latentsync_studio.ui.widgets.choice_dialog import window_of

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex
    from PySide6.QtGui import QResizeEvent

    from latentsync_studio.core.quality.gate import Remedy
    from latentsync_studio.ui.quality.findings import Finding
    from latentsync_studio.ui.workbench import Workbench

_COLUMNS = 2  # of buttons


class AttentionPanel(QWidget):
    """What the quality gate found in the shown sequence."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__()
        self.setObjectName("attention")
        self.setAccessibleName(self.tr("Attention"))
        self._workbench, self.quality = workbench, workbench.quality
        self.remedies = Remedies(workbench, self)
        self.model = FindingsModel(self)
        self._chosen = ("", "")  # clip and attention, so that it stays chosen
        self._is_filling = False
        self.headline = QLabel(self)
        self.headline.setWordWrap(True)
        self.headline.setAccessibleName(self.tr("Spans that need you"))
        self.status = QLabel(self)
        self.status.setWordWrap(True)
        self.measure = QPushButton(self)
        self.measure.clicked.connect(self._on_measure)
        self.limits = QPushButton(self.tr("Limits..."), self)
        self.limits.setToolTip(self.tr("What a result must reach so that it needs nobody"))
        self.limits.clicked.connect(self.show_limits)
        self.dialog: QDialog | None = None
        self.accepted = QCheckBox(self.tr("Accepted too"), self)
        self.accepted.setToolTip(self.tr("Lists also what somebody found good enough"))
        self.accepted.toggled.connect(self.refresh)
        self.view = self._make_view()
        self.buttons: list[QPushButton] = []
        self._shown: tuple[object, ...] = ()
        self._grid = QGridLayout()
        self._lay_out()
        self.setFocusProxy(self.view)
        self.quality.changed.connect(self.refresh)
        self.quality.measuring_changed.connect(self._show_status)
        workbench.look.changed.connect(self.view.viewport().update)
        self.refresh()

    def _make_view(self) -> _FindingsView:
        view = _FindingsView(self)
        view.setModel(self.model)
        view.setItemDelegate(FindingDelegate(self._workbench.look, view))
        view.setAccessibleName(self.tr("Spans that need you"))
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._show_menu)
        view.selectionModel().currentChanged.connect(self._on_current)
        view.clicked.connect(self._jump)
        view.opened.connect(self._jump)
        view.accepted.connect(self.toggle_accepted)
        return view

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.headline, 1)
        top.addWidget(self.accepted)
        below = QHBoxLayout()
        below.addWidget(self.status, 1)
        below.addWidget(self.limits)
        below.addWidget(self.measure)
        self._grid.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.addLayout(top)
        column.addWidget(self.view, 1)
        column.addLayout(self._grid)
        column.addLayout(below)

    # ---- showing ------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what is found now."""
        found = self.quality.findings()
        needy = [each for each in found if not each.is_accepted]
        rows = found if self.accepted.isChecked() else needy
        clock = Clock.of(self._workbench.session.sequence)
        self._is_filling = True
        if self.model.show_rows(rows, clock):
            row = self.model.row_of(*self._chosen)
            self.view.setCurrentIndex(self.model.index(max(row, 0)))
        self._is_filling = False
        self._show_headline(len(needy), len(found) - len(needy))
        self._show_buttons()
        self._show_status()

    def _show_headline(self, needy: int, accepted: int) -> None:
        if not self.quality.laid():
            text = self.tr("Nothing is measured yet.")
        elif needy == 1:
            text = self.tr("1 span needs you")
        elif needy:
            text = self.tr("{0} spans need you").format(needy)
        else:
            text = self.tr("No span needs you.")
        self.headline.setText(f"<b>{text}</b>")
        self.accepted.setText(self.tr("Accepted too ({0})").format(accepted))
        self.accepted.setEnabled(bool(accepted) or self.accepted.isChecked())

    def _show_status(self) -> None:
        """What is measured now, or what could be."""
        now = self.quality.measuring
        waiting = self.quality.waiting
        unmeasured = len(self.quality.unmeasured())
        if now is not None:
            share = f"{100 * now.done // now.total} %" if now.total else ""
            text = self.tr("Measuring, {0}").format(share) if share else self.tr("Measuring")
            if waiting:
                text = self.tr("{0}; %n clip(s) to come", "", waiting).format(text)
        elif waiting:
            text = self.tr("%n clip(s) to measure after the running job", "", waiting)
        elif unmeasured:
            text = self.tr("%n clip(s) not measured as shown now", "", unmeasured)
        else:
            text = ""
        names = self._unknown() if not text else []
        if names:
            text = self.tr("%n measure(s) unknown", "", len(names))
        self.status.setText(text)
        self.status.setToolTip(", ".join(names))
        self.status.setAccessibleDescription(", ".join(names))
        is_busy = now is not None or bool(waiting)
        self.measure.setText(self.tr("Stop") if is_busy else self.tr("Measure"))
        self.measure.setEnabled(is_busy or bool(unmeasured))

    def _unknown(self) -> list[str]:
        """Titles of judged measures of which nothing is known of any clip."""
        parts = [
            known.unknown
            for part in {each.clip.id for each in self.quality.findings()}
            if (known := self.quality.known_of(part)) is not None
        ]
        names = sorted(set.intersection(*map(set, parts))) if parts else []
        return [measure(name).title for name in names]

    def _show_buttons(self) -> None:
        """One button a remedy of the chosen span, and one to accept it."""
        finding = self.chosen()
        offers = () if finding is None else self.remedies.offers(finding)
        shown = (offers, finding is not None, finding is not None and finding.is_accepted)
        if shown == self._shown:
            return  # a button that was pressed keeps the focus
        self._shown = shown
        for button in self.buttons:
            self._grid.removeWidget(button)
            button.deleteLater()
        self.buttons = []
        if finding is None:
            return
        for offer in offers:
            button = QPushButton(offer.label, self)
            button.setEnabled(offer.is_possible)
            button.setToolTip(offer.tip)
            button.setAccessibleDescription(offer.tip)
            button.clicked.connect(lambda _checked=False, what=offer.remedy: self._apply(what))
            self.buttons.append(button)
        label = self.tr("Reconsider") if finding.is_accepted else self.tr("Accept")
        button = QPushButton(label, self)
        button.setToolTip(self.tr("Good enough as it is, or not; kept in the project"))
        button.clicked.connect(self.toggle_accepted)
        self.buttons.append(button)
        for place, each in enumerate(self.buttons):
            self._grid.addWidget(each, place // _COLUMNS, place % _COLUMNS)

    # ---- doing --------------------------------------------------------------------------

    def chosen(self) -> Finding | None:
        """The finding that the buttons are about."""
        return self.model.finding_at(self.view.currentIndex())

    def toggle_accepted(self) -> None:
        """Find the chosen span good enough, or let it count again."""
        finding = self.chosen()
        if finding is not None and finding.is_accepted:
            self.quality.reconsider(finding)
        elif finding is not None:
            self.quality.accept(finding)

    def show_limits(self) -> None:
        """Show the limits, which can be changed there."""
        from latentsync_studio.ui.quality.limits_dialog import LimitsDialog

        if self.dialog is None:
            self.dialog = LimitsDialog(self._workbench, window_of(self._workbench) or self)
            self.dialog.finished.connect(self._forget_dialog)
            self.dialog.show()
        self.dialog.activateWindow()

    def _forget_dialog(self, *_: object) -> None:
        self.dialog = None

    def _apply(self, remedy: Remedy) -> None:
        finding = self.chosen()
        if finding is not None:
            self.remedies.apply(remedy, finding)

    def _on_current(self, *_: object) -> None:
        finding = self.chosen()
        if finding is not None and not self._is_filling:
            self._chosen = finding.clip.id, finding.attention.id
        self._show_buttons()

    def _jump(self, *_: object) -> None:
        finding = self.chosen()
        if finding is not None:
            self.quality.jump(finding)

    def _on_measure(self) -> None:
        if self.quality.measuring is not None or self.quality.waiting:
            self.quality.stop()
        else:
            self.quality.measure()

    def _show_menu(self, at: QPoint) -> None:
        finding = self.chosen()
        if finding is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        menu.addAction(self.tr("Go there")).triggered.connect(self._jump)
        menu.addSeparator()
        for offer in self.remedies.offers(finding):
            action = menu.addAction(offer.label)
            action.setEnabled(offer.is_possible)
            action.setToolTip(offer.tip)
            action.triggered.connect(lambda _checked=False, what=offer.remedy: self._apply(what))
        menu.addSeparator()
        label = self.tr("Reconsider") if finding.is_accepted else self.tr("Accept")
        menu.addAction(label).triggered.connect(self.toggle_accepted)
        menu.popup(self.view.viewport().mapToGlobal(at))

    def sizeHint(self) -> QSize:
        return QSize(300, 400)


class _FindingsView(QListView):
    """Return goes to a span, Delete accepts it.

    Signals:
        opened(QModelIndex): Return was pressed.
        accepted(): Delete was pressed.
    """

    opened = Signal(object)
    accepted = Signal()

    def event(self, event: QEvent) -> bool:
        """These keys are the list's own while it has the focus."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            own = {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Delete}
            if event.key() in own and not event.modifiers():
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._open(self.currentIndex())
        elif event.key() == Qt.Key.Key_Delete:
            self.accepted.emit()
        else:
            super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()  # sentences wrap elsewhere
