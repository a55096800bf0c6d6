"""The first column of the bin: the name, and below it what must not be overlooked."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from latentsync_studio.ui.media_bin.model import MARKS

_Index = QModelIndex | QPersistentModelIndex
_LINE = "\N{LINE SEPARATOR}"
_PAD = 6


class NameDelegate(QStyledItemDelegate):
    """Writes state and badges, in words, under the name; the style draws and shortens each line."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: _Index) -> None:
        super().initStyleOption(option, index)
        marks = index.data(MARKS)
        if marks:
            option.text = f"{index.data(Qt.ItemDataRole.DisplayRole)}{_LINE}{marks}"
        option.textElideMode = Qt.TextElideMode.ElideRight

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Every row has room for two lines, as all rows are equally tall."""
        hint = super().sizeHint(option, index)
        return hint.expandedTo(QSize(0, 2 * option.fontMetrics.lineSpacing() + _PAD))
