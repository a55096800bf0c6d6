"""The panel of curves: what can be animated, the graph of one of them, its keys in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from latentsync_studio.ui.curves.diamond import DiamondButton
from latentsync_studio.ui.curves.rows import shown_value, value_of_row
from latentsync_studio.ui.widgets.narrow_bar import NarrowBar

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from latentsync_studio.ui.curves.graph import CurveGraph
    from latentsync_studio.ui.curves.rows import Row
    from latentsync_studio.ui.workbench import Workbench

_KEY = Qt.ItemDataRole.UserRole
_BUTTONS = (
    "key.previous", "key.next", "key.copy", "key.paste", "key.remove", "key.own_protection",
    "key.clean_up", "key.same_face",
)  # fmt: skip
_SIGNS = {"key.previous": "\N{BLACK LEFT-POINTING TRIANGLE}",
          "key.next": "\N{BLACK RIGHT-POINTING TRIANGLE}"}  # fmt: skip


class CurvesPanel(QWidget):
    """Edits the curves of the clip in focus."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__()
        self.setObjectName("curves")
        self.setAccessibleName(self.tr("Curves"))
        self._workbench, self.curves = workbench, workbench.curves
        self.graph: CurveGraph | None = None  # made when the panel is seen first
        self._is_filling = self._is_seen = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._make_graph)
        self.rows = QListWidget(self)
        self.rows.setAccessibleName(self.tr("What can be animated"))
        self.rows.currentItemChanged.connect(self._on_row)
        self.bar = self._make_bar()
        self.note = QLabel(self.tr("Select a clip with a picture to edit its curves."), self)
        self.note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.note.setWordWrap(True)
        self._place = QVBoxLayout()
        self._lay_out()
        self.curves.changed.connect(self.refresh)
        self.curves.focus.changed.connect(self.refresh)
        self.curves.focus.moved.connect(self._on_moved)
        workbench.look.changed.connect(self.refresh)
        self.refresh()

    def _make_bar(self) -> NarrowBar:
        bar = NarrowBar(self)
        bar.row.setContentsMargins(6, 4, 6, 4)
        self.diamond = DiamondButton(self._workbench, self.tr("The curve"), bar)
        self.value = QDoubleSpinBox(bar)
        self.value.setAccessibleName(self.tr("Value at the playhead"))
        self.value.setToolTip(
            self.tr("Value at the playhead; of the selected keys, where some are selected")
        )
        self.value.setKeyboardTracking(False)
        self.value.valueChanged.connect(self._on_value)
        self.ease = QComboBox(bar)
        self.ease.setAccessibleName(self.tr("Way to the next key"))
        self.ease.setToolTip(self.ease.accessibleName())
        for command, ease in (("key.hold", "hold"), ("key.linear", "linear"), ("key.ease", "ease")):
            self.ease.addItem(self._workbench.actions[command].text(), ease)
        self.ease.activated.connect(lambda _row: self.curves.ease(self.ease.currentData()))
        buttons = [self._button(self._workbench.actions[command], bar) for command in _BUTTONS]
        for widget in (self.diamond, self.value, self.ease, *buttons):
            bar.row.addWidget(widget)
        bar.row.addStretch(1)
        bar.give_way(*((button,) for button in reversed(buttons)), (self.ease,))
        return bar

    @staticmethod
    def _button(action: QAction, parent: QWidget) -> QToolButton:
        button = QToolButton(parent)
        button.setAutoRaise(True)
        button.setDefaultAction(action)
        sign = _SIGNS.get(action.objectName())
        if sign is not None:
            button.setText(sign)
        button.setAccessibleName(action.text())
        return button

    def _lay_out(self) -> None:
        right = QWidget(self)
        self._place.setContentsMargins(0, 0, 0, 0)
        self._place.addWidget(self.note, 1)
        right.setLayout(self._place)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.addWidget(self.rows)
        split.addWidget(right)
        split.setStretchFactor(1, 1)
        split.setSizes([220, 800])
        split.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(split, 1)

    def be_seen(self, seen: bool) -> None:
        """Note whether the panel is in sight: only then it goes along with the playhead.

        The graph's library is imported when somebody wants to see it, not at every start.
        """
        self._is_seen = seen
        if not seen:
            return
        self._show_value()
        if self.graph is None:
            self._soon.start()
        else:
            self.graph.show_playhead()

    def _make_graph(self) -> None:
        """Docks behind tabs are in sight for a moment when a window opens."""
        if self.graph is None and self._is_seen:
            from latentsync_studio.ui.curves.graph import CurveGraph

            self.graph = CurveGraph(self._workbench, self.curves)
            self._place.addWidget(self.graph, 1)
            self.refresh()

    # ---- showing ------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show clip, curves and the chosen one as they are now."""
        clip, rows = self.curves.clip, self.curves.rows()
        self.note.setVisible(clip is None)
        if self.graph is not None:
            self.graph.setVisible(clip is not None)
        animated = {curve.key for curve in clip.curves} if clip is not None else set()
        self._is_filling = True
        while self.rows.count() > len(rows):
            self.rows.takeItem(self.rows.count() - 1)
        while self.rows.count() < len(rows):
            self.rows.addItem(QListWidgetItem())
        for place, row in enumerate(rows):
            self._show_row(self.rows.item(place), row, is_animated=row.key in animated)
            if row.key == self.curves.key:
                self.rows.setCurrentRow(place)
        self._is_filling = False
        self._show_value()

    def _show_row(self, item: QListWidgetItem, row: Row, *, is_animated: bool) -> None:
        item.setData(_KEY, row.key)
        mark = "\N{BLACK DIAMOND}" if is_animated else "\N{WHITE DIAMOND}"
        item.setText(f"{mark} {row.title}")
        words = self.tr("animated") if is_animated else self.tr("not animated")
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{row.title}, {words}")

    def _on_moved(self) -> None:
        if self._is_seen:  # while it plays that is with every picture
            self._show_value()
            if self.graph is not None:
                self.graph.show_playhead()

    def _show_value(self) -> None:
        row, clip = self.curves.row(), self.curves.clip
        for widget in (self.value, self.ease):
            widget.setEnabled(row is not None and clip is not None)
        if row is None or clip is None:
            self.diamond.show_curve("")
            return
        self.diamond.show_curve(row.key)
        keys, frames = self.curves.keys(row.key), self.curves.frames
        chosen = [key for key in keys if key.frame in frames]
        frame = chosen[0].frame if chosen else self.curves.focus.near_frame
        blocked = self.value.blockSignals(True)
        self.value.setSuffix(f" {row.unit}" if row.unit else "")
        self.value.setDecimals(1)
        self.value.setRange(
            shown_value(row.limits.low, row.unit), shown_value(row.limits.high, row.unit)
        )
        self.value.setSingleStep(5.0 if row.unit == "%" else 1.0)
        self.value.setValue(shown_value(value_of_row(clip, row, frame), row.unit))
        self.value.blockSignals(blocked)
        before = [key for key in keys if key.frame <= frame] or list(keys[:1])
        self.ease.setEnabled(bool(before))
        if before:
            self.ease.setCurrentIndex(self.ease.findData(before[-1].ease))

    # ---- changing -----------------------------------------------------------------------

    def _on_row(self, item: QListWidgetItem | None) -> None:
        if item is not None and not self._is_filling:
            self.curves.choose(str(item.data(_KEY)))

    def _on_value(self, value: float) -> None:
        row = self.curves.row()
        if row is not None:
            self.curves.set_value(value / shown_value(1.0, row.unit))

    def close_panel(self) -> None:
        """End a drag that is still open."""
        self._soon.stop()
        if self.graph is not None:
            self.graph.cancel()

    def sizeHint(self) -> QSize:
        return QSize(900, 260)
