"""The line at the bottom: what runs in the background, where engines run, memory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psutil
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QStatusBar

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.ui.workbench import Workbench

MEMORY_EVERY_MS = 2000
_MIB = 1024**2


class StatusBar(QStatusBar):
    """Facts that change by themselves; commands say what they do through `showMessage`."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._process = psutil.Process()
        self._work = QLabel(self)
        self._device = QLabel(self)
        self._memory = QLabel(self)
        for label, name in (
            (self._work, self.tr("Work in the background")),
            (self._device, self.tr("Device that engines run on")),
            (self._memory, self.tr("Memory of this program")),
        ):
            label.setAccessibleName(name)
            label.setContentsMargins(8, 0, 8, 0)
            self.addPermanentWidget(label)
        self._device.setText(self.tr("CPU, {0} cores").format(os.cpu_count() or 1))
        self._device.setToolTip(self.tr("The engine mouthbank runs on the processor."))
        self._timer = QTimer(self)
        self._timer.setInterval(MEMORY_EVERY_MS)
        self._timer.timeout.connect(self._show_memory)
        workbench.background.idle_changed.connect(self._show_work)
        self._show_work(0)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_memory()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)

    def _show_work(self, pending: int) -> None:
        self._work.setText(self.tr("{0} in background").format(pending) if pending else "")

    def _show_memory(self) -> None:
        used = self._process.memory_info().rss / _MIB
        free = psutil.virtual_memory().available / _MIB / 1024
        self._memory.setText(self.tr("Memory {0:.0f} MiB, {1:.1f} GiB free").format(used, free))
