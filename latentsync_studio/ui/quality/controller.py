"""Which quality the clips of the shown sequence have, measured in the background.

    clips were drawn  ->  the store is asked  ->  unknown: composed and measured, one after another
    something changed ->  what was known is out of date until it is measured again

Nothing is drawn for it. While a job runs nothing is measured: the job has the machine.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from latentsync_studio.core.errors import InputError, NothingToDoError
from latentsync_studio.core.quality.laid import Laid
from latentsync_studio.core.timeline.edits.accepting import accept, reconsider
from latentsync_studio.core.timeline.edits.clips import settings_of
from latentsync_studio.ui.quality.findings import Finding, Known, findings_of
from latentsync_studio.ui.quality.networks import all_networks
from latentsync_studio.ui.timeline.spans import driven, same_mark
from latentsync_studio.ui.workers.background import Background
from latentsync_studio.ui.workers.open_takes import OpenTakes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.progress import Progress, ProgressReport
    from latentsync_studio.core.quality.gate import Limits
    from latentsync_studio.core.timeline.model import Clip, ClipId, Project, SequenceId
    from latentsync_studio.services.timeline.takes import TakeCache
    from latentsync_studio.services.wiring import Services
    from latentsync_studio.ui.timeline.spans import Mark
    from latentsync_studio.ui.workbench import Workbench

SETTLE_MS = 700  # after the last change
SOON_FRAMES = 1500  # of a clip that is measured again after every change, unasked
log = logging.getLogger(__name__)


class Measuring(NamedTuple):
    """What is measured now.

    Attributes:
        clip: which.
        done: frames of it.
        total: frames; 0 while unknown.
        waiting: clips that come after it.
    """

    clip: ClipId
    done: int
    total: int
    waiting: int


class QualityController(QObject):
    """What was measured of every driven clip of the shown sequence.

    Signals:
        changed(): something else is known, out of date or accepted.
        measuring_changed(): a clip is begun, goes on, ends; or it waits.
        measured(clip id): what its picture is worth is in the store now.
    """

    changed = Signal()
    measuring_changed = Signal()
    measured = Signal(str)

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._workbench = workbench
        self._own = Background(2, self)  # a long clip must not hold up the other clips' small work
        self._takes = OpenTakes(workbench.services)
        self._known: dict[ClipId, Known] = {}
        self._marks: dict[ClipId, Mark] = {}
        self._queue: list[ClipId] = []
        self._networks: set[ClipId] = set()  # of the queue, those that networks look at too
        self._now: Measuring | None = None
        self._laid: tuple[Laid, ...] = ()
        self._is_laid = self._is_closed = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self.look)
        workbench.store.changed.connect(self._on_changed)
        workbench.session.sequence_changed.connect(self._on_sequence)
        workbench.spans.changed.connect(self._on_spans)
        workbench.jobs.jobs_changed.connect(self._on_jobs)
        workbench.jobs.job_done.connect(self._on_job_done)
        workbench.actions.bind("clip.measure", self.measure_selected)
        workbench.actions.bind("attention.next", lambda: self.step(1))
        workbench.actions.bind("attention.previous", lambda: self.step(-1))

    # ---- what is known ------------------------------------------------------------------

    @property
    def measuring(self) -> Measuring | None:
        """What is measured now; None: nothing."""
        return self._now

    @property
    def waiting(self) -> int:
        """Clips that will be measured as soon as no job runs."""
        return len(self._queue)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is looked up or measured."""
        return not (self._timer.isActive() or self._own.pending or self._queue)

    def known_of(self, clip: ClipId) -> Known | None:
        """What was measured of a clip of the shown sequence."""
        return self._known.get(clip)

    def laid(self) -> tuple[Laid, ...]:
        """All of it on the sequence, from the lowest track on; the same object until it changes."""
        if not self._is_laid:
            laid = tuple(
                Laid(
                    known.quality,
                    clip.start + known.quality.frames.start - clip.source.start,
                    clip.placed,
                )
                for clip in self._pictures()
                if (known := self._known.get(clip.id)) is not None
            )
            self._laid = self._laid if laid == self._laid else laid
            self._is_laid = True
        return self._laid

    def findings(self) -> tuple[Finding, ...]:
        """All findings of the shown sequence, accepted ones too, in the order of their frames."""
        found = [
            finding
            for clip in self._pictures()
            if (known := self._known.get(clip.id)) is not None
            for finding in findings_of(clip, known)
        ]
        found.sort(key=lambda each: (each.placed.start, each.placed.stop, each.attention.measure))
        return tuple(found)

    def unmeasured(self) -> tuple[ClipId, ...]:
        """Clips with something drawn whose present picture was not measured."""
        return tuple(
            clip.id
            for clip in self._pictures()
            if self._is_drawn(clip.id)
            and not ((known := self._known.get(clip.id)) is not None and known.is_current)
        )

    # ---- what can be done ---------------------------------------------------------------

    def measure(self, clips: Iterable[ClipId] | None = None, *, networks: bool = False) -> None:
        """Measure clips, or all whose present picture was not measured."""
        wanted = list(self.unmeasured() if clips is None else clips)
        self._networks |= set(wanted) if networks else set()
        self._queue += [clip for clip in wanted if clip not in self._queue]
        self._next()
        self.measuring_changed.emit()

    def measure_selected(self, *, networks: bool = False) -> None:
        """Measure the selected clips that are drawn; without a selection all of the sequence."""
        chosen = self._workbench.session.clips
        drawn = [
            clip.id
            for clip in self._pictures()
            if self._is_drawn(clip.id) and (not chosen or clip.id in chosen)
        ]
        if drawn:
            self.measure(drawn, networks=networks)
        else:
            self._workbench.tell(self.tr("Nothing is synthesized yet that could be measured."))

    def stop(self) -> None:
        """Measure no further."""
        self._queue.clear()
        self._networks.clear()
        self._own.cancel("measure")
        self._now = None
        self.measuring_changed.emit()

    def accept(self, finding: Finding) -> None:
        """Find a span good enough; one undo step, kept in the project."""
        clip, name = finding.clip.id, finding.attention.id
        self._workbench.store.edit(self.tr("Accept span"), lambda p: accept(p, clip, [name]))

    def reconsider(self, finding: Finding) -> None:
        """Let an accepted span count again."""
        clip, name = finding.clip.id, finding.attention.id
        label = self.tr("Reconsider span")
        self._workbench.store.edit(label, lambda p: reconsider(p, clip, [name]))

    def jump(self, finding: Finding) -> None:
        """Put the playhead where a span begins and select its clip."""
        self._workbench.session.select([finding.clip.id])
        self._workbench.playback.go_to(finding.placed.start)

    def step(self, direction: int) -> None:
        """Jump to the next span that needs somebody, or the one before (-1)."""
        here = self._workbench.session.playhead
        found = [each for each in self.findings() if not each.is_accepted]
        later = [each for each in found if (each.placed.start - here) * direction > 0]
        if later:
            self.jump(later[0] if direction > 0 else later[-1])
        else:
            self._workbench.tell(self.tr("No span beyond the playhead needs you."))

    def close(self) -> None:
        """Stop everything that runs."""
        self._is_closed = True
        self._timer.stop()
        self._queue.clear()
        self._own.close()
        self._takes.clear()

    # ---- looking up ---------------------------------------------------------------------

    def look(self) -> None:
        """Ask the store about clips that changed; what it does not know may then be measured."""
        sequence, project = self._workbench.session.sequence, self._workbench.store.project
        if self._is_closed or sequence is None:
            return
        drawn = frozenset(clip.id for clip in self._pictures() if self._is_drawn(clip.id))
        known, services, where = dict(self._marks), self._workbench.services, sequence.id
        box = self._takes

        def work(progress: Progress) -> tuple[dict[ClipId, Mark], dict[ClipId, Known]]:
            wishes = [wish for wish in driven(project, sequence) if wish.clip.id in drawn]
            marks = {wish.clip.id: wish.mark for wish in wishes}
            wanted = [
                wish.clip for wish in wishes if not same_mark(known.get(wish.clip.id), wish.mark)
            ]
            found: dict[ClipId, Known] = {}
            takes = box.opened()
            for clip in wanted:
                progress.check()
                one = _kept(project, where, clip, (services, takes), progress)
                if one is not None:
                    found[clip.id] = one
            return marks, found

        self._own.submit(work, self._on_looked, self._on_failed, key="look")

    def _on_looked(self, answer: tuple[dict[ClipId, Mark], dict[ClipId, Known]]) -> None:
        marks, found = answer
        changed = [
            clip for clip, mark in marks.items() if not same_mark(self._marks.get(clip), mark)
        ]
        there = {clip.id for clip in self._pictures()}
        self._known = {clip: known for clip, known in self._known.items() if clip in there}
        for clip in changed:
            if clip in found:
                self._known[clip] = found[clip]
            elif clip in self._known:
                self._known[clip] = _outdated(self._known[clip])
        self._marks = marks
        self._tell()
        lengths = {clip.id: len(clip.source) for clip in self._pictures()}
        soon = [clip for clip in self.unmeasured() if lengths[clip] <= SOON_FRAMES]
        if soon:
            self.measure(soon)

    # ---- measuring ----------------------------------------------------------------------

    def _next(self) -> None:
        """Begin with the next clip, as it is now."""
        sequence, project = self._workbench.session.sequence, self._workbench.store.project
        is_busy = self._now is not None or self._workbench.jobs.running is not None
        if self._is_closed or is_busy or sequence is None:
            return
        clips = {clip.id: clip for clip in self._pictures()}
        self._queue = [clip for clip in self._queue if clip in clips]
        if not self._queue:
            return
        clip = clips[self._queue.pop(0)]
        services, box, where = self._workbench.services, self._takes, sequence.id
        self._now = Measuring(clip.id, 0, 0, len(self._queue))
        networks, home = clip.id in self._networks, self._workbench.home

        def work(progress: Progress) -> Known:
            from latentsync_studio.services.quality.of_clip import measure_clip

            of, wanted = (project, where, clip.id), all_networks(home) if networks else None
            measured = measure_clip(*of, services, box.opened(), progress, wanted=wanted)
            return Known.of(measured, _limits(project, clip))

        def done(known: Known) -> None:
            self._known[clip.id] = known
            self._networks.discard(clip.id)
            self._ended()
            self.measured.emit(clip.id)

        self._own.submit(work, done, self._on_unmeasured, key="measure", told=self._on_progress)

    def _on_progress(self, report: ProgressReport) -> None:
        if self._now is not None:
            self._now = self._now._replace(
                done=report.done, total=report.total, waiting=len(self._queue)
            )
            self.measuring_changed.emit()

    def _on_unmeasured(self, error: StudioError) -> None:
        if not isinstance(error, NothingToDoError):
            self._workbench.tell_error(error)
        if self._now is not None:
            self._networks.discard(self._now.clip)
        self._ended()

    def _ended(self) -> None:
        self._now = None
        self._tell()
        self._next()
        self.measuring_changed.emit()

    # ---- what happens -------------------------------------------------------------------

    def _on_changed(self, before: Project, after: Project) -> None:
        parts = ((p.sequences, p.media, p.settings) for p in (before, after))
        old, new = parts
        if any(a is not b for a, b in zip(old, new, strict=True)):
            self._timer.start()
            self._tell()  # clips moved, something was accepted

    def _on_sequence(self) -> None:
        self.stop()
        self._known.clear()
        self._marks.clear()
        self._timer.start()
        self._tell()

    def _on_spans(self, clips: frozenset[ClipId]) -> None:
        for clip in clips:
            self._marks.pop(clip, None)
        self._timer.start()

    def _on_job_done(self, _job: str) -> None:
        self._marks.clear()
        self._timer.start()

    def _on_jobs(self) -> None:
        """A job has the machine for itself; what it interrupted begins again after it."""
        if self._workbench.jobs.running is None:
            self._next()
        elif self._now is not None:
            self._own.cancel("measure")
            self._queue.insert(0, self._now.clip)
            self._now = None
        self.measuring_changed.emit()

    def _on_failed(self, error: StudioError) -> None:
        log.warning("%s: %s", error.code, error)

    def _tell(self) -> None:
        self._is_laid = False
        self.changed.emit()

    # ---- inside -------------------------------------------------------------------------

    def _pictures(self) -> list[Clip]:
        """Clips on video tracks of the shown sequence, from the lowest track on."""
        sequence = self._workbench.session.sequence
        tracks = sequence.tracks if sequence is not None else ()
        return [clip for track in tracks if track.kind == "video" for clip in track.clips]

    def _is_drawn(self, clip: ClipId) -> bool:
        """Whether there is anything to measure without drawing."""
        return any(span.state == "ready" for span in self._workbench.spans.spans_of(clip))


def _kept(
    project: Project,
    sequence: SequenceId,
    clip: Clip,
    where: tuple[Services, TakeCache],
    progress: Progress,
) -> Known | None:
    """What the store knows of a clip as it is; on a worker's thread."""
    from latentsync_studio.services.quality.of_clip import kept_quality

    services, takes = where
    try:
        if not takes.get(project, sequence, clip.id, progress, analyse=False).is_analysed:
            return None
        found = kept_quality(project, sequence, clip.id, services, takes, progress)
    except InputError as error:  # nothing of it is redrawn, or it is offline: others go on
        log.info("quality of %s: %s", clip.id, error)
        return None
    return None if found is None else Known.of(found, _limits(project, clip))


def _limits(project: Project, clip: Clip) -> Limits:
    return settings_of(project, clip).quality


def _outdated(known: Known) -> Known:
    return replace(known, is_current=False)
