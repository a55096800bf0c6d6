"""What is synthesized of each clip, looked up in the background after every change."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from latentsync_studio.core.errors import Cancelled, StudioError
from latentsync_studio.core.timeline.showing import drivers_of, reach_of
from latentsync_studio.ui.timeline.geometry import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.timeline.model import (
        Clip,
        ClipId,
        MediaId,
        MediaItem,
        Project,
        Sequence,
        SequenceId,
        Track,
    )
    from latentsync_studio.services.timeline.spans import Span
    from latentsync_studio.services.timeline.takes import TakeCache
    from latentsync_studio.services.wiring import Services
    from latentsync_studio.ui.workbench import Workbench

SETTLE_MS = 300  # after the last change
LIVE_MS = 1500  # between two looks while a job draws
_CONTEXT = 200  # frames around a clip whose sound may matter for it
BATCH = 12  # clips in one piece of work, so that the first are shown soon
log = logging.getLogger(__name__)

Mark = tuple[object, ...]  # everything of the document that the spans of a clip depend on
_Found = dict["ClipId", tuple["Span", ...]]


@dataclass(frozen=True, slots=True)
class Wish:
    """A clip that speech drives, and all of the document that what is drawn of it depends on."""

    clip: Clip
    mark: Mark


class SpansController(QObject):
    """The last known spans of the clips that speech drives.

    Only clips whose own parts of the document changed are looked up again. Nothing is analysed or
    drawn for it.

    Signals:
        changed(clips): frozenset of ids whose spans are others now.
    """

    changed = Signal(object)

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._workbench = workbench
        self._spans: dict[ClipId, tuple[Span, ...]] = {}
        self._marks: dict[ClipId, Mark] = {}
        self._queue: list[Wish] = []
        self._takes: TakeCache | None = None
        self._seen: tuple[Project, Sequence | None] = (workbench.store.project, None)
        self._closed = self._is_comparing = self._is_looking = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self.recompute)
        self._live = QTimer(self)
        self._live.setSingleShot(True)
        self._live.setInterval(LIVE_MS)
        self._live.timeout.connect(self.look_again)
        workbench.store.changed.connect(self._on_changed)
        workbench.session.sequence_changed.connect(self._timer.start)
        workbench.jobs.job_done.connect(self._on_job_done)
        workbench.jobs.job_failed.connect(self._on_job_failed)
        workbench.jobs.frame_finished.connect(self._on_frame)

    def spans_of(self, clip: ClipId) -> tuple[Span, ...]:
        """Last known spans of a clip, in frames of the sequence; empty: not driven or unknown."""
        return self._spans.get(clip, ())

    @property
    def is_settled(self) -> bool:
        """Whether everything that is shown is up to date."""
        waits = self._timer.isActive() or self._is_comparing or self._is_looking
        return not (waits or self._queue)

    def close(self) -> None:
        """Stop; nothing is looked up any more."""
        self._closed = True
        self._timer.stop()
        self._live.stop()
        self._queue.clear()
        self._is_comparing = self._is_looking = False
        self._workbench.background.cancel("spans")
        if self._takes is not None:
            self._takes.clear()
            self._takes = None

    def look_again(self) -> None:
        """Forget that clips were looked up: something was drawn or analysed."""
        self._marks.clear()
        self._timer.start()

    def recompute(self) -> None:
        """Look up the clips whose parts of the document changed since the last time."""
        if self._closed:
            return
        sequence, project = self._workbench.session.sequence, self._workbench.store.project
        known = dict(self._marks)
        self._queue.clear()
        self._seen = (project, sequence)
        self._is_comparing = True

        def work(_progress: Progress) -> tuple[frozenset[ClipId], list[Wish]]:
            wishes = list(driven(project, sequence))
            wanted = [wish for wish in wishes if not same_mark(known.get(wish.clip.id), wish.mark)]
            return frozenset(wish.clip.id for wish in wishes), wanted

        submit = self._workbench.background.submit
        submit(work, self._on_compared, self._on_failed, key="spans")

    def _on_compared(self, answer: tuple[frozenset[ClipId], list[Wish]]) -> None:
        driven, self._queue = answer
        self._is_comparing = False
        gone = frozenset(self._spans.keys() - driven)
        for clip in gone:
            del self._spans[clip]
        for clip in self._marks.keys() - driven:
            del self._marks[clip]
        if gone:
            self.changed.emit(gone)
        chosen = self._workbench.session.clips
        self._queue.sort(key=lambda wish: wish.clip.id not in chosen)
        self._next()

    def _next(self) -> None:
        """Hand in the next few clips, as they were when they were compared."""
        project, sequence = self._seen
        self._is_looking = bool(self._queue) and sequence is not None and not self._closed
        if not self._is_looking or sequence is None:
            return
        batch, self._queue = self._queue[:BATCH], self._queue[BATCH:]
        services = self._workbench.services
        clips = tuple(wish.clip.id for wish in batch)
        known = self._takes
        sequence_id = sequence.id

        def work(progress: Progress) -> tuple[_Found, TakeCache]:
            takes = _opened(services, known)
            found: _Found = {}
            for clip in clips:
                progress.check()
                found[clip] = _looked_up(project, sequence_id, clip, (services, takes), progress)
            return found, takes

        def done(answer: tuple[_Found, TakeCache]) -> None:
            found, self._takes = answer
            self._marks |= {wish.clip.id: wish.mark for wish in batch}
            other = {clip: spans for clip, spans in found.items() if self.spans_of(clip) != spans}
            self._spans |= other
            if other:
                self.changed.emit(frozenset(other))
            self._next()

        self._workbench.background.submit(work, done, self._on_failed, key="spans")

    def _on_failed(self, error: StudioError) -> None:
        """Nothing of one clip: those are answered for in its spans."""
        self._queue.clear()
        self._is_comparing = self._is_looking = False
        self._workbench.tell_error(error)

    def _on_changed(self, before: Project, after: Project) -> None:
        parts = (before.sequences, before.media, before.settings)
        if any(
            a is not b
            for a, b in zip(parts, (after.sequences, after.media, after.settings), strict=True)
        ):
            self._timer.start()

    def _on_job_done(self, _job: str) -> None:
        self.look_again()

    def _on_job_failed(self, _job: str, _error: object) -> None:
        self.look_again()

    def _on_frame(self, _frame: object) -> None:
        if not self._live.isActive() and not self._closed:
            self._live.start()


def _opened(services: Services, takes: TakeCache | None) -> TakeCache:
    """The cache of takes, told that others may have drawn meanwhile; on a worker's thread."""
    from latentsync_studio.services.timeline.takes import TakeCache

    if takes is None:
        return TakeCache(services)
    takes.refresh()
    return takes


