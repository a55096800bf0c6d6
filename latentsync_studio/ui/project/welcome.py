"""The page that stands in place of the viewer while there is nothing to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QElapsedTimer, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QGridLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from latentsync_studio.ui.actions.own_keys import RETURN

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QKeyEvent, QPaintEvent, QResizeEvent

    from latentsync_studio.ui.workbench import Workbench

_CARD = QSize(188, 112)
_FLAT_CARD = QSize(272, 54)
_GAP, _NEAR, _ASIDE = 16, 8, 12
_SHOWN_RECENT = 6
UNSAVED = "\N{BLACK CIRCLE}"


class WelcomePage(QWidget):
    """Three large buttons, the recent projects, and where to drop files."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__()
        self._workbench = workbench
        self.setAccessibleName(self.tr("Welcome"))
        self.setMinimumSize(_FLAT_CARD.width() + 2 * _ASIDE, 240)
        actions = workbench.actions
        self.cards = tuple(
            _Card(workbench, sign, title, text, command, self)
            for sign, title, text, command in (
                (
                    "\N{BLACK RIGHT-POINTING TRIANGLE}",
                    self.tr("Open clip and speech"),
                    self.tr("Make lips follow new words"),
                    "file.clip_and_speech",
                ),
                (
                    "\N{IDENTICAL TO}",
                    self.tr("Open project"),
                    self.tr("Go on where you were"),
                    "file.open",
                ),
                (
                    "\N{BLACK STAR}",
                    self.tr("Try the sample"),
                    self.tr("A portrait and a speech to play with"),
                    "file.try_sample",
                ),
            )
        )
        for card in self.cards:
            card.clicked.connect(lambda _checked=False, name=card.command: actions.trigger(name))
        self.recent = _RecentList(self)
        self._make_recent()
        self._lay_out()
        workbench.project.recent_changed.connect(self._fill_recent)
        self._fill_recent()

    def _make_recent(self) -> None:
        self._recent_title = QLabel(self.tr("Recent projects"), self)
        self._recent_title.setBuddy(self.recent)
        self.recent.setAccessibleName(self.tr("Recent projects"))
        self.recent.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.recent.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.recent.chosen.connect(self._workbench.project.open)
        self.recent.setMaximumWidth(3 * _CARD.width() + 2 * _GAP)

    def _lay_out(self) -> None:
        self.title = QLabel("LatentSync Studio", self)
        font = QFont(self.title.font())
        font.setPointSizeF(font.pointSizeF() * 1.8)
        self.title.setFont(font)
        self.title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.hint = QLabel(
            self.tr("You can also drop clips, sound, pictures or a project anywhere here."), self
        )
        self.hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.hint.setWordWrap(True)
        self._grid = QGridLayout()
        self._grid.setSpacing(_GAP)
        middle = QGridLayout()
        middle.setSpacing(_NEAR)
        middle.addWidget(self._recent_title, 0, 1)
        middle.addWidget(self.recent, 1, 1)
        middle.setColumnStretch(0, 1)
        middle.setColumnStretch(1, 100)
        middle.setColumnStretch(2, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(_ASIDE, _GAP, _ASIDE, _GAP)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        column.setSpacing(_GAP)
        column.addStretch(1)
        column.addWidget(self.title)
        column.addLayout(self._grid)
        column.addWidget(self.hint)
        column.addLayout(middle)
        column.addStretch(1)
        self._arrange()

    def _arrange(self) -> None:
        """Put the cards side by side, or below each other where the page is narrow."""
        wide = self.width() >= 3 * _CARD.width() + 2 * _GAP + 2 * _ASIDE
        for card in self.cards:
            self._grid.removeWidget(card)
            card.is_flat = not wide
            card.updateGeometry()
        for place, card in enumerate(self.cards):
            self._grid.addWidget(card, *((0, place + 1) if wide else (place, 1)))
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 0)
        self._grid.setColumnStretch(4, 1)
        self._share(_CARD.height() if wide else 3 * _FLAT_CARD.height() + 2 * _GAP)

    def _share(self, cards: int) -> None:
        """Show what there is room for beside the cards (px): recent projects, name, hint."""
        left = self.height() - 2 * _GAP - cards
        rows, row = self.recent.count(), max(1, self.recent.sizeHintForRow(0))
        frame = 2 * self.recent.frameWidth()
        around = _GAP + self._recent_title.sizeHint().height() + _NEAR + frame
        shown = min(rows, max(0, left - around) // row)
        for widget in (self._recent_title, self.recent):
            widget.setVisible(shown > 0)
        if shown:
            self.recent.setFixedHeight(row * shown + frame)
            left -= around + row * shown
        for label in (self.title, self.hint):
            wrapped = label.heightForWidth(self.width() - 2 * _ASIDE)
            left -= _GAP + (wrapped if label.wordWrap() else label.sizeHint().height())
            label.setVisible(left >= 0)

    def _fill_recent(self) -> None:
        self.recent.clear()
        for path in self._workbench.project.recent()[:_SHOWN_RECENT]:
            self.recent.addItem(self._recent_item(path))
        self._arrange()

    def _recent_item(self, path: Path) -> QListWidgetItem:
        text, tip = recent_words(path, is_unsaved=self._workbench.project.has_unsaved_work(path))
        item = QListWidgetItem(text)
        item.setToolTip(tip)
        item.setSizeHint(QSize(0, self.fontMetrics().height() + 10))
        item.setData(Qt.ItemDataRole.UserRole, path)
        return item

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()


class _RecentList(QListWidget):
    """One click, or Return, chooses, as for the large buttons above it.

    Signals:
        chosen(path): of a project.
    """

    chosen = Signal(object)
    own_keys = RETURN

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._chosen_at = QElapsedTimer()
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        self.itemClicked.connect(self._choose)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if event.key() in RETURN and item is not None:
            self._choose(item)
        else:
            super().keyPressEvent(event)

    def _choose(self, item: QListWidgetItem) -> None:
        """The second click of a double click chooses nothing more."""
        again = QApplication.doubleClickInterval()
        if not self._chosen_at.isValid() or self._chosen_at.hasExpired(again):
            self._chosen_at.start()
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))


