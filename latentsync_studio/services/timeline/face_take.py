"""One face of one clip speaking what its lanes play: windows, their keys, and the engine, lazily.

Keys of windows come from a receipt where the very same inputs were opened before; only a window
without a known key, or one that has to be drawn, opens the engine.
"""

from __future__ import annotations

from bisect import bisect_right
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING, Protocol

from latentsync_studio.core.engine import Running, Take
from latentsync_studio.core.errors import InputError, StudioError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.services.analyse import analyse_faces, stored_faces
from latentsync_studio.services.timeline.lane import lane_sound
from latentsync_studio.services.timeline.receipts import (
    add_drawn,
    read_drawn,
    read_failure,
    read_keys,
    read_times,
    write_failure,
    write_keys,
    write_times,
)
from latentsync_studio.services.windows import Drawing, WindowStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager

    from latentsync_studio.core.arrays import I32, Bools
    from latentsync_studio.core.engine import (
        EngineSpec,
        LipSyncEngine,
        LipSyncSession,
        Patch,
    )
    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.settings.pages import RenderSettings
    from latentsync_studio.services.analyse import AnalysisResult
    from latentsync_studio.services.reading import Walker
    from latentsync_studio.services.timeline.lane import LanePlan
    from latentsync_studio.services.timeline.medium import Axis
    from latentsync_studio.services.windows import WindowCounts
    from latentsync_studio.services.wiring import Services


class NotAnalysedError(InputError):
    """Something needs the faces of a clip that nobody has looked for yet."""

    code = "not-analysed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeParts:
    """All that shapes the patches of one face.

    Attributes:
        axis: frames of the take.
        face: the person.
        face_key: names the measured face.
        lane: what is heard.
        engine: draws.
        spec: of the engine, as the take was planned with.
        settings: of the clip.
        take_key: digest of all of this.
    """

    axis: Axis
    face: FaceTrack
    face_key: str
    lane: LanePlan
    engine: LipSyncEngine
    spec: EngineSpec
    settings: RenderSettings
    take_key: str


class OpenedPatches(Protocol):
    """Stored patches of a window by frame of the take; for one thread at a time.

    Attributes:
        bytes: that they hold once every patch is decoded.
    """

    bytes: int

    def __getitem__(self, frame: int, /) -> Patch:
        """The patch of a frame; raises DamagedEntryError where it does not decode."""
        ...


class LazySession:
    """An engine session that is opened when it is first needed; safe from several threads."""

    def __init__(self, parts: TakeParts, services: Services) -> None:
        self._parts, self._services = parts, services
        self._session: LipSyncSession | None = None
        self._lock, self._analysing = RLock(), RLock()

    @property
    def is_open(self) -> bool:
        """Whether the engine has been opened."""
        return self._session is not None

    def open(self, progress: Progress, *, analyse: bool) -> LipSyncSession:
        """Open the engine, once.

        Args:
            progress: told of speech and analysis.
            analyse: look for faces where what the engine needs of the analysis is missing.

        Raises:
            NotAnalysedError: it is missing and `analyse` is False.
        """
        session = self._session
        if session is not None:
            return session
        with self._analysing if analyse else nullcontext():  # others do not wait for an analysis
            seen = self._analysed(progress, analyse=analyse)
        with self._lock:
            if self._session is None:
                self._session = self._opened(seen, progress)
            return self._session

    def spec_for(self, window: FrameRange) -> EngineSpec:
        """As LipSyncSession; opens nothing."""
        return self._parts.spec if self._session is None else self._session.spec_for(window)

    def running(self) -> Running:
        """As LipSyncSession; opens nothing."""
        if self._session is None:
            return Running(device=self._parts.spec.device)
        return self._session.running()

    def at_once(self) -> int:
        """As LipSyncSession; opens nothing."""
        return 1 if self._session is None else self._session.at_once()

    def reads(self, window: FrameRange) -> FrameRange:
        """As LipSyncSession; never analyses."""
        return self.open(CallbackProgress(), analyse=False).reads(window)

    def digest(self, window: FrameRange) -> bytes:
        """As LipSyncSession; never analyses."""
        return self.open(CallbackProgress(), analyse=False).digest(window)

    def synthesize(
        self, window: FrameRange, pictures: Sequence[Picture], progress: Progress
    ) -> tuple[Patch, ...]:
        """As LipSyncSession; never analyses."""
        return self.open(progress, analyse=False).synthesize(window, pictures, progress)

    def _opened(self, seen: AnalysisResult, progress: Progress) -> LipSyncSession:
        parts = self._parts
        sound = lane_sound(parts.lane, self._services, progress)
        engine_id = parts.spec.id
        take = Take(
            width=seen.analysis.width,
            height=seen.analysis.height,
            rate=parts.axis.rate,
            face=parts.face,
            raw_ids=seen.raw_ids[parts.face.id],
            source=parts.axis.source,
            seconds=parts.axis.seconds,
            pcm=sound.pcm,
            shapes=sound.shapes,
            kept=seen.kept.get(engine_id, []),
            settings=getattr(parts.settings, engine_id),
            seed=parts.settings.seed,
        )
        return parts.engine.open(take, progress)

    def _analysed(self, progress: Progress, *, analyse: bool) -> AnalysisResult:
        parts, medium = self._parts, self._parts.axis.medium
        collector = parts.engine.collector()
        collectors = [] if collector is None else [(parts.spec.id, collector)]
        if analyse:
            return analyse_faces(medium, medium.digest, self._services.store, progress, collectors)
        seen = stored_faces(medium, medium.digest, self._services.store, progress, collectors)
        if seen is None:
            raise NotAnalysedError(
                f"{medium.item.name} is not analysed.", remedy="Synthesize the clip."
            )
        return seen


