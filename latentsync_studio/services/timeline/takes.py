"""Takes of the clips on a timeline: who is redrawn in a clip and after which sound.

A take lives in the medium's own frames. What a clip shows of it, where the clip lies and where it
is cut change no key; the distance between speech and picture, the speech and the settings do.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock, RLock
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from latentsync_studio.core.errors import InvalidEditError, UnknownNameError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.render import plan as planning
from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.core.settings.fields import apply, shaping
from latentsync_studio.core.timeline.check import find_media, find_sequence
from latentsync_studio.core.timeline.showing import (
    drivers_of,
    find_placed,
    reach_of,
    with_siblings,
)
from latentsync_studio.services.analyse import analyse_faces, people_key, stored_people
from latentsync_studio.services.timeline.face_take import FaceTake, TakeParts
from latentsync_studio.services.timeline.lane import CONTEXT_S, plan_lane
from latentsync_studio.services.timeline.lifting import (
    has_protection,
    lifted_frames,
    with_lifted,
)
from latentsync_studio.services.timeline.medium import Axis, MediaBook
from latentsync_studio.services.windows import DECODED_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.arrays import I32
    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
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
    from latentsync_studio.core.timeline.showing import Driver
    from latentsync_studio.services.timeline.medium import Medium
    from latentsync_studio.services.wiring import Services

TAKES_KEPT = 4  # an open engine holds the mouths of a whole medium

NOT_DRIVEN = "No speech plays under this clip."
NOT_ANALYSED = "Not synthesized yet."


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipTake:
    """A clip that is ready to be synthesized, shown or exported.

    Attributes:
        clip: as it was when the take was opened; compositing settings may have changed since.
        axis: frames of the take.
        origin: frame of the sequence at which the axis begins for this clip.
        shown: frames of the sequence that may show the clip, dissolves included.
        faces: driven faces that exist, in the order in which patches are laid.
        note: why nothing is redrawn, or which faces do not exist; else "".
        is_analysed: False: nobody has looked for faces yet, so that `faces` is empty.
    """

    clip: Clip
    axis: Axis
    origin: int
    shown: FrameRange
    faces: tuple[FaceTake, ...]
    note: str = ""
    is_analysed: bool = True

    @property
    def is_driven(self) -> bool:
        """Whether speech plays under the clip."""
        return self.note != NOT_DRIVEN

    @property
    def medium(self) -> Medium:
        """Whose frames."""
        return self.axis.medium

    def frames_at(self, frames: Iterable[int]) -> I32:
        """(n,) frames of the take at frames of the sequence."""
        base = self.origin - self.axis.base
        return self.axis.frames_at([frame - base for frame in frames])


@lru_cache(maxsize=256)
def _settings(settings: RenderSettings, overrides: tuple[tuple[str, Value], ...]) -> RenderSettings:
    return apply(settings, dict(overrides))


def settings_of(project: Project, clip: Clip) -> RenderSettings:
    """The project's settings with the clip's own over them.

    Raises:
        InvalidSettingError: an override is unknown to this program or out of its limits.
    """
    if not clip.overrides:
        return project.settings
    return _settings(project.settings, tuple((o.key, o.value) for o in clip.overrides))


def engine_of(settings: RenderSettings) -> str:
    """Id of the engine that draws with these settings."""
    return settings.engine


def obstacle_of(
    project: Project, sequence_id: SequenceId, clip_id: ClipId, services: Services
) -> StudioError | None:
    """Why the engine of a driven clip cannot run on this machine; None where it can.

    Raises:
        InvalidEditError: there is no such clip.
        InvalidSettingError: an override is unknown to this program or out of its limits.
    """
    sequence, track, clip = placed(project, sequence_id, clip_id)
    try:
        found = services.engines.obstacle(engine_of(settings_of(project, clip)))
    except UnknownNameError as error:
        found = error
    return found if found and drivers_of(project, sequence, track, clip) else None


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

    The same object comes back as long as nothing that shapes patches changed.
    """

    def __init__(
        self, services: Services, book: MediaBook | None = None, kept: int = TAKES_KEPT
    ) -> None:
        self.book = book if book is not None else MediaBook(services)
        self.paintings = services.paintings
        self._services, self._kept = services, kept
        self._takes: OrderedDict[str, ClipTake] = OrderedDict()
        self._recent: OrderedDict[tuple[int, str, str], tuple[Project, ClipTake]] = OrderedDict()
        self._faces: WeakValueDictionary[str, FaceTake] = WeakValueDictionary()
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
    ) -> ClipTake:
        """The take of a clip; quick where its medium is analysed, the engine is opened later.

        Args:
            project: the document.
            sequence_id: of the sequence.
            clip_id: of a clip on a video track.
            progress: told of reading and analysis.
            analyse: look for faces where that was never done; else such a take is not
                `is_analysed`.

        Raises:
            InputError: the medium is offline or unreadable.
            InvalidEditError: there is no such clip.
        """
        mark = id(project), str(sequence_id), str(clip_id)
        with self._lock:
            recent = self._recent.get(mark)
        if recent is not None and recent[0] is project and recent[1].is_analysed:
            return recent[1]
        take = self._found(
            project, placed(project, sequence_id, clip_id), progress, analyse=analyse
        )
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
        opening = _Opening(project, where, self.book, self._services, self._faces)
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


