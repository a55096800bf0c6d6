"""Paints a job: title and state, a bar, and what is known of it in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from latentsync_studio.ui.jobs.model import (
    FRACTION,
    MEMORY,
    NUMBERS,
    PROGRESS,
    QUALITY,
    STATE,
)
from latentsync_studio.ui.jobs.words import DOT, state_words

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex

    from latentsync_studio.ui.theme.colors import Theme
    from latentsync_studio.ui.theme.style import Look

    Index = QModelIndex | QPersistentModelIndex

_PAD, _GAP, _BAR = 8, 3, 6
_LINES = (PROGRESS, NUMBERS, QUALITY, MEMORY)
_WITHOUT_BAR = frozenset({"done", "queued"})


class JobDelegate(QStyledItemDelegate):
    """Rows of the list of jobs."""

    def __init__(self, look: Look, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        metrics = QFontMetrics(option.font)
        line = metrics.height()
        n_lines = 1 + len(self._lines(index, metrics, self._width() - 2 * _PAD))
        bar = _BAR + _GAP if self._has_bar(index) else 0
        return QSize(160, 2 * _PAD + n_lines * line + (n_lines - 1) * _GAP + bar)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = self._look.theme
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(option.rect, theme.color("accent" if is_selected else "base"))
        painter.setPen(theme.color("border"))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        box = option.rect.adjusted(_PAD, _PAD, -_PAD, -_PAD)
        line = QFontMetrics(option.font).height()
        top = self._paint_title(painter, option.font, box, index, is_selected=is_selected)
        if self._has_bar(index):
            self._paint_bar(painter, box, top, index, is_selected=is_selected)
            top += _BAR + _GAP
        painter.setFont(option.font)
        painter.setPen(theme.color("on_accent" if is_selected else "dim_text"))
        metrics = QFontMetrics(option.font)
        for text in self._lines(index, metrics, box.width()):
            place = QRect(box.left(), top, box.width(), line)
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, shown)
            top += line + _GAP
        painter.restore()

    def _lines(self, index: Index, metrics: QFontMetrics, width: int) -> list[str]:
        """What is known of the job; a line that is too long goes on below, cut at its dots."""
        found: list[str] = []
        for role in _LINES:
            line = ""
            for fact in (index.data(role) or "").split(f" {DOT} "):
                longer = f"{line} {DOT} {fact}" if line else fact
                if line and metrics.horizontalAdvance(longer) > width:
                    found.append(line)
                    longer = fact
                line = longer
            found += [line] if line else []
        return found

    def _width(self) -> int:
        view = self.parent()
        return view.viewport().width() if isinstance(view, QAbstractItemView) else 300

    def _paint_title(
        self, painter: QPainter, font: QFont, box: QRect, index: Index, *, is_selected: bool
    ) -> int:
        """Title on the left, state on the right; returns where the next line begins."""
        theme, metrics = self._look.theme, QFontMetrics(font)
        words = state_words(index.data(STATE))
        state = f"{words.sign} {words.word}"
        width = metrics.horizontalAdvance(state) + 2
        row = QRect(box.left(), box.top(), box.width(), metrics.height())
        painter.setFont(font)
        painter.setPen(theme.color("on_accent" if is_selected else words.color))
        painter.drawText(row, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, state)
        bold = QFont(font)
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(theme.color("on_accent" if is_selected else "text"))
        room = max(0, box.width() - width - _PAD)
        title = QFontMetrics(bold).elidedText(
            index.data(Qt.ItemDataRole.DisplayRole), Qt.TextElideMode.ElideMiddle, room
        )
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, title)
        return row.bottom() + 1 + _GAP

    def _paint_bar(
        self, painter: QPainter, box: QRect, top: int, index: Index, *, is_selected: bool
    ) -> None:
        theme = self._look.theme
        whole = QRectF(box.left(), top, box.width(), _BAR)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("border" if not is_selected else "window"))
        painter.drawRoundedRect(whole, _BAR / 2, _BAR / 2)
        done = QRectF(whole)
        done.setWidth(whole.width() * (index.data(FRACTION) or 0.0))
        color = self._bar_color(theme, index.data(STATE), is_selected=is_selected)
        painter.setBrush(theme.color(color))
        if done.width() > 0:
            painter.drawRoundedRect(done, _BAR / 2, _BAR / 2)

    def _bar_color(self, _theme: Theme, state: str, *, is_selected: bool) -> str:
        if is_selected:
            return "text"
        return {"running": "accent", "failed": "error"}.get(state, "warning")

    def _has_bar(self, index: Index) -> bool:
        is_plain = index.data(STATE) in _WITHOUT_BAR
        return index.data(FRACTION) is not None and not is_plain
