"""The line at the bottom: the running job, what runs in the background, device and memory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psutil
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel, QStatusBar, QToolButton

from latentsync_studio.ui.jobs.words import live_progress_words, state_words, title_of

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.ui.workbench import Workbench

MEMORY_EVERY_MS = 2000
_MIB = 1024**2


class StatusBar(QStatusBar):
    """Facts that change by themselves; commands say what they do through `showMessage`.

    Signals:
        jobs_asked(): the user wants to see the jobs.
    """

    jobs_asked = Signal()

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._process = psutil.Process()
        self.job = QToolButton(self)
        self.job.setAutoRaise(True)
        self.job.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.job.setAccessibleName(self.tr("Running job"))
        self.job.setToolTip(self.tr("Shows the jobs"))
        self.job.clicked.connect(self.jobs_asked)
        self.job.hide()
        self.addPermanentWidget(self.job)
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
        self._device.setToolTip(
            self.tr("The engine mouthbank runs on the processor; reports say what others ran on.")
        )
        self._timer = QTimer(self)
        self._timer.setInterval(MEMORY_EVERY_MS)
        self._timer.timeout.connect(self._show_memory)
        workbench.background.idle_changed.connect(self._show_work)
        workbench.jobs.jobs_changed.connect(self._show_job)
        workbench.jobs.progressed.connect(self._show_job)
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

    def _show_job(self, _job_id: str = "") -> None:
        """Tell how far the job of this window is, whatever panel is in front."""
        jobs = self._workbench.jobs
        job = jobs.job(jobs.running) if jobs.running else None
        self.job.setVisible(job is not None)
        if job is None:
            return
        live = jobs.live(job.id)
        done = live_progress_words(live) if live is not None else ""
        text = f"{title_of(job)}: {done}" if done else title_of(job)
        self.job.setText(f"{state_words(job.state).sign} {text}")
        self.job.setAccessibleDescription(text)

    def _show_memory(self) -> None:
        used = self._process.memory_info().rss / _MIB
        free = psutil.virtual_memory().available / _MIB / 1024
        self._memory.setText(self.tr("Memory {0:.0f} MiB, {1:.1f} GiB free").format(used, free))
