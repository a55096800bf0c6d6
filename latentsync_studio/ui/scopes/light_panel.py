"""The panel of scopes: where the light of the picture under the playhead lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize, QTimer
from PySide6.QtWidgets import QComboBox

from latentsync_studio.ui.scopes.light_work import Inks, Light, light_of
from latentsync_studio.ui.scopes.scope_panel import ScopePanel, numbers_of
from latentsync_studio.ui.widgets.elided_label import ElidedLabel
from latentsync_studio.ui.workers.background import Background

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QColor

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.tables_out import Table
    from latentsync_studio.ui.scopes.light_graphs import Histogram, Waveform
    from latentsync_studio.ui.workbench import Workbench

APART_MS = 66  # between two looks while it plays


class LightPanel(ScopePanel):
    """Histogram and waveform of the source or the result."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench, "scopes", "")
        self.setAccessibleName(self.tr("Scopes"))
        self._playback = workbench.playback
        self._own = Background(1, self)  # thumbnails must not wait for it, nor it for them
        self._is_busy = self._is_due = False
        self.light: Light | None = None
        self.histogram: Histogram | None = None
        self.waveform: Waveform | None = None
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(APART_MS)
        self._again.timeout.connect(self._on_again)
        self.side = QComboBox(self.bar)
        self.side.setAccessibleName(self.tr("Picture that is looked at"))
        self.side.addItem(self.tr("Result"), "result")
        self.side.addItem(self.tr("Source"), "source")
        self.mode = QComboBox(self.bar)
        self.mode.setAccessibleName(self.tr("Kind of waveform"))
        self.mode.addItem(self.tr("Luma"), "luma")
        self.mode.addItem(self.tr("RGB parade"), "parade")
        for box in (self.side, self.mode):
            box.setToolTip(box.accessibleName())
            box.currentIndexChanged.connect(self.refresh)
        self.figures = ElidedLabel(self)
        self.figures.setContentsMargins(8, 2, 8, 2)
        self.figures.setAccessibleName(self.tr("Figures of the picture"))
        self.finish_bar(self.side, self.mode)
        layout = self.layout()
        if layout is not None:
            layout.addWidget(self.figures)
        self._playback.shown.connect(self.refresh)
        workbench.look.changed.connect(self._on_look)
        self.tell(self.tr("No picture."))

    def make(self) -> None:
        from latentsync_studio.ui.scopes.light_graphs import Histogram, Waveform

        names = (
            self.tr("Histogram"),
            self.tr("luma"),
            self.tr("red"),
            self.tr("green"),
            self.tr("blue"),
        )
        letters = (self.tr("R"), self.tr("G"), self.tr("B"))
        self.histogram = Histogram(names, self)
        self.waveform = Waveform(self.tr("Waveform of the picture"), letters, self)
        self.body.addWidget(self.histogram, 2)
        self.body.addWidget(self.waveform, 3)
        self._on_look()

    def seen_changed(self) -> None:
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Look at the newest picture, as soon as the last one was looked at."""
        if not self.is_seen or self.waveform is None:
            return
        shown = self._playback.pictures.current
        side, mode = self.side.currentData(), self.mode.currentData()
        picture = None if shown is None else getattr(shown, side)
        if shown is None or picture is None:
            self.light = None
            self.figures.setText("")
            self.tell(self.tr("No picture."))
            return
        if self._is_busy:
            self._is_due = True
            return
        self._is_busy, self._is_due = True, False
        inks, frame = self._inks(), shown.frame

        def work(_progress: Progress) -> Light:
            return light_of(picture, frame, side, mode, inks)

        self._own.submit(work, self._on_light, lambda _error: self._again.start())
        self._again.start()

    def _on_light(self, light: Light) -> None:
        self.light = light
        if self.waveform is None or self.histogram is None:
            return
        self.tell("")
        self.histogram.show_light(light)
        self.waveform.show_light(light, is_parade=self.mode.currentData() == "parade")
        text = self.tr("mean {0:.0f} of 255, {1:.1f} % black, {2:.1f} % white").format(
            light.mean, light.dark * 100, light.bright * 100
        )
        self.figures.setText(text)
        self.waveform.setAccessibleDescription(text)
        if not self._again.isActive():
            self._on_again()

    def _on_again(self) -> None:
        """Long enough after the last look; where that still goes on, its end comes here again."""
        if self._own.pending:
            return
        self._is_busy = False
        if self._is_due:
            self.refresh()

    def _inks(self) -> Inks:
        theme = self._workbench.look.theme
        return Inks(
            ground=_rgb(theme.color("base")),
            luma=_rgb(theme.color("text")),
            channels=tuple(_rgb(theme.color(name)) for name in ("failed", "ready", "passed")),
        )

    def _on_look(self) -> None:
        if self.histogram is not None and self.waveform is not None:
            self.histogram.use_theme(self._workbench.look.theme)
            self.waveform.use_theme(self._workbench.look.theme)
            self.refresh()

    def export_table(self) -> Callable[[], Table]:
        light = self.light

        def make() -> Table:
            counts = light.histogram if light is not None else np.full((4, 256), np.nan)
            titles = ("level", "luma", "red", "green", "blue")
            about = {"frame": light.frame, "picture": light.side} if light is not None else {}
            return numbers_of(titles, (np.arange(256), *counts), **about)

        return make

    def close_panel(self) -> None:
        super().close_panel()
        self._again.stop()
        self._own.close()

    def sizeHint(self) -> QSize:
        return QSize(320, 420)


def _rgb(color: QColor) -> tuple[int, int, int]:
    return color.red(), color.green(), color.blue()
