"""The takes of the span under the playhead: listed and measured in the background, edited here.

    playhead or document moves on -> list: states, kept measures -> short spans are measured
    a choice, a name, a new take  -> one undo step; what was drawn is shown at once

Listing waits until somebody looks. While a job runs nothing is measured: the job has the machine.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from latentsync_studio.core.errors import NothingToDoError
from latentsync_studio.core.timeline.edits.takes import (
    add_take,
    choose_take,
    release_takes,
    remove_take,
    rename_take,
)
from latentsync_studio.ui.quality.networks import all_networks
from latentsync_studio.ui.takes.around import asked_at, near, stepped
from latentsync_studio.ui.takes.commands import TakeCommands
from latentsync_studio.ui.workers.background import Background
from latentsync_studio.ui.workers.open_takes import OpenTakes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.progress import Progress, ProgressReport
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.model import (
        Clip,
        ClipId,
        Project,
        SequenceId,
        SettingValue,
        TakeId,
    )
    from latentsync_studio.services.quality.weighted import Wanted
    from latentsync_studio.services.takes.listing import TakeList, TakeRow
    from latentsync_studio.services.takes.naming import TakeRef
    from latentsync_studio.services.timeline.requests import SynthesisRequest
    from latentsync_studio.services.timeline.takes import TakeCache
    from latentsync_studio.services.wiring import Services
    from latentsync_studio.ui.workbench import Workbench

SETTLE_MS: Final = 250  # after the last change
SOON_FRAMES: Final = 1500  # of a span whose takes are measured unasked
log = logging.getLogger(__name__)


class TakesController(QObject):
    """Takes of the clip in focus.

    Signals:
        changed(): another list, or none.
        measuring_changed(): measuring begins, goes on or ends.

    Attributes:
        found: the takes of the span, or None.
        problem: why there is no list, or "".
    """

    changed = Signal()
    measuring_changed = Signal()

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._workbench, self._focus = workbench, workbench.focus
        self._own = Background(2, self)  # a long measurement must not hold up the list
        self._box = OpenTakes(workbench.services)
        self.found: TakeList | None = None
        self.problem = ""
        self._mark: tuple[object, ...] = ()  # of what was listed
        self._tried: set[TakeRef] = set()  # measured without a result, until something changes
        self._share: float | None = None  # of measuring, 0..1
        self._is_seen = self._is_closed = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self.look)
        workbench.store.changed.connect(self._on_changed)
        workbench.session.sequence_changed.connect(self._on_place)
        self._focus.changed.connect(self._on_place)
        self._focus.moved.connect(self._on_place)
        workbench.session.playing_changed.connect(self._on_place)
        workbench.jobs.job_done.connect(self._on_drawn)
        workbench.jobs.job_failed.connect(self._on_drawn)
        workbench.jobs.jobs_changed.connect(self._on_jobs)
        self.commands = TakeCommands(workbench, self)

    # ---- what is known ------------------------------------------------------------------

    @property
    def clip(self) -> Clip | None:
        """The clip in focus."""
        return self._focus.clip

    @property
    def measuring(self) -> float | None:
        """How far measuring is, 0..1; None: nothing is measured."""
        return self._share

    @property
    def is_settled(self) -> bool:
        """Whether the list is up to date and nothing is measured."""
        return not (self._timer.isActive() or self._own.pending)

    @property
    def box(self) -> OpenTakes:
        """Opened takes, for other work on threads about takes."""
        return self._box

    def be_seen(self, seen: bool) -> None:
        """Note whether anybody looks at the list."""
        self._is_seen = seen
        if seen:
            self._on_place()

    def drawn(self) -> tuple[TakeRow, ...]:
        """Takes that can be measured."""
        rows = () if self.found is None else self.found.rows
        return tuple(row for row in rows if row.state == "ready")

    def unmeasured(self) -> tuple[TakeRow, ...]:
        """Takes that are drawn and of which nothing was measured."""
        if self.found is None:
            return ()
        ranks = [standing.rank for standing in self.found.measures.standings]
        return tuple(
            row
            for row, rank in zip(self.found.rows, ranks, strict=True)
            if row.state == "ready" and not rank
        )

    # ---- edits --------------------------------------------------------------------------

    def add(
        self,
        clip: ClipId,
        frames: FrameRange,
        values: dict[str, SettingValue],
        *,
        name: str = "",
        preset: str = "",
    ) -> bool:
        """Keep a further take; it is chosen."""
        return self._workbench.store.edit(
            self.tr("New take"),
            lambda p: add_take(p, clip, values, frames, name=name, preset=preset),
        )

    def choose(self, row: TakeRow) -> None:
        """Let a take hold on its span; nothing is drawn for it."""
        ref, label = row.ref, self.tr("Choose take")
        if ref.take:
            self._edit(label, lambda p: choose_take(p, ref.clip, ref.take))
        else:
            self._edit(label, lambda p: release_takes(p, ref.clip, ref.frames))

    def rename(self, row: TakeRow, name: str) -> None:
        """Give a take another name."""
        ref = row.ref
        if ref.take and name.strip() != row.name:
            self._edit(self.tr("Rename take"), lambda p: rename_take(p, ref.clip, ref.take, name))

    def remove(self, row: TakeRow) -> None:
        """Forget a take; what was drawn of it stays until room is needed."""
        ref = row.ref
        if ref.take:
            self._edit(self.tr("Remove take"), lambda p: remove_take(p, ref.clip, ref.take))

    def duplicate(self, row: TakeRow) -> None:
        """Keep the same again with a seed that no take of the clip has."""
        from latentsync_studio.services.takes.making import add_seeded_take, clip_of

        ref = row.ref

        def change(project: Project) -> Project:
            clip = clip_of(project, ref.sequence, ref.clip)
            return add_seeded_take(project, clip, ref.frames, like=ref)

        self._edit(self.tr("Take with another seed"), change)

    def step(self, by: int) -> None:
        """Choose the next take of the span under the playhead, or the one before (-1)."""
        clip, frame = self.clip, self._focus.frame
        wish = None if clip is None or frame is None else stepped(clip, frame, by)
        if clip is None or wish is None:
            self._workbench.tell(self.tr("No take lies under the playhead."))
            return
        span, take = wish
        label, where = self.tr("Choose take"), clip.id
        if take is None:
            self._edit(label, lambda p: release_takes(p, where, span))
        else:
            self._edit(label, lambda p: choose_take(p, where, take.id))

    def synthesize(self, row: TakeRow) -> None:
        """Put what is missing of a take into the queue."""
        ref = row.ref
        self._enqueue(row.name, (ref.sequence, ref.clip, ref.take, ref.frames))

    def synthesize_last(self, clip: ClipId) -> None:
        """The same for the take of a clip that was made last."""
        sequence, found = self._workbench.session.sequence, self.clip
        if sequence is not None and found is not None and found.id == clip and found.takes:
            take = found.takes[-1]
            self._enqueue(take.name, (sequence.id, clip, take.id, take.frames))

    def _enqueue(self, name: str, where: tuple[SequenceId, ClipId, TakeId, FrameRange]) -> None:
        """Look what speaks against it, as before every synthesis; then it is a job."""
        jobs, title = self._workbench.jobs, self.tr("Synthesize take {0}").format(name)

        def make(project: Project) -> SynthesisRequest:
            from latentsync_studio.services.takes.making import synthesis_of
            from latentsync_studio.services.takes.naming import TakeRef

            return synthesis_of(project, [TakeRef(*where)])[0]

        def go() -> None:
            project = self._workbench.store.project
            jobs.enqueue(lambda: make(project), title)

        jobs.commands.gate.before_request(make, go)

    def _edit(self, label: str, change: Callable[[Project], Project]) -> bool:
        return self._workbench.store.edit(label, change)

    # ---- listing ------------------------------------------------------------------------

    def look(self) -> None:
        """List the takes anew."""
        clip, sequence = self.clip, self._workbench.session.sequence
        if self._is_closed or not self._is_seen:
            return
        self._mark = self._place()
        if clip is None or sequence is None:
            self._own.cancel("list")
            self._show(None, "")
            return
        project, services, box = self._workbench.store.project, self._workbench.services, self._box
        frame, where, wanted = near(clip, self._focus.near_frame), sequence.id, clip.id

        def work(progress: Progress) -> TakeList:
            return listed(project, (where, wanted, frame), (services, box.opened()), progress)

        self._own.submit(work, self._on_listed, self._on_unlisted, key="list")

    def _on_listed(self, found: TakeList) -> None:
        self._show(found, "")
        is_short = len(found.frames) <= SOON_FRAMES
        if is_short and any(row.ref not in self._tried for row in self.unmeasured()):
            self.measure()

    def _on_unlisted(self, error: StudioError) -> None:
        self._show(None, f"{error} {error.remedy}".strip())

    def _show(self, found: TakeList | None, problem: str) -> None:
        if self._is_closed:
            return
        self.found, self.problem = found, problem
        self.changed.emit()

    def _place(self) -> tuple[object, ...]:
        """What of playhead and document the list depends on, as far as it is cheap to tell."""
        clip, sequence = self.clip, self._workbench.session.sequence
        if clip is None or sequence is None:
            return ()
        spans = asked_at(clip, near(clip, self._focus.near_frame))
        return sequence.id, clip, spans

    # ---- measuring ----------------------------------------------------------------------

    def measure(self, *, networks: bool = False) -> None:
        """Measure the takes that are drawn, one after another; with networks the known ones too."""
        rows = self.drawn() if networks else self.unmeasured()
        if not rows or self._share is not None or self._workbench.jobs.running is not None:
            return
        refs, project = [row.ref for row in rows], self._workbench.store.project
        services, box = self._workbench.services, self._box
        self._tried.update(refs)
        self._share, home = 0.0, self._workbench.home

        def work(progress: Progress) -> tuple[str, ...]:
            wanted = all_networks(home) if networks else None
            return _measure_all(project, refs, (services, box.opened()), wanted, progress)

        self._own.submit(
            work, self._on_measured, self._on_unmeasured, key="measure", told=self._on_progress
        )
        self.measuring_changed.emit()

    def stop(self) -> None:
        """Measure no further."""
        self._own.cancel("measure")
        self._share = None
        self.measuring_changed.emit()

    def _on_progress(self, report: ProgressReport) -> None:
        if self._share is not None and report.total:
            self._share = report.done / report.total
            self.measuring_changed.emit()

    def _on_measured(self, notes: tuple[str, ...]) -> None:
        self._share = None
        if notes:
            self._workbench.tell("\n".join(notes), "warning")
        self.measuring_changed.emit()
        self._timer.start()

    def _on_unmeasured(self, error: StudioError) -> None:
        self._share = None
        self._workbench.tell_error(error)
        self.measuring_changed.emit()

    # ---- what happens -------------------------------------------------------------------

    def _on_changed(self, before: Project, after: Project) -> None:
        pairs = (
            (before.sequences, after.sequences),
            (before.media, after.media),
            (before.settings, after.settings),
        )
        if any(old is not new for old, new in pairs):
            self._tried.clear()
            self._timer.start()

    def _on_place(self, *_: object) -> None:
        """Another span is under the playhead; while it plays that is of no matter."""
        is_playing = self._workbench.session.is_playing
        if self._is_seen and not is_playing and self._place() != self._mark:
            self._timer.start()

    def _on_drawn(self, *_: object) -> None:
        self._tried.clear()
        self._timer.start()

    def _on_jobs(self) -> None:
        """A job has the machine for itself; what it interrupted is measured after it."""
        if self._workbench.jobs.running is not None and self._share is not None:
            self.stop()
            self._tried.clear()

    def close(self) -> None:
        """Stop everything that runs, also what is open."""
        self._is_closed = True
        self.commands.close()
        self._timer.stop()
        self._own.close()
        self._box.clear()


def listed(
    project: Project,
    where: tuple[SequenceId, ClipId, int],
    tools: tuple[Services, TakeCache],
    progress: Progress,
) -> TakeList:
    """The takes of the span at a frame of a clip's medium; on a worker's thread."""
    from latentsync_studio.services.takes.listing import list_takes
    from latentsync_studio.services.takes.making import clip_of
    from latentsync_studio.services.takes.measuring import kept_measures
    from latentsync_studio.services.takes.naming import span_at

    (sequence, clip_id, frame), (services, takes) = where, tools
    clip = clip_of(project, sequence, clip_id)
    span = span_at(clip, frame) or clip.source
    kept = kept_measures(services, takes, progress)
    return list_takes(project, (sequence, clip_id, span), services, takes, progress, kept)


def _measure_all(
    project: Project,
    refs: Sequence[TakeRef],
    tools: tuple[Services, TakeCache],
    wanted: Wanted | None,
    progress: Progress,
) -> tuple[str, ...]:
    """Why networks could not measure, each reason once."""
    from latentsync_studio.services.takes.measuring import kept_measures, measure_take

    kept, notes = kept_measures(*tools, progress), dict[str, None]()
    for ref in refs:
        try:
            found = measure_take(project, ref, *tools, progress, wanted=wanted)
        except NothingToDoError as error:
            log.info("nothing to measure: %s", error)
            continue
        before = None if wanted is None else kept(project, ref)
        notes |= dict.fromkeys(found.notes[len(before.notes) :] if before is not None else ())
    return tuple(notes)
