"""The networks on one device: loaded once for all takes, placed as the ladder says.

A `Host` belongs to a device, a precision and a set of weights. Whoever wants to draw calls `use`
with the work, one at a time; it gets the networks as they stand, and is called again where memory
ran out.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

from latentsync_studio.engines.latentsync.audio import AudioEncoder
from latentsync_studio.engines.latentsync.devices import (
    driver_of,
    limit_memory,
    name_of,
    room_of,
    title_of,
)
from latentsync_studio.engines.latentsync.ladder import Ladder, Remembered, gib, release
from latentsync_studio.engines.latentsync.offload import bring_blocks
from latentsync_studio.engines.latentsync.placement import (
    first_fitting,
    needed,
    rungs_of,
    sizes_of,
    usable,
)
from latentsync_studio.engines.latentsync.regions import why_not_compiled
from latentsync_studio.engines.latentsync.step_cache import Denoiser

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import torch

    from latentsync_studio.core.engine import MachineNotes
    from latentsync_studio.engines.latentsync.models import Models
    from latentsync_studio.engines.latentsync.placement import Rung, Sizes

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOptions:
    """What tells one host from another, beside its weights.

    Attributes:
        device: where it runs.
        dtype: what it computes in.
        compiled: whether the network's blocks are compiled.
        limit: bytes of the device's memory that it may take, 0 for all.
        batch: windows at once, 0 for what a benchmark found.
    """

    device: torch.device
    dtype: torch.dtype
    compiled: bool = False
    limit: int = 0
    batch: int = 0


@dataclass(frozen=True, slots=True)
class Networks:
    """What work gets to run, on the host's device.

    Attributes:
        models: U-Net, VAE, speech encoder of the rung's resolution.
        denoiser: runs the U-Net.
        audio: runs the speech encoder.
        rung: how memory is used.
        device: where they run.
        dtype: what they compute in.
    """

    models: Models
    denoiser: Denoiser
    audio: AudioEncoder
    rung: Rung
    device: torch.device
    dtype: torch.dtype


class Host:
    """Networks on a device. Safe to call from several threads: they take turns."""

    def __init__(
        self,
        load: Mapping[int, Callable[[], Models]],
        options: HostOptions,
        notes: MachineNotes | None = None,
    ) -> None:
        """Load nothing yet.

        Args:
            load: side of the square -> gives the networks for it, on the CPU in the options' dtype;
                the one to draw with first, smaller ones for when memory is short behind it.
            options: device, precision, memory.
            notes: remembers what fitted.
        """
        self.options = options
        self._load, self._sides = dict(load), tuple(sorted(load, reverse=True))
        self._turn = RLock()
        self._networks: Networks | None = None
        self._fresh: Models | None = None  # loaded to be looked at, not placed yet
        self._ladder: Ladder | None = None
        self._sizes: dict[int, Sizes] = {}
        self._room = 0
        self.remembered = remembered_of(notes, options, self._sides)
        self.notes: list[str] = []

    @property
    def resolution(self) -> int:
        """Side of the square that it draws at now, px."""
        if self._ladder is not None:
            return self._ladder.rung.resolution
        rungs = rungs_of(self._sides)
        return rungs[min(self.remembered.rung(), len(rungs) - 1)].resolution

    @property
    def batch(self) -> int:
        """Windows that are worth drawing at once now."""
        if self._ladder is not None:
            return self._ladder.batch
        return self.options.batch or self.remembered.batch()

    @property
    def standing(self) -> str:
        """On which rung it draws, for people; "" before anything is loaded."""
        return "" if self._ladder is None else self._ladder.words

    @property
    def has_descended(self) -> bool:
        """Whether memory is too short for the fastest rung, by plan, by memory or by failure."""
        return self._ladder is not None and (self._ladder.number > 0 or self._ladder.has_descended)

    def use(self, work: Callable[[Networks], T]) -> T:
        """Do work with the networks; again one rung lower where memory runs out.

        Raises:
            DeviceMemoryError: even the smallest way does not fit.
            WeightsError: the weights cannot be loaded.
        """
        with self._turn:
            ladder = self._standing_ladder()
            return ladder.run(
                self.options.device,
                lambda: work(self._placed(ladder.rung)),
                lambda: self._refusal(ladder.rung),
            )

    def free(self) -> None:
        """Let go of all memory; the next use loads again."""
        with self._turn:
            self._networks = None

    def _standing_ladder(self) -> Ladder:
        if self._ladder is None:
            device = self.options.device
            limit_memory(device, self.options.limit)
            self._room = usable(room_of(device), device.type, self.options.limit)
            rungs = rungs_of(self._sides)
            self._fresh = self._loaded(self._sides[0])
            sizes = self._sizes_of(self._fresh)
            planned = first_fitting(rungs, sizes, self._room)
            start = max(planned, min(self.remembered.rung(self._room), len(rungs) - 1))
            keep = partial(self.remembered.keep_rung, room=self._room)  # not the host: no cycle
            self._ladder = Ladder(rungs, start, self.batch, keep)
            if start != self.remembered.rung():
                keep(start)
            log.info(
                "%s has %s for the engine; it begins with %s",
                title_of(device),
                gib(self._room),
                self._ladder.words,
            )
        return self._ladder

    def _placed(self, rung: Rung) -> Networks:
        """The networks as a rung wants them; moves only what has to move."""
        held = self._networks
        if held is not None and held.rung == rung:
            return held
        if held is not None and _same_place(held.rung, rung):
            self._networks = replace(held, rung=rung)
            return self._networks
        if held is not None:
            self.free()  # what it held must be gone before more is loaded
            held = None
            release(self.options.device)
        models, self._fresh = self._fresh, None
        if models is None or models.resolution != rung.resolution:
            models = self._loaded(rung.resolution)
        device, dtype = self.options.device, self.options.dtype
        vae: Any = models.vae  # diffusers is untyped
        vae.to(device)
        audio = AudioEncoder(models.whisper, device, dtype)
        denoiser = Denoiser(models.unet)
        if rung.is_offloaded:
            bring_blocks(denoiser, device)
        else:
            unet: Any = models.unet
            unet.to(device)
            self._make_quick(denoiser)
        self._networks = Networks(models, denoiser, audio, rung, device, dtype)
        return self._networks

    def _make_quick(self, denoiser: Denoiser) -> None:
        """Fused products are faster everywhere, channels-last memory in compiled blocks only.

        Measured on an NVIDIA H200: a pass of 161 ms takes 154 fused, 163 with channels last as
        well, and about 110 compiled.
        """
        if self.options.device.type == "cuda":
            denoiser.fuse_projections()
        if self.options.compiled:
            reason = why_not_compiled(self.options.device)
            if reason:
                self._note(reason)
                return
            denoiser.channels_last()
            denoiser.compile_regional()

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def _loaded(self, resolution: int) -> Models:
        models = self._load[resolution]()
        self._sizes_of(models)
        return models

    def _sizes_of(self, models: Models) -> Sizes:
        if models.resolution not in self._sizes:
            self._sizes[models.resolution] = sizes_of(
                models.unet,
                models.vae,
                models.whisper,
                self.options.dtype.itemsize,
            )
        return self._sizes[models.resolution]

    def _refusal(self, rung: Rung) -> str:
        device, limit = self.options.device, self.options.limit
        room = room_of(device)
        least = needed(rung, self._sizes[rung.resolution])
        allowed = f" and the limit is {gib(limit)}" if limit else ""
        return (
            f"{title_of(device)} has too little memory for the engine: the smallest way to draw a"
            f" window ({rung.words}) needs about {gib(least)}; {gib(room.free)} of"
            f" {gib(room.total)} are free{allowed}."
        )


def remembered_of(
    notes: MachineNotes | None, options: HostOptions, sides: Sequence[int]
) -> Remembered:
    """What earlier runs on the same device, driver and configuration learnt.

    sides: of the squares that there are weights for.
    """
    name = "/".join(
        (
            title_of(options.device),
            driver_of(options.device.type),
            name_of(options.dtype),
            "x".join(map(str, sides)),
            "compiled" if options.compiled else "plain",
            f"limit {options.limit}",
        )
    )
    return Remembered(notes, name)


def _same_place(first: Rung, second: Rung) -> bool:
    return (first.resolution, first.is_offloaded) == (second.resolution, second.is_offloaded)
