"""Opening a take: who is in the clip, which settings hold where, which windows that makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from latentsync_studio.core.errors import StudioError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.render import plan as planning
from latentsync_studio.core.render.keys import cache_key
from latentsync_studio.core.settings.fields import shaping
from latentsync_studio.core.timeline.check import find_media
from latentsync_studio.core.timeline.edits.takes import settings_spans
from latentsync_studio.core.timeline.fades import fades_of
from latentsync_studio.core.timeline.showing import drivers_of, reach_of, with_siblings
from latentsync_studio.services.analyse import analyse_faces, people_key, stored_people
from latentsync_studio.services.timeline.face_take import FaceTake, TakeParts
from latentsync_studio.services.timeline.lane import CONTEXT_S, plan_lane
from latentsync_studio.services.timeline.lifting import (
    has_protection,
    lifted_frames,
    with_lifted,
)
from latentsync_studio.services.timeline.medium import Axis
from latentsync_studio.services.timeline.spanned import Holds, SpannedFace
from latentsync_studio.services.windows import DECODED_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.arrays import I32
    from latentsync_studio.core.engine import EngineSpec, LipSyncEngine
    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.settings.pages import RenderSettings
    from latentsync_studio.core.timeline.model import Clip, Project, Sequence, Track
    from latentsync_studio.core.timeline.showing import Driver
    from latentsync_studio.services.timeline.medium import MediaBook, Medium
    from latentsync_studio.services.wiring import Services

NOT_DRIVEN = "No speech plays under this clip."
NOT_ANALYSED = "Not synthesized yet."
_NOBODY = -1  # no engine that is here draws these frames


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
        obstacles: frames of the sequence in which a chosen take has an engine that cannot run here,
            and why.
    """

    clip: Clip
    axis: Axis
    origin: int
    shown: FrameRange
    faces: tuple[FaceTake, ...]
    note: str = ""
    is_analysed: bool = True
    obstacles: tuple[tuple[FrameRange, StudioError], ...] = ()

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


def engine_of(settings: RenderSettings) -> str:
    """Id of the engine that draws with these settings."""
    return settings.engine


class _Layer(NamedTuple):
    """Settings that shape the patches of some frames, and the engine that draws with them."""

    settings: RenderSettings
    engine: LipSyncEngine
    spec: EngineSpec

    @property
    def told(self) -> object:
        """All that shapes patches of it."""
        spec = self.spec
        return {
            "engine": (spec.id, spec.version, spec.weights_digest, spec.device, spec.window),
            "page": shaping(getattr(self.settings, spec.id)),
            "seed": self.settings.seed,
        }


