"""A small graph of the newest values of a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.arrays import F32, F64
    from latentsync_studio.ui.theme.colors import Theme

HEIGHT = 30
SPAN_S = 120.0  # seconds in sight


class Spark(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """The last two minutes from left to right, from 0 to the greatest value."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, enableMenu=False)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFixedHeight(HEIGHT)
        self.hideButtons()
        self.hideAxis("left")
        self.hideAxis("bottom")
        box = self.getViewBox()
        box.setMouseEnabled(x=False, y=False)
        box.disableAutoRange()
        box.setDefaultPadding(0)
        self.curve = pg.PlotCurveItem(antialias=False)
        self.addItem(self.curve, ignoreBounds=True)
        self.setXRange(-SPAN_S, 0, padding=0)

    def use_theme(self, theme: Theme) -> None:
        """Take the colors of a theme."""
        self.setBackground(theme.base)
        fine = max(1, round(self.devicePixelRatioF()))  # as thick on fine screens as on others
        self.curve.setPen(pg.mkPen(theme.accent, width=fine))
        faint = QColor(theme.accent)
        faint.setAlpha(50)
        self.curve.setBrush(faint)
        self.curve.setFillLevel(0)

    def show_values(self, seconds: F64, values: F32, top: float | None) -> None:
        """Show values at seconds before now, drawn up to `top` or the greatest one."""
        known = values[np.isfinite(values)]
        highest = top if top is not None else max(1e-6, float(known.max()) if len(known) else 1.0)
        self.getViewBox().setYRange(0, highest * 1.05, padding=0)
        self.curve.setData(seconds, values, connect="finite")
