"""The order of the Tab key for what comes into a window later."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence


_BY_TAB = frozenset(
    (Qt.FocusPolicy.TabFocus, Qt.FocusPolicy.StrongFocus, Qt.FocusPolicy.WheelFocus)
)


def put_after(order: Sequence[QWidget], new: QWidget) -> None:
    """Let Tab reach `new` after those that stand before it in `order`, of which it is one.

    Without that it is reached last, wherever it stands. It is moved as a whole, with what hands the
    focus on: Qt goes through that too, and Tab would turn back where a part was left behind.
    """
    stops = tab_stops(new)
    before = order[: order.index(new)]
    last = next((found[-1] for each in reversed(before) if (found := tab_stops(each))), None)
    if last is None or stops in ([], [new]):
        return
    proxy, policy, nobody = new.focusProxy(), new.focusPolicy(), cast("QWidget", None)
    inner = next(each for each in stops if each is not new)
    # Qt moves what stands behind a widget only if that takes the focus and hands it on
    new.setFocusProxy(nobody)  # which would take the policy over
    new.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    new.setFocusProxy(proxy if proxy is not None and new.isAncestorOf(proxy) else inner)
    QWidget.setTabOrder(last, new)
    new.setFocusProxy(nobody)
    new.setFocusPolicy(policy)
    new.setFocusProxy(proxy or nobody)


def tab_stops(root: QWidget) -> list[QWidget]:
    """What Tab reaches in a widget, or would if it was shown, in this order.

    What came into it after other widgets came into the window is not among them.
    """
    found: list[QWidget] = []
    widget: QWidget | None = root
    while widget is not None and (widget is root or root.isAncestorOf(widget)):
        if widget.focusPolicy() in _BY_TAB:
            found.append(widget)
        widget = widget.nextInFocusChain()
        if widget is root:
            break
    return found
