"""What dialogs share that ask for a few things and act then: a form, words below it, buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialogButtonBox, QFormLayout, QPushButton, QVBoxLayout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QDialog, QWidget


def fill_form(
    dialog: QDialog,
    rows: Iterable[tuple[str, QWidget]],
    below: Iterable[QWidget],
    do: str,
    *,
    width: int,
) -> QPushButton:
    """Lay out a dialog, and return the button that accepts it.

    Args:
        dialog: that has no layout yet.
        rows: titles, which screen readers say too, and controls; "" where one says itself what it
            is.
        below: what stands under the form, at the bottom.
        do: text of the button.
        width: px that it has at least.
    """
    form = QFormLayout()
    for title, widget in rows:
        if title:
            widget.setAccessibleName(title)
        form.addRow(title, widget)
    buttons = QDialogButtonBox(dialog)
    accept = buttons.addButton(do, QDialogButtonBox.ButtonRole.AcceptRole)
    buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    column = QVBoxLayout(dialog)
    column.addLayout(form)
    column.addStretch(1)
    for widget in below:
        column.addWidget(widget)
    column.addWidget(buttons)
    dialog.setMinimumWidth(width)
    return accept
