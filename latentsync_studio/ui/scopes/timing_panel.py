"""The panel of timing: what the engine needed for each window, and what is reused."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QTimer

from latentsync_studio.core.errors import InputError
from latentsync_studio.ui.scopes.scope_panel import ScopePanel, numbers_of
from latentsync_studio.ui.scopes.time_link import TimeLink
from latentsync_studio.ui.scopes.timing_strips import sums_of, timing_specs
from latentsync_studio.ui.widgets.elided_label import ElidedLabel
from latentsync_studio.ui.workers.background import Background
from latentsync_studio.ui.workers.open_takes import OpenTakes

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import ClipId, Project, SequenceId
    from latentsync_studio.services.tables_out import Table
    from latentsync_studio.services.timeline.takes import TakeCache
    from latentsync_studio.services.timeline.timing import WindowTime
    from latentsync_studio.ui.scopes.lines import StripSpec
    from latentsync_studio.ui.scopes.strip_rows import StripRows
    from latentsync_studio.ui.workbench import Workbench

SETTLE_MS = 400
log = logging.getLogger(__name__)


class _Asked(NamedTuple):
    """Whose windows are looked up, and how they are told."""

    project: Project
    sequence: SequenceId
    clips: tuple[ClipId, ...]
    stop: int
    since: float
    words: dict[str, str]


class _Found(NamedTuple):
    windows: tuple[WindowTime, ...]
    specs: tuple[StripSpec, ...]


class TimingPanel(ScopePanel):
    """Seconds of windows along the timeline."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench, "timing", "")
        self.setAccessibleName(self.tr("Timing"))
        self.link = TimeLink(workbench, self)
        self.rows: StripRows | None = None
        self.windows: tuple[WindowTime, ...] = ()
        self._own = Background(1, self)  # with takes of its own, for its thread alone
        self._takes = OpenTakes(workbench.services)
        self._since, self._job = 0.0, ""  # when the last job began, and which one it is
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self.look)
        self.sums = ElidedLabel(self)
        self.sums.setContentsMargins(8, 2, 8, 2)
        self.sums.setAccessibleName(self.tr("Windows in numbers"))
        self.finish_bar()
        layout = self.layout()
        if layout is not None:
            layout.addWidget(self.sums)
        workbench.spans.changed.connect(self._later)
        workbench.session.sequence_changed.connect(self._later)
        workbench.jobs.job_done.connect(self._later)
        workbench.jobs.jobs_changed.connect(self._on_jobs)
        self.tell(self._why_nothing())

    def make(self) -> None:
        from latentsync_studio.ui.scopes.strip_rows import StripRows

        self.rows = StripRows(self.link, self._workbench.look, self)
        self.body.addWidget(self.rows)
        self.tell(self._why_nothing())

    def seen_changed(self) -> None:
        if self.rows is not None:
            self.rows.be_seen(self.is_seen)
        if self.is_seen:
            self._timer.start()

    def look(self) -> None:
        """Look up the windows of all driven clips, on the panel's own thread."""
        sequence = self._workbench.session.sequence
        if not self.is_seen or sequence is None or self.rows is None:
            return
        spans = self._workbench.spans
        clips = tuple(
            clip.id
            for track in sequence.tracks
            if track.kind == "video"
            for clip in track.clips
            if spans.spans_of(clip.id)
        )
        asked = _Asked(
            self._workbench.store.project,
            sequence.id,
            clips,
            self.link.stop,
            self._since,
            self._words(),
        )
        takes = self._takes

        def work(progress: Progress) -> _Found:
            return _looked_up(asked, takes.opened(), progress)

        self._own.submit(work, self._on_found, self._on_failed, key="timing")
        if not self.windows and clips:
            self.tell(self.tr("Looking..."))

    def _on_found(self, found: _Found) -> None:
        self.windows = found.windows
        self.tell("" if found.windows else self._why_nothing())
        self._show_sums()
        if self.rows is not None and found.windows:
            self.rows.show_specs(found.specs)

    def _on_failed(self, error: object) -> None:
        self.windows = ()
        self.tell(str(error))

    def _show_sums(self) -> None:
        sums = sums_of(self.windows, self._since)
        parts = [
            self.tr("{0} of {1} windows stored").format(sums.stored, sums.windows),
            self.tr("{0} by the last job, {1} reused").format(
                sums.drawn_last, sums.stored - sums.drawn_last
            ),
        ]
        if not np.isnan(sums.median):
            parts.append(
                self.tr("{0:.2f} s a window, {1:.1f} frames/s, {2:.1f} s in all").format(
                    sums.median, sums.frames_per_second, sums.seconds
                )
            )
        if sums.slowest is not None:
            label = self.link.clock.label(sums.slowest.frames.start)
            parts.append(self.tr("slowest {0:.2f} s at {1}").format(sums.slowest.seconds, label))
        self.sums.setText(" \N{MIDDLE DOT} ".join(parts) if self.windows else "")
        self.sums.setToolTip("\n".join(parts))

    def _later(self, *_: object) -> None:
        if self.is_seen:
            self._timer.start()

    def _on_jobs(self) -> None:
        """Note when the newest job began: what it draws is new, the rest is reused."""
        running = self._workbench.jobs.running or ""
        if running and running != self._job:
            self._since = time.time()
        self._job = running
        self._later()

    def _why_nothing(self) -> str:
        return self.tr("Nothing is synthesized yet: what windows took is seen here after that.")

    def _words(self) -> dict[str, str]:
        return {
            "seconds": self.tr("Seconds a window"),
            "rate": self.tr("Frames a second"),
            "rate_unit": self.tr("frames/s"),
            "drawn": self.tr("drawn by the last job"),
            "reused": self.tr("reused"),
            "missing": self.tr("not drawn"),
            "unknown": self.tr("time unknown"),
            "nothing": self.tr("passes through"),
            "tip": self.tr("Time of the engine alone; several windows may be drawn at once."),
            "rate_tip": self.tr("Frames of a window over the engine's seconds for it."),
        }

    def export_table(self) -> Callable[[], Table]:
        windows, since = self.windows, self._since

        def make() -> Table:
            titles = ("start", "stop", "seconds", "stored", "drawn_by_last_job", "engine")
            rows = [
                (
                    each.frames.start,
                    each.frames.stop,
                    each.seconds,
                    int(each.is_stored),
                    int(bool(since) and each.at >= since),
                    each.engine,
                )
                for each in windows
            ]
            columns = tuple(zip(*rows, strict=True)) if rows else ((),) * len(titles)
            sums = sums_of(windows, since)
            return numbers_of(titles, columns, windows=sums.windows, stored=sums.stored)

        return make

    def close_panel(self) -> None:
        super().close_panel()
        self._timer.stop()
        self.link.close()
        self._own.close()
        self._takes.clear()


def _looked_up(asked: _Asked, takes: TakeCache, progress: Progress) -> _Found:
    from latentsync_studio.services.timeline.timing import window_times

    found: list[WindowTime] = []
    for clip in asked.clips:
        try:
            found += window_times(asked.project, asked.sequence, clip, takes, progress)
        except InputError as error:  # offline; the timeline says so
            log.info("windows of %s: %s", clip, error)
    windows = tuple(sorted(found, key=lambda each: (each.frames.start, each.frames.stop)))
    return _Found(windows, timing_specs(windows, asked.stop, asked.since, asked.words))