class _Opening:
    """What is known of a take before anything is opened."""

    def __init__(
        self,
        project: Project,
        where: tuple[Sequence, Track, Clip],
        book: MediaBook,
        services: Services,
        faces: WeakValueDictionary[str, FaceTake],
    ) -> None:
        self._services, self._faces = services, faces
        self._sequence, self._track, self._clip = where
        clip = self._clip
        self._medium = book.medium(find_media(project, clip.media))
        self._shown = reach_of(self._track, clip)
        self._origin = clip.start - clip.source.start
        heard = with_siblings(self._sequence, clip, self._shown)
        reach = CONTEXT_S * self._sequence.rate.nominal
        self._axis = Axis.of(
            self._medium,
            self._sequence.rate,
            heard.start - self._origin,
            heard.stop - self._origin + reach,
        )
        self._settings = settings_of(project, clip)
        self._drivers = drivers_of(project, self._sequence, self._track, clip)
        if self._drivers:
            name = engine_of(self._settings)
            self._engine = services.engines.ready(name, CallbackProgress())
            self._spec = self._engine.spec
        at = self._origin + self._axis.base
        self._lanes = [
            plan_lane(project, self._sequence, driver.lanes, self._axis, at, heard)
            for driver in self._drivers
        ]
        self._lane_keys = [lane.key(book.digest) for lane in self._lanes]

    def key(self) -> str:
        """Digest of everything that shapes the patches and of what the clip shows."""
        return cache_key(
            "clip-take",
            faces=[self._take_key(n) for n in range(len(self._drivers))],
            medium=self._medium.digest,
            path=self._medium.path,
            grid=self._sequence.rate,
            shown=self._shown,
            origin=self._origin,
            clip=self._clip.id,
        )

    def _take_key(self, number: int) -> str:
        spec, lifted = self._spec, self._lifted(self._drivers[number].face)
        return cache_key(
            "take",
            **({} if lifted is None else {"lifted": lifted}),
            decoded=DECODED_VERSION,
            engine=(spec.id, spec.version, spec.weights_digest, spec.device, spec.window),
            page=shaping(getattr(self._settings, spec.id)),
            seed=self._settings.seed,
            people=people_key(self._medium.digest, self._medium.index.n_frames),
            face=self._drivers[number].face,
            lane=self._lane_keys[number],
            axis=(self._axis.base, len(self._axis.source)),
            grid=self._sequence.rate if self._medium.is_still else None,
        )

    def _lifted(self, face: int) -> I32 | None:
        """Frames that only the user wants redrawn; None, as usual, where there are none."""
        if not has_protection(self._clip, face):
            return None
        medium = self._medium
        people = stored_people(medium.digest, medium.index.n_frames, self._services.store)
        if people is None or face >= len(people):
            return None
        found = lifted_frames(self._clip, people[face], self._axis)
        return found if len(found) else None

    def take(self, progress: Progress, *, analyse: bool) -> ClipTake:
        """Find the people, plan the windows; the engine is opened later."""
        people = self._people(progress, analyse=analyse) if self._drivers else ()
        faces, notes = [], []
        for number, driver in enumerate(self._drivers if people is not None else ()):
            face, note = _chosen(driver, people or ())
            notes += [note] if note else []
            if face is not None:
                faces.append(self._face_take(number, face))
        note = " ".join(notes)
        if not self._drivers:
            note = NOT_DRIVEN
        elif people is None:
            note = NOT_ANALYSED
        return ClipTake(
            clip=self._clip,
            axis=self._axis,
            origin=self._origin,
            shown=self._shown,
            faces=tuple(faces),
            note=note,
            is_analysed=people is not None,
        )

    def _people(self, progress: Progress, *, analyse: bool) -> tuple[FaceTrack, ...] | None:
        medium, store = self._medium, self._services.store
        found = stored_people(medium.digest, medium.index.n_frames, store)
        if found is not None or not analyse:
            return found
        collector = self._engine.collector()
        collectors = [] if collector is None else [(self._spec.id, collector)]
        seen = analyse_faces(medium, medium.digest, store, progress, collectors)
        return seen.analysis.tracks

    def _face_take(self, number: int, face: FaceTrack) -> FaceTake:
        """What clips cut from the same stretch share, opened once."""
        known = self._faces.get(self._take_key(number))
        if known is not None:
            return known
        axis, lifted = self._axis, self._lifted(face.id)
        face = face if lifted is None else with_lifted(face, lifted)
        mask = planning.drawn_frames(axis.source, face.usable)
        windows = planning.windows(axis.source, mask, face.shot, self._spec.window)
        people = people_key(self._medium.digest, self._medium.index.n_frames)
        parts = TakeParts(
            axis=axis,
            face=face,
            face_key=cache_key("face", analysis=people, face=face.id),
            lane=self._lanes[number],
            engine=self._engine,
            spec=self._spec,
            settings=self._settings,
            take_key=self._take_key(number),
        )
        made = self._faces[parts.take_key] = FaceTake(parts, windows, self._services)
        return made


def _chosen(driver: Driver, people: tuple[FaceTrack, ...]) -> tuple[FaceTrack | None, str]:
    if not people:
        return None, "No face was found; every frame passes through untouched."
    if driver.face >= len(people):
        return None, f"There is no face {driver.face}; the clip has {len(people)}."
    return people[driver.face], ""
