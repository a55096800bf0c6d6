"""Histogram and waveform as graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor

from latentsync_studio.ui.scopes.light_work import LEVELS

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.ui.scopes.light_work import Light
    from latentsync_studio.ui.theme.colors import Theme

AXIS = 34
TICKS = (0, 64, 128, 192, 255)
INKS = ("text", "failed", "ready", "passed")  # colors of luma, red, green, blue
_STYLES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
)


class _Graph(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """A graph that nobody zooms."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, enableMenu=False)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hideButtons()
        box = self.getViewBox()
        box.setMouseEnabled(x=False, y=False)
        box.disableAutoRange()
        box.setDefaultPadding(0)
        self.setMinimumSize(120, 90)

    def use_theme(self, theme: Theme) -> None:
        """Take the colors of a theme."""
        self.setBackground(theme.base)
        for name in ("left", "bottom"):
            self.getAxis(name).setPen(theme.border)
            self.getAxis(name).setTextPen(theme.dim_text)

    @property
    def fine(self) -> int:
        """Px of the screen of a thin line: as thick on fine screens as on others."""
        return max(1, round(float(self.devicePixelRatioF())))

    def scaled(self, name: str) -> None:
        """Label an axis with levels."""
        self.getAxis(name).setTicks([[(level, str(level)) for level in TICKS], []])


class Histogram(_Graph):
    """How many pixels there are of each level; the root of the share, so that few are seen too."""

    def __init__(self, names: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(names[0], parent)
        self.hideAxis("left")
        self.scaled("bottom")
        self.curves = [pg.PlotCurveItem(antialias=False) for _ in INKS]
        self._names = names[1:]
        self.legend = self.addLegend(offset=(-6, 4), verSpacing=-6)
        for curve in self.curves:
            self.addItem(curve, ignoreBounds=True)
        self.setXRange(0, LEVELS - 1, padding=0.04)
        self.setYRange(0, 1, padding=0.01)

    def use_theme(self, theme: Theme) -> None:
        super().use_theme(theme)
        self.legend.setLabelTextColor(theme.text)
        for curve, ink, style in zip(self.curves, INKS, _STYLES, strict=True):
            curve.setPen(pg.mkPen(theme.color(ink), width=self.fine, style=style))
        faint = QColor(theme.text)
        faint.setAlpha(46)
        self.curves[0].setBrush(faint)
        self.curves[0].setFillLevel(0)
        self.legend.clear()  # names keep the color that they were written in
        for curve, name in zip(self.curves, self._names, strict=True):
            self.legend.addItem(curve, name)

    def show_light(self, light: Light) -> None:
        """Show the shares, the greatest at the top."""
        inner = light.histogram[:, 1:-1]  # clipped pixels would make the rest invisible
        top = max(1e-6, float(inner.max()))
        heights = np.sqrt(np.clip(light.histogram / top, 0.0, 1.0))
        levels = np.arange(LEVELS)
        for curve, height in zip(self.curves, heights, strict=True):
            curve.setData(levels, height)


class Waveform(_Graph):
    """The levels of each column, darkest at the bottom; of a parade red, green, blue."""

    def __init__(self, name: str, letters: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.hideAxis("bottom")
        self.scaled("left")
        self.getAxis("left").setWidth(AXIS)
        self.image = pg.ImageItem(axisOrder="col-major", levels=None)
        self.addItem(self.image, ignoreBounds=True)
        self.lines = [pg.InfiniteLine(level, angle=0) for level in TICKS]
        self.letters: list[Any] = [pg.TextItem(each, anchor=(0, 0)) for each in letters]
        for item in (*self.lines, *self.letters):
            self.addItem(item, ignoreBounds=True)
        for place, letter in enumerate(self.letters):
            letter.setPos(place / 3 + 0.005, LEVELS - 1)
        self.setXRange(0, 1, padding=0)
        self.setYRange(0, LEVELS - 1, padding=0.04)

    def use_theme(self, theme: Theme) -> None:
        super().use_theme(theme)
        faint = theme.color("text")
        faint.setAlpha(50)
        for line in self.lines:
            line.setPen(pg.mkPen(faint, width=self.fine))
        for letter, ink in zip(self.letters, INKS[1:], strict=True):
            letter.setColor(theme.color(ink))

    def show_light(self, light: Light, *, is_parade: bool) -> None:
        """Show the trace."""
        self.image.setImage(light.trace, autoLevels=False)
        self.image.setRect(QRectF(0, -0.5, 1, LEVELS))
        for letter in self.letters:
            letter.setVisible(is_parade)
