"""Rows of a form with a slider and a number, made from limits instead of a settings page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.core.settings.fields import SettingField
from latentsync_studio.ui.widgets.setting_editors import NumberEditor

if TYPE_CHECKING:
    from PySide6.QtWidgets import QFormLayout, QWidget


def number_row(
    form: QFormLayout,
    title: str,
    limits: tuple[float, float],
    unit: str = "",
    tip: str = "",
) -> NumberEditor:
    """Add a slider with a number to a form; whole numbers where both limits are int."""
    low, high = limits
    whole = isinstance(low, int) and isinstance(high, int)
    field = SettingField(
        title, "int" if whole else "float", low, float(low), float(high), (), title, unit, tip
    )
    parent: QWidget | None = form.parentWidget()
    editor = NumberEditor(field, parent)
    editor.name_for_screen_readers(title, tip or title)
    form.addRow(title, editor)
    return editor
