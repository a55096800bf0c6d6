"""The order of the Tab key for what comes into a window later."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence


_BY_TAB = frozenset(
    (Qt.FocusPolicy.TabFocus, Qt.FocusPolicy.StrongFocus, Qt.FocusPolicy.WheelFocus)
)


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
    left = {root, *root.findChildren(QWidget)}
    found: list[QWidget] = []
    widget: QWidget | None = root
    while widget is not None and left:  # mostly neighbors: the rest is not looked at
        if widget in left:
            left.discard(widget)
            if widget.focusPolicy() in _BY_TAB:
                found.append(widget)
        widget = widget.nextInFocusChain()
        if widget is root:
            break
    return found
