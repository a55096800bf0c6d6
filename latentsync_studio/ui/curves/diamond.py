"""The diamond beside a slider: whether its value is animated and has a key at the playhead.

outline: no curve      half: a curve, no key here      full: a key here
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QToolButton

from latentsync_studio.core.timeline.edits.curves import keys_of

if TYPE_CHECKING:
    from PySide6.QtGui import QColor
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.ui.workbench import Workbench

KeyState = Literal["none", "curve", "key"]
SIZE = 14  # px
_RATIOS = (1, 2, 3)


class DiamondButton(QToolButton):
    """Adds or removes the key of one curve at the playhead; a click also chooses the curve."""

    def __init__(self, workbench: Workbench, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench, self._title = workbench, title
        self.key = ""
        self.state: KeyState = "none"
        self._told: KeyState | None = None
        self.setAutoRaise(True)
        self.setIconSize(QSize(SIZE, SIZE))
        self.clicked.connect(self._on_clicked)
        workbench.look.changed.connect(self._draw)
        workbench.focus.changed.connect(self.refresh)
        workbench.focus.moved.connect(self.refresh)
        self.refresh()

    def show_curve(self, key: str) -> None:
        """Be the diamond of another curve; "" for none."""
        self.key = key
        self.refresh()

    def refresh(self) -> None:
        """Show whether there is a curve, and a key at the playhead."""
        focus = self._workbench.focus
        clip = focus.clip
        self.setEnabled(clip is not None and bool(self.key))
        keys = keys_of(clip, self.key) if clip is not None and self.key else ()
        here = focus.near_frame if keys else -1
        state: KeyState = "curve" if keys else "none"
        if any(each.frame == here for each in keys):
            state = "key"
        if state == self._told:  # most often: this is asked with every picture while it plays
            return
        self._told = state
        tips = {
            "none": self.tr("Animate {0}: add a key at the playhead"),
            "curve": self.tr("{0} is animated: add a key at the playhead"),
            "key": self.tr("{0} has a key here: remove it"),
        }
        tip = tips[state].format(self._title)
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.state = state
        self._draw()

    def _on_clicked(self) -> None:
        self._workbench.curves.toggle(self.key)
        self._workbench.curves.choose(self.key)

    def _draw(self) -> None:
        theme, icon = self._workbench.look.theme, QIcon()
        for mode, name in ((QIcon.Mode.Normal, "text"), (QIcon.Mode.Disabled, "disabled_text")):
            color = theme.color("accent" if self.state == "key" and name == "text" else name)
            for ratio in _RATIOS:
                icon.addPixmap(_pixmap(self.state, color, ratio), mode)
        self.setIcon(icon)


def diamond(center: QPointF, radius: float) -> QPolygonF:
    """The shape of a key."""
    x, y = center.x(), center.y()
    return QPolygonF(
        [
            QPointF(x, y - radius),
            QPointF(x + radius, y),
            QPointF(x, y + radius),
            QPointF(x - radius, y),
        ]
    )


def _pixmap(state: KeyState, color: QColor, ratio: int) -> QPixmap:
    pixmap = QPixmap(SIZE * ratio, SIZE * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color, 1.3))
        shape = diamond(QPointF(SIZE / 2, SIZE / 2), SIZE / 2 - 1.5)
        if state == "key":
            painter.setBrush(color)
        painter.drawPolygon(shape)
        if state == "curve":
            painter.setClipRect(QRectF(0, 0, SIZE / 2, SIZE))
            painter.setBrush(color)
            painter.drawPolygon(shape)
    return pixmap
