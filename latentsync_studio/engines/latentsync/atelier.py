"""Where the chunks of one take are drawn: its squares, what its frames hear, its latents so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from latentsync_studio.engines.latentsync.crop import align
from latentsync_studio.engines.latentsync.latents import (
    LatentCache,
    encode,
    posterior_noise,
    redrawn,
    to_pixels,
)
from latentsync_studio.engines.latentsync.sampler import SamplerOptions
from latentsync_studio.engines.latentsync.trained_mask import trained_mask

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from latentsync_studio.core.arrays import F64, I32, Rgb8
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.settings.latentsync import LatentSyncSettings
    from latentsync_studio.engines.latentsync.audio import AudioEncoder, SpeechFeatures
    from latentsync_studio.engines.latentsync.blending import ModelWindow
    from latentsync_studio.engines.latentsync.drawing import Drawer, Drawn
    from latentsync_studio.engines.latentsync.hearing import Hearing
    from latentsync_studio.engines.latentsync.host import Networks

MASKED, REFERENCE = "masked", "reference"
CACHE_BYTES: Final = 256 * 1024**2  # latents of 2000 frames at 512 px


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """What of a take the drawing of its chunks depends on.

    Attributes:
        source: (T,) i32 source frame of each output frame.
        hearing: what is heard.
        settings: the engine's.
        seed: of the noise.
    """

    source: I32
    hearing: Hearing
    settings: LatentSyncSettings
    seed: int

    def options(self) -> SamplerOptions:
        """How to sample."""
        return sampling(self.settings)


def sampling(page: LatentSyncSettings) -> SamplerOptions:
    """How to sample, as the settings say."""
    return SamplerOptions(
        scheduler=page.scheduler,
        steps=page.steps,
        guidance=page.guidance,
        guidance_from=min(page.guidance_from, page.guidance_to),
        guidance_to=page.guidance_to,
        cache_interval=page.cache_interval,
    )


class Atelier:
    """Draws chunks of a take; threads share it."""

    def __init__(self, speaker: Speaker, drawer: Drawer, cache: LatentCache | None = None) -> None:
        self._speaker, self._drawer = speaker, drawer
        self._cache = cache if cache is not None else LatentCache(CACHE_BYTES)
        self._options = speaker.options()
        self._heard: tuple[AudioEncoder, SpeechFeatures] | None = None
        self._lock = Lock()

    @property
    def resolution(self) -> int:
        """Side of the square that would be drawn now, px."""
        return self._drawer.host.resolution

    def drawn(
        self,
        chunk: ModelWindow,
        seen: Mapping[int, Picture],
        transforms_at: Callable[[int], F64],
        progress: Progress,
    ) -> Drawn:
        """Denoise a chunk.

        Args:
            chunk: 16 output frames.
            seen: pictures by output frame.
            transforms_at: side of the square -> (N, 2, 3) display px -> px of it, source frames.
            progress: stops it at the next step.
        """
        order = _Order(self, chunk, seen, transforms_at, progress)
        order.cut(self.resolution)  # while another thread has the host
        progress.check()
        return self._drawer.draw(order)

    def decoded(self, latents: Tensor, side: int, progress: Progress) -> Rgb8 | None:
        """Pictures of latents (4, n, h, w): u8 (n, side, side, 3); None where the side changed."""

        def work(networks: Networks) -> Rgb8 | None:
            progress.check()
            if networks.rung.resolution != side:
                return None
            frames = latents.transpose(0, 1).contiguous()
            return redrawn(networks.models.vae, frames, slice_size=networks.rung.vae_slice)

        return self._drawer.host.use(work)

    def context(self, chunk: ModelWindow, networks: Networks) -> Tensor:
        """What the frames of a chunk hear, (16, 50, width)."""
        with self._lock:
            heard = self._heard
            if heard is None or heard[0] is not networks.audio:
                hearing = self._speaker.hearing
                features = networks.audio.features(hearing.pcm, exact=hearing.is_exact)
                heard = self._heard = (networks.audio, features)
        return heard[1].context(self._speaker.hearing.seconds(chunk))

    def latents(self, sources: list[int], squares: Squares, networks: Networks) -> list[Tensor]:
        """Latents of masked and whole squares of source frames, (F, 4, h, w) f32 on the CPU each.

        sources may repeat; what is held is not encoded again.
        """
        side = networks.rung.resolution
        made = []
        for purpose in (MASKED, REFERENCE):
            keys = [(purpose, side, number) for number in sources]
            make = partial(self._encoded, purpose, sources, squares, networks)
            made.append(self._cache.fetch(keys, make))
        return made

    def holds(self, source: int, side: int) -> bool:
        """Whether both latents of a source frame are held."""
        return self._cache.holds((MASKED, side, source)) and self._cache.holds(
            (REFERENCE, side, source)
        )

    def _encoded(
        self,
        purpose: str,
        sources: list[int],
        squares: Squares,
        networks: Networks,
        places: list[int],
    ) -> Tensor:
        """Latents of some frames, (len(places), 4, h, w).

        Slices are always full, the last one is filled up with its last frame: how many squares are
        encoded at once may change the last bits of each, and what is held already must not.
        """
        numbers = [sources[place] for place in places]
        side, size = networks.rung.resolution, networks.rung.vae_slice
        numbers += numbers[-1:] * (-len(numbers) % size)
        pixels = to_pixels(np.stack([squares.at(number, side) for number in numbers]))
        if purpose == MASKED:
            pixels *= torch.from_numpy(trained_mask(side).copy())
        noise = None
        if self._speaker.settings.vae == "sample":
            noise = posterior_noise(self._speaker.seed, numbers, purpose, side)
        latents = encode(networks.models.vae, pixels, slice_size=size, noise=noise)
        return latents[: len(places)].cpu()

    @property
    def speaker(self) -> Speaker:
        """Whose chunks."""
        return self._speaker


@dataclass(slots=True)
class Squares:
    """Squares of source frames, cut when they are first needed; one thread at a time.

    Attributes:
        pictures: by source frame.
        transforms_at: side of the square -> (N, 2, 3) of source frames.
    """

    pictures: Mapping[int, Picture]
    transforms_at: Callable[[int], F64]
    _cut: dict[tuple[int, int], Rgb8] = field(default_factory=dict)

    def at(self, source: int, side: int) -> Rgb8:
        """The square of a source frame, u8 (side, side, 3)."""
        key = (source, side)
        if key not in self._cut:
            transform = self.transforms_at(side)[source]
            self._cut[key] = align(self.pictures[source], transform, side)
        return self._cut[key]


class _Order:
    """A chunk of a take in the line; see drawing.Order."""

    def __init__(
        self,
        atelier: Atelier,
        chunk: ModelWindow,
        seen: Mapping[int, Picture],
        transforms_at: Callable[[int], F64],
        progress: Progress,
    ) -> None:
        self._atelier, self._chunk, self._progress = atelier, chunk, progress
        source = atelier.speaker.source
        self._sources = [int(source[frame]) for frame in chunk.frames]
        pictures = {int(source[frame]): seen[frame] for frame in chunk.frames}
        self._squares = Squares(pictures, transforms_at)
        self.options, self.seed = atelier.speaker.options(), atelier.speaker.seed

    def cut(self, side: int) -> None:
        """Cut the squares that will be encoded."""
        for source in dict.fromkeys(self._sources):
            if not self._atelier.holds(source, side):
                self._squares.at(source, side)

    def conditions(self, networks: Networks) -> tuple[Tensor, Tensor]:
        """Latents of masked and whole squares."""
        masked, reference = self._atelier.latents(self._sources, self._squares, networks)
        return masked, reference

    def context(self, networks: Networks) -> Tensor:
        """What the frames hear."""
        return self._atelier.context(self._chunk, networks)

    def check(self) -> None:
        """Raise Cancelled when the job is stopped."""
        self._progress.check()
