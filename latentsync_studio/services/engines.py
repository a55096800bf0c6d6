"""Engines as use cases need them: made once a process, with their weights, device and notes."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from latentsync_studio.core.engine import EngineOptions
from latentsync_studio.engines.catalog import LIP_SYNC
from latentsync_studio.storage import paths
from latentsync_studio.storage.machine_notes import NotesFile

if TYPE_CHECKING:
    from latentsync_studio.core.engine import LipSyncEngine
    from latentsync_studio.core.errors import StudioError
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.weights import MissingWeights, WeightSet

WEIGHTS_VARIABLE: Final = "LATENTSYNC_STUDIO_WEIGHTS"


class FoundWeights:
    """Where engines look for their weights; see core.engine.WeightsShelf."""

    def __init__(self, home: Path | None = None, folder: Path | None = None) -> None:
        """Look at nothing yet.

        Args:
            home: the user's data folder; None: the usual one.
            folder: of the user's choice, looked into first.
        """
        self._home, self.folder = home, folder

    def find(self, engine: str, resolution: int | None = None) -> WeightSet | MissingWeights:
        """What an engine would load, or why it cannot run."""
        from latentsync_studio.services.weights import find_weights

        return find_weights(engine, self.folder, resolution=resolution, home=self._home)

    def settled(self, found: WeightSet, progress: Progress) -> WeightSet:
        """The same with the digest of its contents."""
        from latentsync_studio.services.weights import settle

        return settle(found, progress, home=self._home)


class EngineBook:
    """The engines of a process; thread-safe. An engine keeps its networks for all who use it."""

    def __init__(
        self, home: Path | None = None, *, weights: Path | None = None, device: str = ""
    ) -> None:
        """Make nothing yet.

        Args:
            home: the user's data folder; None: the usual one.
            weights: folder of the user's choice; None: what the environment variable
                LATENTSYNC_STUDIO_WEIGHTS says, if it says anything.
            device: as the user names it; "" is up to the engine.
        """
        chosen = os.environ.get(WEIGHTS_VARIABLE)
        if weights is None and chosen:
            weights = Path(chosen).expanduser()
        self._home, self.weights, self.device = home, weights, device
        self.notes = notes = NotesFile(paths.machine_notes_file(home))
        shelf = FoundWeights(home, weights)
        self._options = EngineOptions(weights=shelf, device=device, notes=notes)
        self._made: dict[str, LipSyncEngine] = {}
        self._others: dict[tuple[Path | None, str], EngineBook] = {}
        self._lock = Lock()

    def get(self, name: str) -> LipSyncEngine:
        """The engine with an id, whether it can run or not; raises UnknownNameError."""
        with self._lock:
            if name not in self._made:
                self._made[name] = LIP_SYNC.create(name, self._options)
            return self._made[name]

    def ready(self, name: str, progress: Progress) -> LipSyncEngine:
        """The engine with an id, looked over.

        Raises:
            UnknownNameError: there is none.
            StudioError: it cannot run on this machine.
        """
        engine = self.get(name)
        engine.prepare(progress)
        return engine

    def obstacle(self, name: str) -> StudioError | None:
        """Why an engine cannot run here, None where it can; raises UnknownNameError."""
        return self.get(name).obstacle()

    def chosen(self, weights: Path | None = None, device: str = "") -> EngineBook:
        """The engines with other weights or on another device, where any is given."""
        wanted = weights or self.weights, device or self.device
        if wanted == (self.weights, self.device):
            return self
        with self._lock:
            if wanted not in self._others:
                self._others[wanted] = EngineBook(self._home, weights=wanted[0], device=wanted[1])
            return self._others[wanted]
