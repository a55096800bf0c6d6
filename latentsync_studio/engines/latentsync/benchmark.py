"""How many windows are best drawn at once on a device: tried with the networks as they stand."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import torch

from latentsync_studio.core.engine import BatchTime, EngineBenchmark
from latentsync_studio.engines.latentsync.blending import SIZE
from latentsync_studio.engines.latentsync.devices import (
    give_back,
    is_out_of_memory,
    name_of,
    title_of,
)
from latentsync_studio.engines.latentsync.drawing import draw_together

if TYPE_CHECKING:
    from torch import Tensor

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.engines.latentsync.host import Host, Networks
    from latentsync_studio.engines.latentsync.sampler import SamplerOptions

TRIED: Final = (1, 2, 4, 8)
_WORTH: Final = 0.97  # of the time a window that a larger batch has to stay below
_TOKENS: Final = 50


@dataclass(frozen=True, slots=True)
class RandomOrder:
    """A chunk whose squares are noise; see drawing.Order."""

    options: SamplerOptions
    progress: Progress
    seed: int = 0

    def conditions(self, networks: Networks) -> tuple[Tensor, Tensor]:
        """Noise for latents."""
        low = networks.rung.resolution // 8
        shape = (SIZE, 4, low, low)
        return torch.randn(shape), torch.randn(shape)

    def context(self, networks: Networks) -> Tensor:
        """Noise for what is heard."""
        unet: Any = networks.models.unet  # diffusers is untyped
        return torch.randn((SIZE, _TOKENS, unet.config.cross_attention_dim))

    def check(self) -> None:
        """Raise Cancelled when the user stopped it."""
        self.progress.check()


def measure(host: Host, options: SamplerOptions, progress: Progress) -> EngineBenchmark:
    """Try batches until memory ends or nothing is gained; remember the best one.

    Args:
        host: whose device.
        options: how windows are sampled.
        progress: told the stage "benchmark" in batches tried; may stop it.
    """
    rows: list[BatchTime] = []
    for number, count in enumerate(TRIED):
        progress.report("benchmark", number, len(TRIED))
        seconds = host.use(partial(_timed, options=options, count=count, progress=progress))
        if seconds is None:
            break
        rows.append(BatchTime(windows=count, seconds=seconds / count))
        if len(rows) > 1 and rows[-1].seconds > rows[-2].seconds / _WORTH:
            break
    best = rows[0] if rows else BatchTime(windows=1, seconds=0.0)
    for row in rows:
        best = row if row.seconds < best.seconds * _WORTH else best
    host.remembered.keep_batch(best.windows)
    progress.report("benchmark", len(TRIED), len(TRIED))
    return EngineBenchmark(
        device=title_of(host.options.device),
        precision=name_of(host.options.dtype),
        rung=host.standing,
        rows=tuple(rows),
        best=best.windows,
    )


def _timed(
    networks: Networks, options: SamplerOptions, count: int, progress: Progress
) -> float | None:
    """Seconds of a batch after one that does not count; None where memory ends."""
    orders = [RandomOrder(options, progress) for _ in range(count)]
    seconds: float | None = None
    try:
        for _ in range(2):
            began = time.perf_counter()
            draw_together(networks, orders, lambda _done, _steps: progress.check())
            seconds = time.perf_counter() - began
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        seconds = None
    if seconds is None:
        give_back(networks.device)
    return seconds
