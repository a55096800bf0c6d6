"""Denoising passes, full and shallow: a shallow one reuses what changes slowly from step to step.

The deep features of one full pass stand in for everything but the outermost layer in the steps
that follow it: what the second-last layer of the last up block gave is kept (one tensor), and a
shallow pass computes only the input convolution, the last layer and the output. It is the rule of
DeepCache with interval 3, branch 0, which the model's defaults use, and costs 7 % of a full pass.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor, nn

from latentsync_studio.engines.latentsync.fusing import fuse_projections
from latentsync_studio.engines.latentsync.regions import (
    SHAPES,
    compile_blocks,
    keep_channels_last,
)

if TYPE_CHECKING:
    from latentsync_studio.engines.latentsync.unet import LatentSyncUNet

_MOST_ROWS: Final = 65_535  # of a batch that attention kernels take: a dimension of their grid


class Denoiser:
    """The only way a sampler runs the network; one thread at a time, without gradients.

    Shapes: x (B, 13, F, h, w); t the timestep, a number or a tensor that lies on x's device;
    context ((B - null_rows) * F, 50, 384), clip by clip, None where null_rows = B: the first
    null_rows clips hear nothing. The noise returned is (B, 4, F, h, w). `deep` is
    (B * F, C, h, w), clip by clip: that of fewer clips is a slice of it.
    """

    def __init__(self, unet: LatentSyncUNet) -> None:
        self.unet: Any = unet.eval().requires_grad_(requires_grad=False)
        blocks: list[Any] = [*unet.up_blocks]
        self._last = blocks[-1]
        self._times: dict[float, Tensor] = {}

    @torch.no_grad()
    def full(
        self, x: Tensor, t: Tensor | float, context: Tensor | None, null_rows: int = 0
    ) -> tuple[Tensor, Tensor]:
        """Run the whole network; return the noise and what `shallow` needs."""
        time = self._time(t, x.device)
        seen: list[Tensor] = []
        watch = self._last.motion_modules[-2].register_forward_hook(
            lambda _module, _given, output: seen.append(output)
        )
        try:
            with self._limits():
                noise = self.unet(x, time, context, return_dict=False, null_rows=null_rows)[0]
        finally:
            watch.remove()  # the features are the caller's alone, and nobody's after an error
        (deep,) = seen
        return noise, deep

    @torch.no_grad()
    def shallow(
        self, x: Tensor, t: Tensor | float, context: Tensor | None, deep: Tensor, null_rows: int = 0
    ) -> Tensor:
        """Run the outermost layer alone on the deep features of an earlier full pass."""
        self.unet.prepare(x, context, null_rows)
        frames = x.shape[2]
        if deep.shape[0] != x.shape[0] * frames:
            raise ValueError(f"deep features of {deep.shape[0]} frames, not of {frames} per clip")
        with self._limits():
            noise = self._outermost(x, self._time(t, x.device), context, deep)
        return noise.view(-1, frames, *noise.shape[1:]).transpose(1, 2)

    def fuse_projections(self) -> None:
        """Compute the same with fewer, larger matrix products (see `fusing`); before compiling."""
        if not self.unet.is_fused:
            self._refuse_if_compiled()
            fuse_projections(self.unet)

    def channels_last(self) -> None:
        """Keep weights and activations in channels-last memory; comes before compiling."""
        if not self.unet.is_channels_last:
            self._refuse_if_compiled()
            keep_channels_last(self.unet)

    def compile_regional(self, **options: Any) -> None:  # noqa: ANN401 - those of torch.compile
        """Compile the repeated blocks, each when it first runs with new sizes (minutes in all).

        `regions.why_not_compiled` tells beforehand where that cannot work.
        """
        if not self.unet.is_compiled:
            compile_blocks(self.unet, **options)

    def untouched_by_shallow(self) -> list[nn.Module]:
        """The parts that shallow passes never run, 98 % of the weights: what may be offloaded."""
        unet = self.unet
        return [*unet.down_blocks, unet.mid_block, *unet.up_blocks[:-1]]

    @staticmethod
    def most_clips(height: int, width: int) -> int:
        """How many clips of that latent size GPU kernels take at once, whatever the memory."""
        return max(1, _MOST_ROWS // (height * width))

    def _outermost(self, x: Tensor, time: Tensor, context: Tensor | None, deep: Tensor) -> Tensor:
        """Return the noise as (B * F, 4, h, w)."""
        unet, last, frames = self.unet, self._last, x.shape[2]
        embedded = unet.time_embedding(unet.time_proj(time.expand(x.shape[0])).to(unet.dtype))
        entered = unet.conv_in(x.transpose(1, 2).flatten(0, 1))
        hidden = last.resnets[-1](
            input_tensor=torch.cat([deep, entered], 1), temb=embedded.repeat_interleave(frames, 0)
        )
        hidden = last.attentions[-1](  # called as the whole network calls it: one compiled graph
            hidden_states=hidden,
            encoder_hidden_states=context,
            cross_attention_kwargs=None,
            attention_mask=None,
            encoder_attention_mask=None,
            return_dict=False,
        )[0]
        hidden = last.motion_modules[-1](hidden, num_frames=frames)
        noise: Tensor = unet.conv_out(unet.conv_act(unet.conv_norm_out(hidden)))
        return noise

    def _refuse_if_compiled(self) -> None:
        if self.unet.is_compiled:
            raise ValueError("the layers must be changed before the blocks are compiled")

    def _limits(self) -> AbstractContextManager[object]:
        """Torch compiles a function for 8 shapes and then stops; its setting is one thread's."""
        if not self.unet.is_compiled:
            return nullcontext()
        patch: AbstractContextManager[object] = torch._dynamo.config.patch(recompile_limit=SHAPES)  # noqa: SLF001 - documented as public
        return patch

    def _time(self, t: Tensor | float, device: torch.device) -> Tensor:
        """Return t as (1,) on the device; a number travels there once, not in every window."""
        if isinstance(t, Tensor) and t.device == device:
            return t.reshape(1)
        number = float(t)
        kept = self._times.get(number)
        if kept is None or kept.device != device:
            kept = self._times[number] = torch.tensor([number], device=device)
        return kept
