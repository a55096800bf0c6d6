"""Chunks are drawn on a host: those that wait together, together.

    thread 1   align | wait ............ | decode | patches
    thread 2   align | lead: encode, denoise both | decode | patches
    host       ------|###########################|########|

One thread leads at a time and takes what others have put in line, as many chunks at once as the
host likes; meanwhile the others cut squares and make patches. Who is drawn together with whom
changes a result by rounding only.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from functools import partial
from threading import Condition
from typing import TYPE_CHECKING, Protocol

import torch

from latentsync_studio.core.errors import StudioError
from latentsync_studio.engines.latentsync.sampler import Conditions, clip_noise, sample
from latentsync_studio.engines.latentsync.step_cache import Denoiser
from latentsync_studio.engines.latentsync.trained_mask import latent_mask

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from latentsync_studio.engines.latentsync.host import Host, Networks
    from latentsync_studio.engines.latentsync.sampler import SamplerOptions


class Order(Protocol):
    """A chunk that is to be drawn."""

    @property
    def options(self) -> SamplerOptions:
        """How to sample; guidance in one batch or not is the host's matter."""

    @property
    def seed(self) -> int:
        """Of the noise."""

    def conditions(self, networks: Networks) -> tuple[Tensor, Tensor]:
        """Latents of the masked and of the whole squares, (F, 4, h, w) f32 each."""

    def context(self, networks: Networks) -> Tensor:
        """What its frames hear, (F, 50, 384)."""

    def check(self) -> None:
        """Raise Cancelled when nobody wants it any more."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Final latents of a chunk, (4, F, h, w) f32 on the CPU, and the side of its square, px."""

    latents: Tensor
    resolution: int


@dataclass(slots=True, eq=False)
class _Waiting:
    order: Order
    drawn: Drawn | None = None
    error: BaseException | None = None

    @property
    def is_settled(self) -> bool:
        return self.drawn is not None or self.error is not None


class _Dropped(Exception):  # noqa: N818 - no failure
    """Somebody of a group stopped waiting."""


class Drawer:
    """Draws chunks on a host; threads share it."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._line: deque[_Waiting] = deque()
        self._is_led = False
        self._changed = Condition()

    def draw(self, order: Order) -> Drawn:
        """Draw a chunk, by this thread or by one that leads.

        Raises:
            Cancelled: the order's own check says so.
            StudioError: see Host.use.
        """
        mine = _Waiting(order)
        with self._changed:
            self._line.append(mine)
        while group := self._turn(mine):
            try:
                self._lead(group)
            finally:
                self._end(group)
        if mine.error is not None:
            raise mine.error
        if mine.drawn is None:
            raise RuntimeError("a settled order has neither a result nor an error")
        return mine.drawn

    def _turn(self, mine: _Waiting) -> list[_Waiting]:
        """Wait; return the orders to draw now where this thread leads, none once it is settled."""
        with self._changed:
            while self._is_led and not mine.is_settled:
                self._changed.wait()
            if mine.is_settled:
                return []
            self._is_led = True
            self._line.remove(mine)
            like = [each for each in self._line if _kind(each) == _kind(mine)]
            others = like[: self._most() - 1]
            for each in others:
                self._line.remove(each)
            return [mine, *others]

    def _most(self) -> int:
        """Chunks that are drawn at once now; kernels take only so many, whatever the memory."""
        low = self.host.resolution // 8
        return max(min(self.host.batch, Denoiser.most_clips(low, low) // 2), 1)

    def _end(self, group: list[_Waiting]) -> None:
        with self._changed:
            self._is_led = False
            self._line.extendleft(each for each in group if not each.is_settled)
            self._changed.notify_all()

    def _lead(self, group: list[_Waiting]) -> None:
        try:
            self.host.use(lambda networks: self._run(networks, group))
        except _Dropped:
            return  # who stopped is settled, the others go back into the line
        except BaseException as error:
            for each in group:
                if not each.is_settled:
                    each.error = error
            if not isinstance(error, Exception):
                raise

    def _run(self, networks: Networks, group: list[_Waiting]) -> None:
        """Draw what is not drawn yet, as many at once as memory allows now."""
        rest = [each for each in group if not each.is_settled]
        size = self._most()
        for begin in range(0, len(rest), size):
            part = rest[begin : begin + size]
            orders = [each.order for each in part]
            made = draw_together(networks, orders, partial(_check, part))
            for each, latents in zip(part, made, strict=True):
                each.drawn = Drawn(latents, networks.rung.resolution)


def draw_together(
    networks: Networks, orders: Sequence[Order], step: Callable[[int, int], None]
) -> list[Tensor]:
    """Draw chunks of equal options and seed in one batch.

    Args:
        networks: as the host stands.
        orders: chunks.
        step: as of `sampler.sample`.

    Returns:
        Final latents of each, (4, F, h, w) f32 on the CPU.
    """
    side, device = networks.rung.resolution, networks.device
    pairs = [order.conditions(networks) for order in orders]
    context = torch.cat([order.context(networks).to(device) for order in orders])
    conditions = Conditions(
        mask=torch.from_numpy(latent_mask(side).copy()).to(device)[None, None, None],
        masked=_clips([masked for masked, _ in pairs], device),
        reference=_clips([reference for _, reference in pairs], device),
    )
    options = replace(orders[0].options, batched_guidance=networks.rung.is_batched)
    noise = clip_noise(orders[0].seed, side)
    latents = sample(networks.denoiser, conditions, context, noise, options, step)
    return list(latents.cpu())


def _clips(latents: Sequence[Tensor], device: torch.device) -> Tensor:
    """Latents (F, 4, h, w) of each chunk -> (B, 4, F, h, w)."""
    return torch.stack([each.to(device).transpose(0, 1) for each in latents])


def _kind(waiting: _Waiting) -> tuple[SamplerOptions, int]:
    return waiting.order.options, waiting.order.seed


def _check(group: list[_Waiting], _done: int, _steps: int) -> None:
    for each in group:
        try:
            each.order.check()
        except StudioError as error:
            each.error = error
    if any(each.is_settled for each in group):
        raise _Dropped
