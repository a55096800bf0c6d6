"""Takes of the clips on a timeline: who is redrawn in a clip and after which sound.

A take lives in the medium's own frames. What a clip shows of it, where the clip lies and where it
is cut change no key; the distance between speech and picture, the speech and the settings do.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from threading import Lock, RLock
from typing import TYPE_CHECKING

from latentsync_studio.core.errors import InvalidEditError, UnknownNameError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.settings.fields import apply
from latentsync_studio.core.timeline.check import find_sequence
from latentsync_studio.core.timeline.edits.takes import settings_spans
from latentsync_studio.core.timeline.showing import (
    drivers_of,
    find_placed,
    reach_of,
)
from latentsync_studio.services.timeline.medium import MediaBook
from latentsync_studio.services.timeline.take_opening import (
    NOT_ANALYSED,
    NOT_DRIVEN,
    ClipTake,
    Opening,
    engine_of,
)

if TYPE_CHECKING:
    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.settings.fields import Value
    from latentsync_studio.core.settings.pages import RenderSettings
    from latentsync_studio.core.timeline.model import (
        Clip,
        ClipId,
        Project,
        Sequence,
        SequenceId,
        Track,
    )
    from latentsync_studio.services.wiring import Services

__all__ = [
    "NOT_ANALYSED",
    "NOT_DRIVEN",
    "TAKES_KEPT",
    "ClipTake",
    "TakeCache",
    "engine_of",
    "engines_of",
    "obstacle_of",
    "placed",
    "settings_of",
    "told_of",
]

TAKES_KEPT = 4  # an open engine holds the mouths of a whole medium


@lru_cache(maxsize=256)
def _settings(settings: RenderSettings, overrides: tuple[tuple[str, Value], ...]) -> RenderSettings:
    return apply(settings, dict(overrides))


def settings_of(project: Project, clip: Clip) -> RenderSettings:
    """The project's settings with the clip's own over them; those of takes are not in them.

    Raises:
        InvalidSettingError: an override is unknown to this program or out of its limits.
    """
    if not clip.overrides:
        return project.settings
    return _settings(project.settings, tuple((o.key, o.value) for o in clip.overrides))


def obstacle_of(
    project: Project,
    sequence_id: SequenceId,
    clip_id: ClipId,
    services: Services,
    frame: int | None = None,
) -> StudioError | None:
    """Why no engine of a driven clip can run on this machine; None where one can.

    frame: of the sequence: only the engine that draws there is asked; else those of the clip and of
    its chosen takes.

    Raises:
        InvalidEditError: there is no such clip.
        InvalidSettingError: an override is unknown to this program or out of its limits.
    """
    sequence, track, clip = placed(project, sequence_id, clip_id)
    shown = reach_of(track, clip) if frame is None else FrameRange(frame, frame + 1)
    found = [_obstacle(engine, services) for engine in engines_of(project, clip, shown)]
    if not all(found) or not drivers_of(project, sequence, track, clip):
        return None
    return found[0]


def _obstacle(engine: str, services: Services) -> StudioError | None:
    try:
        return services.engines.obstacle(engine)
    except UnknownNameError as error:
        return error


def engines_of(project: Project, clip: Clip, frames: FrameRange) -> tuple[str, ...]:
    """Ids of the engines that draw frames of the sequence: the clip's, and of chosen takes.

    Raises:
        InvalidSettingError: an override is unknown to this program or out of its limits.
    """
    if not clip.takes:
        return (engine_of(settings_of(project, clip)),)
    shown = frames.shifted(clip.source.start - clip.start)
    spans = settings_spans(project, clip, shown)
    return tuple(dict.fromkeys(engine_of(span.settings) for span in spans))


def told_of(error: StudioError) -> str:
    """An error as a line for people, with what to do."""
    return f"{error} {error.remedy}".strip()


def placed(
    project: Project, sequence_id: SequenceId, clip_id: ClipId
) -> tuple[Sequence, Track, Clip]:
    """A clip with its track and sequence; raise InvalidEditError where there is none."""
    sequence = find_sequence(project, sequence_id)
    found = find_placed(sequence, clip_id)
    if found is None:
        raise InvalidEditError(f"There is no clip {clip_id} in {sequence.name}.")
    return sequence, *found


class TakeCache:
    """The takes opened last, shared by whoever needs them; thread-safe.

    The same object comes back as long as nothing that shapes patches changed. Several caches over
    the same services hold the same faces, each with its one engine.
    """

    def __init__(
        self, services: Services, book: MediaBook | None = None, kept: int = TAKES_KEPT
    ) -> None:
        self.book = book if book is not None else MediaBook(services)
        self.paintings = services.paintings
        self._services, self._kept = services, kept
        self._takes: OrderedDict[str, ClipTake] = OrderedDict()
        self._recent: OrderedDict[tuple[int, str, str], tuple[Project, ClipTake]] = OrderedDict()
        self._locks: dict[str, RLock] = {}
        self._lock = Lock()

    def clear(self) -> None:
        """Forget all takes; those handed out stay usable."""
        with self._lock:
            self._takes.clear()
            self._recent.clear()
            self._locks.clear()

    def refresh(self) -> None:
        """Look again at what others analysed and drew meanwhile."""
        with self._lock:
            self._recent.clear()
            takes = list(self._takes.values())
        for take in takes:
            for face in take.faces:
                face.refresh()

    def get(
        self,
        project: Project,
        sequence_id: SequenceId,
        clip_id: ClipId,
        progress: Progress,
        *,
        analyse: bool = True,
        partial: bool = False,
    ) -> ClipTake:
        """The take of a clip; quick where its medium is analysed, the engine is opened later.

        Args:
            project: the document.
            sequence_id: of the sequence.
            clip_id: of a clip on a video track.
            progress: told of reading and analysis.
            analyse: look for faces where that was never done; else such a take is not
                `is_analysed`.
            partial: let a chosen take whose engine cannot run here be an obstacle of its frames
                only, as long as others can be drawn.

        Raises:
            InputError: the medium is offline or unreadable.
            InvalidEditError: there is no such clip.
            StudioError: an engine cannot run here.
        """
        take = self._known(project, sequence_id, clip_id, progress, analyse=analyse)
        if take.obstacles and not partial:
            raise take.obstacles[0][1]
        return take

    def _known(
        self,
        project: Project,
        sequence_id: SequenceId,
        clip_id: ClipId,
        progress: Progress,
        *,
        analyse: bool,
    ) -> ClipTake:
        """As `get`, whatever its obstacles."""
        mark = id(project), str(sequence_id), str(clip_id)
        with self._lock:
            recent = self._recent.get(mark)
        if recent is not None and recent[0] is project and recent[1].is_analysed:
            return recent[1]
        take = self._found(
            project, placed(project, sequence_id, clip_id), progress, analyse=analyse
        )
        if take.obstacles:  # they may be gone in a moment
            return take
        with self._lock:
            self._recent[mark] = project, take
            while len(self._recent) > self._kept:
                self._recent.popitem(last=False)
        return take

    def _found(
        self,
        project: Project,
        where: tuple[Sequence, Track, Clip],
        progress: Progress,
        *,
        analyse: bool,
    ) -> ClipTake:
        opening = Opening(project, where, self.book, self._services)
        key = opening.key()
        with self._lock:
            lock = self._locks.setdefault(key, RLock())
        with lock:
            with self._lock:
                found = self._takes.get(key)
            if found is None:
                found = opening.take(progress, analyse=analyse)
            with self._lock:
                if found.is_analysed:
                    self._takes[key] = found
                    self._takes.move_to_end(key)
                while len(self._takes) > self._kept:
                    self._locks.pop(self._takes.popitem(last=False)[0], None)
        return found
