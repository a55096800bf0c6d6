"""The engine on its device: which weights, which precision, and the hosts that hold networks."""

from __future__ import annotations

from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

import torch

from latentsync_studio.core.engine import EngineSpec, Running
from latentsync_studio.engines.latentsync.atelier import Atelier, Speaker
from latentsync_studio.engines.latentsync.devices import (
    GIB,
    choose_device,
    dtype_of,
    name_of,
    prepare_allocator,
    title_of,
)
from latentsync_studio.engines.latentsync.drawing import Drawer
from latentsync_studio.engines.latentsync.host import Host, HostOptions, remembered_of
from latentsync_studio.engines.latentsync.models import load_models
from latentsync_studio.engines.latentsync.placement import rungs_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from latentsync_studio.core.engine import EngineOptions, Take
    from latentsync_studio.core.settings.latentsync import LatentSyncSettings
    from latentsync_studio.core.weights import WeightSet
    from latentsync_studio.engines.latentsync.hearing import Hearing

TITLE: Final = "LatentSync (diffusion)"
_CPU: Final = torch.device("cpu")


class House:
    """Hosts by what they run with. A host, and its memory, lives as long as somebody draws."""

    def __init__(
        self,
        options: EngineOptions,
        sets: Mapping[int, WeightSet],
        identity: tuple[str, str, int],
    ) -> None:
        """Choose the device.

        Args:
            options: device by name, notes.
            sets: side of the square -> settled weights for it.
            identity: id, version and window of the engine.

        Raises:
            InputError: there is no such device.
        """
        prepare_allocator()
        self.device = choose_device(options.device)
        self.sets, self.notes = dict(sets), options.notes
        self.sides = tuple(sorted(sets, reverse=True))
        self._identity = identity
        self._drawers: WeakValueDictionary[HostOptions, Drawer] = WeakValueDictionary()
        self._lock = Lock()

    def spec_at(self, side: int) -> EngineSpec:
        """The engine as it draws squares of that side."""
        name, version, window = self._identity
        return EngineSpec(
            id=name,
            title=TITLE,
            version=version,
            window=window,
            weights_digest=self.sets[side].digest,
            device=self.device.type,
        )

    def station(self, settings: LatentSyncSettings) -> Station:
        """Where a session with these settings draws.

        Raises:
            InputError: the device has no such precision.
        """
        return Station(self, self.host_options(settings), settings)

    def host_options(self, settings: LatentSyncSettings) -> HostOptions:
        """What tells hosts apart; see `station`."""
        return HostOptions(
            device=self.device,
            dtype=dtype_of(settings.precision, self.device),
            compiled=settings.compile,
            limit=int(settings.memory_limit * GIB),
            batch=settings.window_batch,
        )

    def drawer(self, options: HostOptions) -> Drawer:
        """The one drawer for these options; nothing is loaded yet."""
        with self._lock:
            found = self._drawers.get(options)
            if found is None:
                load = {
                    side: partial(load_models, self.sets[side], _CPU, options.dtype)
                    for side in self.sides
                }
                found = self._drawers[options] = Drawer(Host(load, options, self.notes))
            return found


class Station:
    """Where one session draws; see session.Place."""

    def __init__(self, house: House, options: HostOptions, settings: LatentSyncSettings) -> None:
        self._house, self._options, self._settings = house, options, settings
        self._drawer: Drawer | None = None

    def spec_at(self, resolution: int) -> EngineSpec:
        """The engine as it draws with the weights for squares of that side."""
        return self._house.spec_at(resolution)

    def resolution(self) -> int:
        """Side of the square that would be drawn now; what memory taught earlier runs counts."""
        if self._drawer is not None:
            return self._drawer.host.resolution
        rungs = rungs_of(self._house.sides)
        known = remembered_of(self._house.notes, self._options, self._house.sides).rung()
        return rungs[min(known, len(rungs) - 1)].resolution

    def precision(self) -> str:
        """What is computed in."""
        return name_of(self._options.dtype)

    def running(self) -> Running:
        """What it runs on up to now."""
        found = self._house.sets[self.resolution()]
        card = "test weights" if found.is_test else found.unet.card or "own weights"
        host = None if self._drawer is None else self._drawer.host
        return Running(
            device=title_of(self._options.device),
            precision=self.precision(),
            weights=f"{card}, {found.resolution} px",
            rung="" if host is None else host.standing,
            notes=() if host is None else tuple(host.notes),
        )

    def at_once(self) -> int:
        """Windows that are worth drawing in one batch."""
        if self._drawer is not None:
            return self._drawer.host.batch
        notes, sides = self._house.notes, self._house.sides
        return self._options.batch or remembered_of(notes, self._options, sides).batch()

    def atelier(self, take: Take, hearing: Hearing) -> Atelier:
        """What draws the chunks of a take."""
        if self._drawer is None:
            self._drawer = self._house.drawer(self._options)
        speaker = Speaker(
            source=take.source, hearing=hearing, settings=self._settings, seed=take.seed
        )
        return Atelier(speaker, self._drawer)