class Opening:
    """What is known of a take before anything is opened."""

    def __init__(
        self,
        project: Project,
        where: tuple[Sequence, Track, Clip],
        book: MediaBook,
        services: Services,
    ) -> None:
        self._services = services
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
        self._drivers = drivers_of(project, self._sequence, self._track, clip)
        self._layers: list[_Layer] = []
        self._spans: list[tuple[FrameRange, int]] = []  # of the medium's grid, with its layer
        self._fades: list[tuple[FrameRange, int, int]] = []  # with the layers on both sides
        self._obstacles: list[tuple[FrameRange, StudioError]] = []
        if self._drivers:
            self._add_layers(project)
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
            faces=[
                [self._take_key(n, layer) for layer in self._layers]
                for n in range(len(self._drivers))
            ],
            spans=self._spans,
            fades=self._fades,
            medium=self._medium.digest,
            path=self._medium.path,
            grid=self._sequence.rate,
            shown=self._shown,
            origin=self._origin,
            clip=self._clip.id,
        )

    def _add_layers(self, project: Project) -> None:
        """Find the settings that hold in what the clip shows; takes may hold in parts of it."""
        grid = self._shown.shifted(-self._origin)
        known: list[object] = []
        of_take: dict[object, int] = {}
        for span in settings_spans(project, self._clip, grid):
            settings = span.settings
            try:
                engine = self._services.engines.ready(engine_of(settings), CallbackProgress())
            except StudioError as error:
                self._obstacles.append((span.frames, error))
                self._spans.append((span.frames, _NOBODY))
                of_take[span.take] = _NOBODY
                continue
            layer = _Layer(settings, engine, engine.spec)
            if layer.told not in known:
                known.append(layer.told)
                self._layers.append(layer)
            of_take[span.take] = known.index(layer.told)
            self._spans.append((span.frames, of_take[span.take]))
        if not self._layers:
            raise self._obstacles[0][1]
        for fade in fades_of(project, self._clip):
            left, right = of_take[fade.left], of_take[fade.right]
            if left != right and _NOBODY not in (left, right):
                self._fades.append((fade.frames, left, right))

    def _take_key(self, number: int, layer: _Layer) -> str:
        spec, lifted = layer.spec, self._lifted(self._drivers[number].face)
        return cache_key(
            "take",
            **({} if lifted is None else {"lifted": lifted}),
            decoded=DECODED_VERSION,
            engine=(spec.id, spec.version, spec.weights_digest, spec.device, spec.window),
            page=shaping(getattr(layer.settings, spec.id)),
            seed=layer.settings.seed,
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
            obstacles=tuple(
                (frames.shifted(self._origin), error) for frames, error in self._obstacles
            ),
        )

    def _people(self, progress: Progress, *, analyse: bool) -> tuple[FaceTrack, ...] | None:
        medium, store = self._medium, self._services.store
        found = stored_people(medium.digest, medium.index.n_frames, store)
        if found is not None or not analyse:
            return found
        first = self._layers[0]
        collector = first.engine.collector()
        collectors = [] if collector is None else [(first.spec.id, collector)]
        seen = analyse_faces(medium, medium.digest, store, progress, collectors)
        return seen.analysis.tracks

    def _face_take(self, number: int, face: FaceTrack) -> FaceTake:
        """The face with the settings that hold, where takes are chosen with several."""
        layers = [self._layer_take(number, face, layer) for layer in self._layers]
        if len(layers) == 1 and not self._obstacles:
            return layers[0]
        holds = Holds.nowhere(len(self._axis.source))
        for frames, layer in self._spans:
            holds.owner[self._on_axis(frames)] = layer
        for frames, left, right in self._fades:
            holds.left[self._on_axis(frames)] = left
            holds.right[self._on_axis(frames)] = right
        return SpannedFace(layers, holds, self._services)

    def _on_axis(self, frames: FrameRange) -> slice:
        """The frames of the take that are shown at frames of the medium's grid."""
        first, last = self._axis.frames_at((frames.start, frames.stop - 1)).tolist()
        return slice(first, last + 1)

    def _layer_take(self, number: int, face: FaceTrack, layer: _Layer) -> FaceTake:
        """What clips cut from the same stretch share, and all who hold it: opened once.

        Jobs do not share it with others: their store pins what they read and write.
        """
        key, faces = self._take_key(number, layer), self._services.faces
        mark = key, self._medium.path, id(layer.engine), id(self._services.store)
        known = faces.get(mark)
        if known is not None:
            return known
        axis, lifted = self._axis, self._lifted(face.id)
        face = face if lifted is None else with_lifted(face, lifted)
        mask = planning.drawn_frames(axis.source, face.usable)
        windows = planning.windows(axis.source, mask, face.shot, layer.spec.window)
        people = people_key(self._medium.digest, self._medium.index.n_frames)
        parts = TakeParts(
            axis=axis,
            face=face,
            face_key=cache_key("face", analysis=people, face=face.id),
            lane=self._lanes[number],
            engine=layer.engine,
            spec=layer.spec,
            settings=layer.settings,
            take_key=key,
        )
        made = faces[mark] = FaceTake(parts, windows, self._services)
        return made


def _chosen(driver: Driver, people: tuple[FaceTrack, ...]) -> tuple[FaceTrack | None, str]:
    if not people:
        return None, "No face was found; every frame passes through untouched."
    if driver.face >= len(people):
        return None, f"There is no face {driver.face}; the clip has {len(people)}."
    return people[driver.face], ""
