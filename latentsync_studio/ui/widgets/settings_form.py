"""A form made of a settings page: label, editor, unit, help, default and reset for each field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QGridLayout, QLabel, QToolButton, QWidget

from latentsync_studio.core.settings.fields import describe, value_of
from latentsync_studio.ui.widgets.setting_editors import SettingEditor, editor_of
from latentsync_studio.ui.widgets.setting_words import setting_tip, translated, value_words

if TYPE_CHECKING:
    from collections.abc import Collection

    import msgspec

    from latentsync_studio.core.settings.fields import SettingField, Value

RESET = "\N{ANTICLOCKWISE OPEN CIRCLE ARROW}"


class SettingsForm(QWidget):
    """Rows of settings. It holds no values of its own: what it shows is given to it.

    Signals:
        changed(key, value): live, while the user drags.
        edited(key, value): the user is done with one change.
    """

    changed = Signal(str, object)
    edited = Signal(str, object)

    def __init__(
        self,
        page: type[msgspec.Struct],
        parent: QWidget | None = None,
        *,
        keys: Collection[str] | None = None,
        label_lines: int = 2,
    ) -> None:
        """Make the rows.

        Args:
            page: a settings page; inner pages are part of it.
            parent: as for any widget.
            keys: dotted keys to show, None for all.
            label_lines: how many lines a label may take, 1 or 2; 2 makes a narrow form.
        """
        super().__init__(parent)
        self._fields = [f for f in describe(page) if keys is None or f.key in keys]
        self.editors: dict[str, SettingEditor] = {}
        self.resets: dict[str, QToolButton] = {}
        self._labels: dict[str, QLabel] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        self._grid = grid
        for row, field in enumerate(self._fields):
            self._add_row(grid, row, field)
        self.label_width = max(
            (_label_width(translated(f.title), self, label_lines) for f in self._fields), default=0
        )
        self.set_label_width(self.label_width)

    def set_label_width(self, width: int) -> None:
        """Give the labels a column of `width` px, so that the rows of several forms align."""
        self._grid.setColumnMinimumWidth(0, width)

    def _add_row(self, grid: QGridLayout, row: int, field: SettingField) -> None:
        title, tip = translated(field.title), setting_tip(field)
        label = QLabel(title, self)
        label.setToolTip(tip)
        label.setWordWrap(True)
        editor = editor_of(field, self)
        editor.name_for_screen_readers(title, tip)
        editor.changed.connect(lambda value, key=field.key: self._on_changed(key, value))
        editor.edited.connect(lambda value, key=field.key: self.edited.emit(key, value))
        label.setBuddy(editor)
        reset = QToolButton(self)
        reset.setText(RESET)
        reset.setAutoRaise(True)
        reset.setToolTip(self.tr("Reset to {0}").format(value_words(field, field.default)))
        reset.setAccessibleName(self.tr("Reset {0}").format(title))
        reset.clicked.connect(lambda _checked=False, wanted=field: self._reset(wanted))
        self.editors[field.key], self.resets[field.key] = editor, reset
        self._labels[field.key] = label
        for column, widget in enumerate((label, editor, reset)):
            grid.addWidget(widget, row, column)

    def set_values(self, settings: msgspec.Struct) -> None:
        """Show the values of a page."""
        for field in self._fields:
            self._show(field, value_of(settings, field.key))

    def show_value(self, key: str, value: Value) -> None:
        """Show the value of one setting; the user drags it no longer."""
        self._show(next(field for field in self._fields if field.key == key), value)

    def add_beside(self, key: str, widget: QWidget) -> None:
        """Put a widget at the end of a setting's row."""
        row = next(n for n, field in enumerate(self._fields) if field.key == key)
        self._grid.addWidget(widget, row, 3)

    def set_own(self, keys: Collection[str]) -> None:
        """Write the labels of these settings in bold: they are set here and nowhere above."""
        for key, label in self._labels.items():
            font = label.font()
            font.setBold(key in keys)
            label.setFont(font)

    def _show(self, field: SettingField, value: Value) -> None:
        editor = self.editors[field.key]
        if editor.value() != value:
            editor.show_value(value)
        self.resets[field.key].setEnabled(value != field.default)

    def _on_changed(self, key: str, value: Value) -> None:
        field = next(field for field in self._fields if field.key == key)
        self.resets[key].setEnabled(value != field.default)
        self.changed.emit(key, value)

    def _reset(self, field: SettingField) -> None:
        self._show(field, field.default)
        self.changed.emit(field.key, field.default)
        self.edited.emit(field.key, field.default)


def _label_width(title: str, widget: QWidget, n_lines: int) -> int:
    """Px that a title needs, in bold, on so many lines."""
    font = QFont(widget.font())
    font.setBold(True)
    metrics = QFontMetrics(font)
    words = title.split()
    first = 1 if n_lines > 1 else len(words)
    splits = [(" ".join(words[:k]), " ".join(words[k:])) for k in range(first, len(words) + 1)]
    lines = [max(metrics.horizontalAdvance(part) for part in parts) for parts in splits]
    return min(lines, default=0) + 2