class FaceTake:
    """Windows of one driven face.

    Attributes:
        parts: what shapes its patches.
        windows: of the whole axis, in order.
    """

    def __init__(
        self, parts: TakeParts, windows: tuple[FrameRange, ...], services: Services
    ) -> None:
        self.parts, self.windows = parts, windows
        self._starts = [window.start for window in windows]
        self._store = services.store
        self._session = LazySession(parts, services)
        drawing = Drawing(
            session=self._session,
            spec=parts.spec,
            media_digest=parts.axis.medium.digest,
            source=parts.axis.source,
        )
        self._windows = WindowStore(drawing, services.store)
        self._windows.learn(read_keys(services.store, parts.take_key))
        self._noted = len(self._windows.keys)
        self._timed = 0

    @property
    def source(self) -> I32:
        """(T,) source frame of every frame of the take."""
        return self.parts.axis.source

    @property
    def frame_bytes(self) -> int:
        """Memory of a decoded frame."""
        video = self.parts.axis.medium.video
        return video.width * video.height * (2 if video.format.bits == 8 else 4)

    def reader(self) -> AbstractContextManager[Walker]:
        """Open the medium."""
        return self.parts.axis.medium.open()

    @property
    def face(self) -> FaceTrack:
        """The person."""
        return self.parts.face

    @property
    def counts(self) -> WindowCounts:
        """What was drawn and reused through this object."""
        return self._windows.counts

    @property
    def is_open(self) -> bool:
        """Whether the engine has been opened."""
        return self._session.is_open

    def open(self, progress: Progress, *, analyse: bool = True) -> None:
        """Open the engine where it is not; see LazySession."""
        self._session.open(progress, analyse=analyse)

    def open_for(self, windows: Sequence[FrameRange], progress: Progress) -> None:
        """Open the engine that draws `windows`; none needs none."""
        if windows:
            self.open(progress)

    def window_of(self, frame: int) -> FrameRange | None:
        """The window in which a frame of the take is redrawn; None where it passes through."""
        at = bisect_right(self._starts, frame) - 1
        if at < 0 or frame >= self.windows[at].stop:
            return None
        return self.windows[at]

    def windows_of(self, frames: Iterable[int]) -> tuple[FrameRange, ...]:
        """The windows that any of `frames` lie in, in order."""
        found = {window for frame in frames if (window := self.window_of(frame)) is not None}
        return tuple(sorted(found))

    def knows(self, window: FrameRange) -> bool:
        """Whether the key of a window is known without opening the engine."""
        return self._session.is_open or window in self._windows.keys

    def key(self, window: FrameRange) -> str:
        """Key of a window; may open the engine, never analyses."""
        return self._windows.key(window)

    def is_stored(self, window: FrameRange) -> bool:
        """Whether the patches of a window are there; may open the engine, never analyses."""
        return self._windows.is_stored(window)

    def reads(self, window: FrameRange) -> FrameRange:
        """Frames whose pictures are needed for a window that is not stored.

        It may open the engine, and never analyses.
        """
        return self._windows.reads(window)

    def at_once(self) -> int:
        """Windows that the engine likes to be asked for at the same time; opens nothing."""
        return self._session.at_once()

    def running(self) -> Running:
        """What the engine runs on; opens nothing."""
        return self._session.running()

    def ran(self) -> tuple[tuple[str, Running], ...]:
        """Ids of the engines and what they run on; opens nothing."""
        return ((self.parts.spec.id, self.running()),)

    def ran_in(self, window: FrameRange) -> tuple[tuple[str, Running], ...]:  # noqa: ARG002 - one engine draws them all
        """Ids of the engines that draw a window and what they run on; opens nothing."""
        return self.ran()

    def together(self, windows: Sequence[FrameRange]) -> list[list[FrameRange]]:
        """Windows in groups, each of which should be drawn in one place."""
        return [[window] for window in windows]

    def specs(self) -> tuple[EngineSpec, ...]:
        """The engines that draw."""
        return (self.parts.spec,)

    def engine_of(self, window: FrameRange) -> str:  # noqa: ARG002 - one engine draws them all
        """Id of the engine that draws a window."""
        return self.parts.spec.id

    def stored(self, window: FrameRange) -> tuple[Patch, ...] | None:
        """The patches of a window if they are there and verify."""
        return self._windows.stored(window)

    def opened(self, window: FrameRange) -> OpenedPatches | None:
        """As `stored`, for a few of them: each is decoded when it is asked for.

        A patch whose pixels turn out not to decode raises DamagedEntryError.
        """
        return self._windows.opened(window)

    def patches(
        self, window: FrameRange, see: Callable[[FrameRange], Sequence[Picture]], progress: Progress
    ) -> tuple[Patch, ...]:
        """The patches of a window: stored, or drawn over what `see` gives, see WindowStore."""
        return self._windows.patches(window, see, progress)

    def made(
        self, window: FrameRange, see: Callable[[FrameRange], Sequence[Picture]], progress: Progress
    ) -> tuple[tuple[Patch, ...], bool]:
        """As `patches`, and whether they were drawn by this very call."""
        return self._windows.made(window, see, progress)

    def take_over(self, window: FrameRange, key: str) -> None:
        """Others drew a window now and stored it under `key`."""
        self._windows.take_over(window, key)

    def refresh(self) -> None:
        """Take over keys that others wrote down meanwhile."""
        if not self.is_open:
            self._windows.learn(read_keys(self._store, self.parts.take_key))

    def drawn(self) -> Bools | None:
        """(T,) frames that were ever drawn of this face, with any inputs; None: none."""
        medium = self.parts.axis.medium
        return read_drawn(self._store, medium.digest, self.face.id, len(self.parts.axis.source))

    def was_drawn(self, window: FrameRange) -> bool:
        """Whether any frame of a window was ever drawn, with any inputs."""
        drawn = self.drawn()
        return drawn is not None and bool(drawn[window.start : window.stop].any())

    def note(self, windows: Iterable[FrameRange]) -> None:
        """Write receipts: the keys known up to now, and that `windows` are drawn."""
        keys = self._windows.keys
        if len(keys) > self._noted:
            write_keys(self._store, self.parts.take_key, keys)
            self._noted = len(keys)
        took = self.counts.took.copy()
        if len(took) > self._timed:
            write_times(self._store, self.parts.take_key, took)
            self._timed = len(took)
        add_drawn(self._store, self.parts.axis.medium.digest, self.face.id, windows)

    def times(self) -> dict[FrameRange, tuple[float, float]]:
        """Windows -> (seconds that the engine needed, when it was done), as far as is written."""
        return read_times(self._store, self.parts.take_key)

    def note_failure(self, text: str) -> None:
        """Keep why drawing failed with these inputs; "" where it works."""
        with suppress(StudioError):  # a hint only; the failure itself is told elsewhere
            write_failure(self._store, self.parts.take_key, text)

    @property
    def failure(self) -> str:
        """Why drawing failed last with these inputs, or ""."""
        return read_failure(self._store, self.parts.take_key)

    def failure_of(self, window: FrameRange) -> str:  # noqa: ARG002 - the same for all
        """Why drawing failed last with the inputs of a window, or ""."""
        return self.failure
