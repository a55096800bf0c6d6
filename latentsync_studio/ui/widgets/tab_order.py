"""The order of the Tab key for what comes into a window later."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence


def put_after(order: Sequence[QWidget], new: QWidget) -> None:
    """Let Tab reach `new` after those that stand before it in `order`, of which it is one.

    Without that it is reached last, wherever it stands.
    """
    stops = tab_stops(new)
    before = order[: order.index(new)]
    last = next((found[-1] for each in reversed(before) if (found := tab_stops(each))), None)
    if last is None or not stops:
        return
    for one, next_one in pairwise((last, *stops)):
        QWidget.setTabOrder(one, next_one)


def tab_stops(root: QWidget) -> list[QWidget]:
    """What Tab reaches in a widget, or would if it was shown, in this order."""
    found, widget = [], root
    while True:
        is_stop = widget.focusPolicy() & Qt.FocusPolicy.TabFocus == Qt.FocusPolicy.TabFocus
        if is_stop and (widget is root or root.isAncestorOf(widget)):
            found.append(widget)
        widget = widget.nextInFocusChain()
        if widget is root:
            return found
