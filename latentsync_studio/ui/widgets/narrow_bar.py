"""A row of controls that leaves out the least important ones where there is no room for all.

What is left out stands in a menu at the row's end, as far as it is a button or a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QHBoxLayout,
    QLayout,
    QMenu,
    QSizePolicy,
    QToolButton,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QResizeEvent, QShowEvent
    from PySide6.QtWidgets import QLayoutItem


class NarrowBar(QWidget):
    """A bar; fill `row`, then call `give_way` once.

    Attributes:
        row: the layout of the controls.
        more: the button that shows what was left out.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.row = QHBoxLayout(self)
        self.row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self._groups: tuple[tuple[QWidget, ...], ...] = ()
        self._unwanted: set[QWidget] = set()  # of no use now, whatever room there is
        self._left_out: list[QWidget] = []
        self._is_ready = False
        self.more = QToolButton(self)
        self.more.setText("\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}")
        self.more.setAutoRaise(True)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.more.setAccessibleName(QCoreApplication.translate("NarrowBar", "More controls"))
        self.more.setToolTip(self.more.accessibleName())
        self.more.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self._menu = QMenu(self.more)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.more.setMenu(self._menu)
        self.more.hide()

    def give_way(self, *groups: tuple[QWidget, ...]) -> None:
        """Say what is left out where it is narrow, the first group first."""
        self._groups = groups
        self.row.addWidget(self.more)
        self._is_ready = True
        self.fit()

    def want(self, widget: QWidget, *, wanted: bool) -> None:
        """Show a control where there is room for it, or never."""
        if wanted:
            self._unwanted.discard(widget)
        else:
            self._unwanted.add(widget)
        self.fit()

    def is_left_out(self, widget: QWidget) -> bool:
        """Whether there is no room for a control now."""
        return widget in self._left_out

    def fit(self) -> None:
        """Show as many controls as there is room for."""
        if not self._is_ready:
            return
        gone: list[QWidget] = []
        for group in self._groups:
            if self._width(gone) <= self.width():
                break
            gone += group
        self._left_out = gone
        for widget in self._controls():
            shown = widget not in gone and widget not in self._unwanted
            if widget.isHidden() is shown:
                widget.setVisible(shown)
        overflows = any(_has_entry(each) for each in gone if each not in self._unwanted)
        if self.more.isHidden() is overflows:
            self.more.setVisible(overflows)
        self.row.activate()  # now: what was shown too close is not painted once like that

    def _controls(self) -> Iterator[QWidget]:
        for item in self._items():
            widget = item.widget()
            if widget is not None and widget is not self.more:
                yield widget

    def _items(self) -> Iterator[QLayoutItem]:
        for place in range(self.row.count()):
            item = self.row.itemAt(place)
            if item is not None:
                yield item

    def _width(self, gone: list[QWidget]) -> int:
        """Px that the row needs at least without the controls `gone`."""
        margins = self.row.contentsMargins()
        widths = [
            _least(each)
            for each in self._controls()
            if each not in gone and each not in self._unwanted
        ]
        if any(_has_entry(each) for each in gone if each not in self._unwanted):
            widths.append(_least(self.more))
        spacers = [item.spacerItem() for item in self._items()]
        between = self.row.spacing() * max(0, len(widths) - 1)
        fixed = sum(spacer.sizeHint().width() for spacer in spacers if spacer is not None)
        return margins.left() + sum(widths) + between + fixed + margins.right()

    def _fill_menu(self) -> None:
        self._menu.clear()
        for widget in self._left_out:
            if widget in self._unwanted:
                continue
            if isinstance(widget, QToolButton) and widget.defaultAction() is not None:
                self._menu.addAction(widget.defaultAction())
            elif isinstance(widget, QAbstractButton):
                self._menu.addAction(_button_entry(widget, self._menu))
            elif isinstance(widget, QComboBox):
                self._menu.addMenu(_list_entry(widget, self._menu))

    def minimumSizeHint(self) -> QSize:
        every = [widget for group in self._groups for widget in group]
        return QSize(self._width(every), super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        return QSize(self._width([]), super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.fit()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:  # a text or font is another
            self.fit()
        return done


def _least(widget: QWidget) -> int:
    """Px that a control needs."""
    can_shrink = widget.sizePolicy().horizontalPolicy() == QSizePolicy.Policy.Preferred
    hint = widget.minimumSizeHint().width() if can_shrink else widget.sizeHint().width()
    return max(widget.minimumWidth(), min(widget.maximumWidth(), hint))


def _has_entry(widget: QWidget) -> bool:
    return isinstance(widget, QAbstractButton | QComboBox)


def _button_entry(button: QAbstractButton, menu: QMenu) -> QAction:
    """An entry that does what a button does that has no action."""
    action = QAction(button.accessibleName() or button.text(), menu)
    action.setCheckable(button.isCheckable())
    action.setChecked(button.isChecked())
    action.triggered.connect(button.click)
    return action


def _list_entry(box: QComboBox, menu: QMenu) -> QMenu:
    """A submenu with the lines of a list."""
    sub = QMenu(box.accessibleName(), menu)
    for place in range(box.count()):
        action = sub.addAction(box.itemText(place))
        action.setCheckable(True)
        action.setChecked(place == box.currentIndex())
        action.triggered.connect(lambda _checked=False, at=place: _choose(box, at))
    return sub


def _choose(box: QComboBox, place: int) -> None:
    box.setCurrentIndex(place)
    box.activated.emit(place)
