"""Paints a finding: what and where on one line, the sentence below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from latentsync_studio.ui.quality.model import FINDING, PLACE, SENTENCE

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex

    from latentsync_studio.ui.theme.style import Look

    Index = QModelIndex | QPersistentModelIndex

_PAD, _GAP = 8, 3
_WRAP = Qt.TextFlag.TextWordWrap


class FindingDelegate(QStyledItemDelegate):
    """Rows of the list of findings."""

    def __init__(self, look: Look, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        metrics = QFontMetrics(option.font)
        height = self._text_height(metrics, index.data(SENTENCE))
        return QSize(160, 2 * _PAD + 2 * metrics.height() + 2 * _GAP + height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = self._look.theme
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        is_accepted = index.data(FINDING).is_accepted
        painter.save()
        painter.fillRect(option.rect, theme.color("accent" if is_selected else "base"))
        painter.setPen(theme.color("border"))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        box = option.rect.adjusted(_PAD, _PAD, -_PAD, -_PAD)
        bold = QFont(option.font)
        bold.setBold(True)
        metrics = QFontMetrics(bold)
        painter.setFont(bold)
        plain = "dim_text" if is_accepted else "warning"
        painter.setPen(theme.color("on_accent" if is_selected else plain))
        line = QRect(box.left(), box.top(), box.width(), metrics.height())
        title = index.data(Qt.ItemDataRole.DisplayRole)
        shown = metrics.elidedText(title, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown)
        painter.setFont(option.font)
        painter.setPen(theme.color("on_accent" if is_selected else "dim_text"))
        line.translate(0, line.height() + _GAP)
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, index.data(PLACE))
        painter.setPen(theme.color("on_accent" if is_selected else "text"))
        rest = QRect(box.left(), line.bottom() + _GAP, box.width(), box.bottom() - line.bottom())
        painter.drawText(rest, _WRAP, index.data(SENTENCE))
        painter.restore()

    def _text_height(self, metrics: QFontMetrics, text: str) -> int:
        view = self.parent()
        width = view.viewport().width() if isinstance(view, QAbstractItemView) else 300
        return metrics.boundingRect(QRect(0, 0, width - 2 * _PAD, 1000), _WRAP, text).height()
