"""The LatentSync diffusion engine behind the contract of core.engine; imports without torch."""

from __future__ import annotations

import time
from importlib.util import find_spec
from threading import RLock
from typing import TYPE_CHECKING, Final, cast

from latentsync_studio.core.engine import EngineOptions, EngineSpec
from latentsync_studio.core.errors import InputError, StudioError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.settings.latentsync import LatentSyncSettings
from latentsync_studio.core.weights import MissingWeights
from latentsync_studio.engines.latentsync.demands import PUBLISHED, demands_of

if TYPE_CHECKING:
    import msgspec

    from latentsync_studio.core.engine import EngineBenchmark, EngineDemands, Take
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.weights import WeightSet
    from latentsync_studio.engines.latentsync.house import House
    from latentsync_studio.engines.latentsync.session import LatentSyncSession

ID: Final = "latentsync"
VERSION: Final = "1"
WINDOW: Final = 16
_PACKAGES: Final = ("torch", "diffusers", "transformers", "safetensors")
_LOOK_AGAIN_S: Final = 3.0  # a viewer asks for every frame; files may come meanwhile
_SMALLER: Final = 256  # px of the weights that are used where memory is too short for others


class MissingPackageError(InputError):
    """A library that the engine needs is not installed."""

    code = "missing-package"


class LatentSync:
    """Redraws the lower face by diffusion, 16 frames at once, after what they hear."""

    settings_type: type[msgspec.Struct] = LatentSyncSettings

    def __init__(self, options: EngineOptions | None = None) -> None:
        """Look at nothing yet."""
        self._options = options if options is not None else EngineOptions()
        self._lock = RLock()
        self._sets: dict[int, WeightSet] = {}
        self._house: House | None = None
        self._known_obstacle: StudioError | None = None
        self._known_until = 0.0

    def obstacle(self) -> StudioError | None:
        """Why it cannot run here: libraries or weights are missing, see core.engine."""
        with self._lock:
            if self._sets:
                return None
            if self._known_obstacle is None or time.monotonic() > self._known_until:
                self._known_obstacle = self._looked()
                self._known_until = time.monotonic() + _LOOK_AGAIN_S
            return self._known_obstacle

    def _looked(self) -> StudioError | None:
        """Look for libraries and weights."""
        with self._lock:
            gone = [name for name in _PACKAGES if find_spec(name) is None]
            if gone:
                return MissingPackageError(
                    f"The engine LatentSync needs packages that are not installed:"
                    f" {', '.join(gone)}.",
                    remedy=f"Install them: pip install {' '.join(gone)}. --engine mouthbank works"
                    " now.",
                )
            try:
                found = self._found()
            except StudioError as error:
                return error
            return found.error() if isinstance(found, MissingWeights) else None

    def prepare(self, progress: Progress) -> None:
        """Find the weights and compare their contents; slow when they are read first.

        Raises:
            StudioError: it cannot run, see `obstacle`.
        """
        with self._lock:
            if self._sets:
                return
            obstacle = self._looked()
            if obstacle is not None:
                raise obstacle
            found = cast("WeightSet", self._found())
            self._sets = self._all(found, progress)

    @property
    def spec(self) -> EngineSpec:
        """What is known of it without loading; see core.engine."""
        self.prepare(CallbackProgress())
        return self._housed().spec_at(max(self._sets))

    def collector(self) -> None:
        """It needs nothing of the analysis but the faces."""

    def open(self, take: Take, progress: Progress) -> LatentSyncSession:
        """Prepare for one take; networks are loaded when the first window is drawn.

        Raises:
            StudioError: it cannot run, see `obstacle`, or not with these settings.
        """
        self.prepare(progress)
        from latentsync_studio.engines.latentsync.session import LatentSyncSession

        settings = cast("LatentSyncSettings", take.settings)
        return LatentSyncSession(take, self._housed().station(settings))

    def benchmark(self, settings: msgspec.Struct, progress: Progress) -> EngineBenchmark:
        """Find out how many windows are best drawn at once here, see core.engine."""
        self.prepare(progress)
        from latentsync_studio.engines.latentsync.atelier import sampling
        from latentsync_studio.engines.latentsync.benchmark import measure

        page = cast("LatentSyncSettings", settings)
        drawer = self._housed().drawer(self._housed().host_options(page))
        return measure(drawer.host, sampling(page), progress)

    def demands(self) -> EngineDemands:
        """What it asks of clip and device, see core.engine."""
        with self._lock:
            if self.obstacle() is not None:
                return demands_of(PUBLISHED)
            found = self._sets or {
                each.resolution: each
                for each in (self._found(),)
                if not isinstance(each, MissingWeights)
            }
        return demands_of(max(found, default=PUBLISHED))

    def _found(self) -> WeightSet | MissingWeights:
        if self._options.weights is None:
            raise InputError(
                "The engine LatentSync was not told where its weights are.",
                remedy="Start it from the program.",
            )
        return self._options.weights.find(ID)

    def _all(self, found: WeightSet, progress: Progress) -> dict[int, WeightSet]:
        """The set to draw with and, where there is one, the smaller one for short memory."""
        shelf = self._options.weights
        if shelf is None:
            raise RuntimeError("weights were found without a shelf")
        sets = {found.resolution: shelf.settled(found, progress)}
        if found.resolution > _SMALLER:
            smaller = shelf.find(ID, _SMALLER)
            if not isinstance(smaller, MissingWeights):
                sets[smaller.resolution] = shelf.settled(smaller, progress)
        return sets

    def _housed(self) -> House:
        with self._lock:
            if self._house is None:
                from latentsync_studio.engines.latentsync.house import House

                self._house = House(self._options, self._sets, (ID, VERSION, WINDOW))
            return self._house
