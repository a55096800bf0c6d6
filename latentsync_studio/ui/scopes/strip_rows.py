"""Strips below each other with their names at the left, over one ruler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from latentsync_studio.ui.scopes.lines import SIGNS
from latentsync_studio.ui.scopes.ruler import TimeRuler
from latentsync_studio.ui.scopes.strip import AXIS, Strip
from latentsync_studio.ui.timeline.headers import WIDTH
from latentsync_studio.ui.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.ui.scopes.lines import StripSpec
    from latentsync_studio.ui.scopes.time_link import TimeLink
    from latentsync_studio.ui.theme.style import Look

HEADER = WIDTH - AXIS  # px: so that frames lie below those of a timeline above
_ROOM = 48  # px of a strip, from which on there is a scroll bar


class StripRows(QWidget):
    """All strips of a panel; follows the timeline while `is_seen`."""

    def __init__(self, link: TimeLink, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._link, self._look = link, look
        self.strips: dict[str, Strip] = {}
        self._headers: dict[str, _Header] = {}
        self._specs: dict[str, StripSpec] = {}
        self._hover = -1.0
        self.is_seen = True
        self._is_behind = False
        inner = QWidget(self)
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(1)
        area = self._area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        area.viewport().installEventFilter(self)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.ruler = TimeRuler(link, look, WIDTH, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.ruler)
        column.addWidget(area, 1)
        link.changed.connect(self.follow)
        link.playhead_moved.connect(self._on_playhead)
        look.changed.connect(self._on_look)

    def add_below(self, widget: QWidget) -> None:
        """Put another row, which keeps its place, below the ruler and above the strips."""
        layout = self.layout()
        if isinstance(layout, QVBoxLayout):
            layout.insertWidget(1, widget)

    def show_specs(self, specs: Sequence[StripSpec]) -> None:
        """Show these strips from top to bottom."""
        wanted = [spec.id for spec in specs]
        if wanted != list(self.strips):
            self._make_rows(wanted)
        for spec in specs:
            self._specs[spec.id] = spec
            self.strips[spec.id].show_spec(spec)
            self._headers[spec.id].show_spec(spec)
        self._show_words()

    def follow(self) -> None:
        """Show the frames in sight, at once or as soon as the panel is looked at."""
        self._is_behind = not self.is_seen
        if self.is_seen:
            for strip in self.strips.values():
                strip.look()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The ruler is as wide as the graphs beside a scroll bar."""
        if event.type() == QEvent.Type.Resize:
            self.ruler.leave_room(self._area.width() - self._area.viewport().width())
        return super().eventFilter(watched, event)

    def be_seen(self, seen: bool) -> None:
        """Note whether anybody looks."""
        self.is_seen = seen
        if seen:
            self.follow()
            self._show_words()

    def _make_rows(self, wanted: Sequence[str]) -> None:
        while self._column.count():
            item = self._column.takeAt(0)
            row = item.widget() if item is not None else None
            if row is not None:
                row.hide()
                row.deleteLater()
        self.strips, self._headers, self._specs = {}, {}, {}
        for name in wanted:
            row = QWidget(self)
            row.setMinimumHeight(_ROOM)
            line = QHBoxLayout(row)
            line.setContentsMargins(0, 0, 0, 0)
            line.setSpacing(0)
            header = self._headers[name] = _Header(row)
            strip = self.strips[name] = Strip(self._link, self._look.theme, row)
            strip.hovered.connect(self._on_hover)
            line.addWidget(header)
            line.addWidget(strip, 1)
            self._column.addWidget(row, 1)

    def _on_playhead(self) -> None:
        if not self.is_seen:
            return
        for strip in self.strips.values():
            strip.show_playhead()
        if self._hover < 0:
            self._show_words()

    def _on_hover(self, frame: float) -> None:
        self._hover = frame
        for strip in self.strips.values():
            strip.point(frame)
        self._show_words()

    def _show_words(self) -> None:
        """What is known under the mouse, else at the playhead."""
        frame = int(self._hover) if self._hover >= 0 else self._link.playhead
        for name, header in self._headers.items():
            header.show_words(self._specs[name].words(frame))

    def _on_look(self) -> None:
        for strip in self.strips.values():
            strip.use_theme(self._look.theme)


class _Header(QWidget):
    """Name of a strip, and what is known at a frame."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(HEADER)
        self._title = ElidedLabel(self)
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self._words = QLabel(self)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        small = self._words.font()
        small.setPointSizeF(small.pointSizeF() * 0.9)
        self._words.setFont(small)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 2, 2, 2)
        column.setSpacing(0)
        column.addWidget(self._title)
        column.addWidget(self._words)
        column.addStretch(1)

    def show_spec(self, spec: StripSpec) -> None:
        """Name it, with its lines as they are drawn."""
        lines = "\n".join(f"{SIGNS[line.style]} {line.name}" for line in spec.lines)
        self._title.setText(spec.title)
        unit = f"[{spec.unit}]" if spec.unit else ""
        self.setToolTip("\n".join(filter(None, (f"{spec.title} {unit}", spec.tip, lines))))

    def show_words(self, words: str) -> None:
        """Show what is known."""
        if words != self._words.text():
            self._words.setText(words)
