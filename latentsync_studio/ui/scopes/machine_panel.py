"""The performance dashboard: what the machine and the queue do, a look a second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from latentsync_studio.ui.scopes.machine_numbers import ROWS, History, Work
from latentsync_studio.ui.scopes.machine_words import reading, titles
from latentsync_studio.ui.scopes.scope_panel import ScopePanel, numbers_of
from latentsync_studio.ui.workers.background import Background

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.machine import MachineNow, MachineWatch
    from latentsync_studio.services.tables_out import Table
    from latentsync_studio.ui.scopes.spark import Spark
    from latentsync_studio.ui.workbench import Workbench

EVERY_MS = 1000
GPU = "gpu_percent"  # the row that says why there is no GPU


class MachinePanel(ScopePanel):
    """Looks while it is seen or a job runs; on a thread of its own."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench, "machine", "")
        self.setAccessibleName(self.tr("Performance"))
        self.history = History()
        self._own = Background(1, self)
        self._watch = _Watch(workbench)
        self._is_looking = False
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._sparks: dict[str, Spark] = {}
        self._texts: dict[str, QLabel] = {}
        self.stages = QLabel(self)
        self.stages.setWordWrap(True)
        self.stages.setTextFormat(Qt.TextFormat.PlainText)
        self.stages.setAccessibleName(self.tr("Seconds of each stage of the job"))
        self.finish_bar()
        workbench.jobs.jobs_changed.connect(self._on_jobs)
        workbench.jobs.progressed.connect(self._on_progress)
        workbench.look.changed.connect(self._on_look)

    def make(self) -> None:
        from latentsync_studio.ui.scopes.spark import Spark

        inner = QWidget(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(8, 4, 8, 8)
        column.setSpacing(2)
        for row in ROWS:
            name = titles()[row.id]
            text = self._texts[row.id] = QLabel(name, inner)
            text.setTextFormat(Qt.TextFormat.PlainText)
            text.setWordWrap(True)
            spark = self._sparks[row.id] = Spark(name, inner)
            column.addWidget(text)
            column.addWidget(spark)
            column.addSpacing(4)
        column.addWidget(self.stages)
        column.addStretch(1)
        area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        area.setAccessibleName(self.tr("Performance"))
        self.body.addWidget(area)
        self._on_look()

    def seen_changed(self) -> None:
        self._run()
        if self.is_seen:
            self._show()

    def look(self) -> None:
        """Look at the machine, unless that still goes on."""
        if self._is_looking:
            return
        self._is_looking = True
        watch = self._watch

        def work(_progress: Progress) -> MachineNow:
            return watch.opened().look()

        self._own.submit(work, self._on_seen, self._on_unseen)

    def _on_seen(self, now: MachineNow) -> None:
        self._is_looking = False
        self.history.add(now, self._work())
        if self.is_seen:
            self._show()

    def _on_unseen(self, _error: object) -> None:
        self._is_looking = False  # the next look may do better

    def _work(self) -> Work:
        jobs = self._workbench.jobs
        live = jobs.live(jobs.running) if jobs.running else None
        queued = sum(job.state == "queued" for job in jobs.jobs())
        if live is None:
            return Work(queued)
        rate = live.rate if live.unit == "frames" else None
        return Work(queued, rate, live.stage)

    def _run(self) -> None:
        """Look again and again as long as anybody wants to know."""
        is_wanted = self.is_made and (self.is_seen or self._workbench.jobs.running is not None)
        if is_wanted and not self._timer.isActive():
            self._timer.start()
            self.look()
        elif not is_wanted:
            self._timer.stop()

    def _on_jobs(self) -> None:
        if self._workbench.jobs.running is None:
            self.history.stage("", "", time.monotonic())
        self._run()

    def _on_progress(self, job: str) -> None:
        live = self._workbench.jobs.live(job)
        if live is not None:
            self.history.stage(job, live.stage, time.monotonic())

    def _show(self) -> None:
        newest = self.history.now
        if newest is None:
            return
        seconds, names = self.history.seconds(), titles()
        for row in ROWS:
            if row.id not in self._sparks:
                continue
            values = self.history.values(row)
            words = reading(row.id, *newest)
            self._texts[row.id].setText(f"{names[row.id]}: {words}")
            is_told = bool(newest[0].gpus) or not row.id.startswith("gpu_") or row.id == GPU
            self._texts[row.id].setVisible(is_told)  # once is enough where there is no GPU
            spark = self._sparks[row.id]
            spark.setVisible(bool((values == values).any()))  # noqa: PLR0124 - NaN is not itself
            spark.show_values(seconds, values, row.top)
            spark.setAccessibleDescription(words)
        self.stages.setText(self._stage_words())

    def _stage_words(self) -> str:
        if not self.history.stages:
            return ""
        parts = [f"{name} {seconds:.1f} s" for name, seconds in self.history.stages.items()]
        return self.tr("Stages of the job: {0}").format(", ".join(parts))

    def _on_look(self) -> None:
        for spark in self._sparks.values():
            spark.use_theme(self._workbench.look.theme)

    def export_table(self) -> Callable[[], Table]:
        seconds = self.history.seconds()
        columns = [self.history.values(row) for row in ROWS]
        stages = dict(self.history.stages)

        def make() -> Table:
            titles = ("seconds", *(row.id for row in ROWS))
            return numbers_of(titles, (seconds, *columns), stage_seconds=stages)

        return make

    def close_panel(self) -> None:
        super().close_panel()
        self._timer.stop()
        self._own.close()
        self._watch.close()

    def sizeHint(self) -> QSize:
        return QSize(300, 420)


class _Watch:
    """Opens the watch on the thread that looks."""

    def __init__(self, workbench: Workbench) -> None:
        self._folder = workbench.services.store.root
        self._watch: MachineWatch | None = None

    def opened(self) -> MachineWatch:
        """The watch; made at the first look."""
        if self._watch is None:
            from latentsync_studio.services.machine import MachineWatch

            self._watch = MachineWatch(self._folder)
        return self._watch

    def close(self) -> None:
        """Let go of it once the thread has ended."""
        if self._watch is not None:
            self._watch.close()
            self._watch = None