def _looked_up(
    project: Project,
    sequence: SequenceId,
    clip: ClipId,
    where: tuple[Services, TakeCache],
    progress: Progress,
) -> tuple[Span, ...]:
    """Spans of one clip; one that cannot be read has a failed span that says why."""
    from latentsync_studio.services.timeline.spans import Span, clip_spans

    try:
        return clip_spans(project, sequence, clip, *where, progress)
    except Cancelled:
        raise
    except StudioError as error:
        log.info("spans of %s: %s", clip, error)
        held = next(
            each
            for one in project.sequences
            for track in one.tracks
            for each in track.clips
            if each.id == clip
        )
        text = f"{error} {error.remedy}".strip()
        return (Span(frames=held.placed, state="failed", text=text),)


def driven(project: Project, sequence: Sequence | None) -> Iterator[Wish]:
    """Clips of the shown sequence that a speech lane drives."""
    if sequence is None or not any(track.speech for track in sequence.tracks):
        return
    media = {item.id: item for item in project.media}
    for track in sequence.tracks:
        if track.kind != "video":
            continue
        for clip in track.clips:
            drivers = drivers_of(project, sequence, track, clip)
            if not drivers:
                continue
            frames = reach_of(track, clip)
            heard = tuple(
                (driver.face, lane.speech, *_under(lane, frames.start, frames.stop, media))
                for driver in drivers
                for lane in driver.lanes
            )
            own = (clip, frames, media[clip.media], project.settings, sequence.rate)
            yield Wish(clip, (*own, heard))


def _under(
    lane: Track, start: int, stop: int, media: Mapping[MediaId, MediaItem]
) -> tuple[object, ...]:
    """Clips of a lane that play in start..stop or near it, and what they play."""
    low, high = visible(lane.clips, start - _CONTEXT, stop + _CONTEXT)
    return tuple((clip, media[clip.media]) for clip in lane.clips[low:high])


def same_mark(one: Mark | None, other: Mark) -> bool:
    """Whether nothing changed between two looks."""
    return one is not None and one == other