class _Card(QAbstractButton):
    """A large button: a sign, what it does, and what for. Return presses it as Space does."""

    own_keys = RETURN

    def __init__(
        self,
        workbench: Workbench,
        sign: str,
        title: str,
        text: str,
        command: str,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._look, self._sign, self._help = workbench.look, sign, text
        self.command = command
        self.is_flat = False
        self.setText(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        self.setToolTip(text)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        workbench.look.changed.connect(self.update)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in RETURN:
            self.click()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return _FLAT_CARD if self.is_flat else _CARD

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        is_lit = self.underMouse() or self.hasFocus()
        painter.setPen(QPen(theme.color("accent" if is_lit else "border"), 2 if is_lit else 1))
        painter.setBrush(theme.color("raised"))
        painter.drawRoundedRect(box, 6, 6)
        inner = box.adjusted(10, 8, -10, -8)
        wrapped = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        bold, sign = QFont(self.font()), QFont(self.font())
        bold.setBold(True)
        sign.setPointSizeF(sign.pointSizeF() * 1.7)
        if not self.is_flat:
            painter.setPen(theme.color("accent"))
            painter.setFont(sign)
            painter.drawText(inner, Qt.AlignmentFlag.AlignHCenter, self._sign)
            inner.setTop(inner.top() + 36)
        painter.setPen(theme.color("text"))
        painter.setFont(bold)
        used = painter.drawText(inner, wrapped, self.text())
        inner.setTop(used.bottom() + 4)
        painter.setPen(theme.color("dim_text"))
        painter.setFont(self.font())
        painter.drawText(inner, wrapped, self._help)
        painter.end()


def recent_words(path: Path, *, is_unsaved: bool) -> tuple[str, str]:
    """A recent project in a list, and what its tip says."""
    name, tip = path.stem, str(path)
    if is_unsaved:
        name = _tr("{0}  {1} unsaved work").format(name, UNSAVED)
        tip += "\n" + _tr("Edits were not saved; opening it offers to recover them.")
    return f"{name}  -  {path.parent}", tip


def _tr(text: str) -> str:
    return QCoreApplication.translate("Recent", text)
