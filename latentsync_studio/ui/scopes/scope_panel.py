"""What panels with graphs share: a bar, a note, an export, and a graph that is made when seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from latentsync_studio.ui.scopes.exporting import ExportButton
from latentsync_studio.ui.widgets.narrow_bar import NarrowBar

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QImage

    from latentsync_studio.services.tables_out import Table
    from latentsync_studio.ui.workbench import Workbench


class ScopePanel(QWidget):
    """Base of the panels; the graph's library is imported when somebody wants to see it.

    Attributes:
        bar: controls; the export stands at its end.
        body: layout of the graph.
        note: says why nothing is shown.
        is_seen: whether somebody looks.
        is_made: whether the graph is there.
    """

    def __init__(self, workbench: Workbench, name: str, title: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        self._workbench = workbench
        self.is_seen = self.is_made = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._make_now)
        self.bar = NarrowBar(self)
        self.bar.row.setContentsMargins(6, 4, 6, 4)
        self.export = ExportButton(workbench, self, self.bar)
        self.note = QLabel(self)
        self.note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.note.setWordWrap(True)
        self.note.setMargin(12)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.note, 1)
        column.addLayout(self.body, 1)
        self.note.hide()

    def finish_bar(self, *controls: QWidget) -> None:
        """Put controls into the bar, the export last; those at the end give way first."""
        for widget in controls:
            self.bar.row.addWidget(widget)
        self.bar.row.addStretch(1)
        self.bar.row.addWidget(self.export)
        self.bar.give_way((self.export,), *((widget,) for widget in reversed(controls)))

    def be_seen(self, seen: bool) -> None:
        """Note whether the panel is in sight; docks behind tabs are so for a moment at first."""
        self.is_seen = seen
        if seen and not self.is_made:
            self._soon.start()
        elif self.is_made:
            self.seen_changed()

    def _make_now(self) -> None:
        if self.is_seen and not self.is_made:
            self.is_made = True
            self.make()
            self.seen_changed()

    def make(self) -> None:
        """Make the graph."""
        raise NotImplementedError

    def seen_changed(self) -> None:
        """Somebody begins or ceases to look; the graph is there."""

    def tell(self, text: str) -> None:
        """Show a note in place of the graph, or with "" the graph."""
        if text:
            self.note.setText(text)
        self.note.setVisible(bool(text))
        for place in range(self.body.count()):
            item = self.body.itemAt(place)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.setVisible(not text)

    def close_panel(self) -> None:
        """Stop timers."""
        self._soon.stop()

    # ---- export -------------------------------------------------------------------------

    def export_name(self) -> str:
        """As the panel is called."""
        return f"latentsync-{self.objectName()}"

    def export_image(self) -> QImage:
        """The panel without its bar."""
        return self.grab(self.rect().adjusted(0, self.bar.height(), 0, 0)).toImage()

    def export_table(self) -> Callable[[], Table]:
        """The numbers of the panel."""
        raise NotImplementedError

    def sizeHint(self) -> QSize:
        return QSize(900, 260)


def numbers_of(titles: tuple[str, ...], columns: tuple[Any, ...], **about: Any) -> Table:  # noqa: ANN401
    """A table to export; for worker threads."""
    from latentsync_studio.services.tables_out import Table

    return Table(titles=titles, columns=columns, about=about)
