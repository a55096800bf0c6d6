"""Denoising passes, full and shallow: a shallow one reuses what changes slowly from step to step.

The deep features of one full pass stand in for everything but the outermost layer in the steps
that follow it: what the second-last layer of the last up block gave is kept (one tensor), and a
shallow pass computes only the input convolution, the last layer and the output. It is the rule of
DeepCache with interval 3, branch 0, which the model's defaults use, and costs 7 % of a full pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from latentsync_studio.engines.latentsync.unet import LatentSyncUNet


class Denoiser:
    """The only way a sampler runs the network; one thread at a time, without gradients.

    Shapes: x (B, 13, F, h, w); t the timestep, a number or a tensor that lies on x's device;
    context ((B - null_rows) * F, 50, 384), clip by clip, None where null_rows = B: the first
    null_rows clips hear nothing. The noise returned is (B, 4, F, h, w). `deep` is
    (B * F, C, h, w), clip by clip: that of fewer clips is a slice of it.
    """

    def __init__(self, unet: LatentSyncUNet) -> None:
        self.unet = unet.eval().requires_grad_(requires_grad=False)
        self._deep: Tensor | None = None
        self._times: dict[float, Tensor] = {}
        self._last = unet.up_blocks[-1]
        self._last.motion_modules[-2].register_forward_hook(self._keep)

    @torch.no_grad()
    def full(
        self, x: Tensor, t: Tensor | float, context: Tensor | None, null_rows: int = 0
    ) -> tuple[Tensor, Tensor]:
        """Run the whole network; return the noise and what `shallow` needs."""
        time = self._time(t, x.device)
        try:
            noise = self.unet(x, time, context, return_dict=False, null_rows=null_rows)[0]
            deep = self._deep
        finally:
            self._deep = None  # held by the caller alone, and by nobody after an error
        if deep is None:
            raise RuntimeError("the deep features were not seen")
        return noise, deep

    @torch.no_grad()
    def shallow(
        self, x: Tensor, t: Tensor | float, context: Tensor | None, deep: Tensor, null_rows: int = 0
    ) -> Tensor:
        """Run the outermost layer alone on the deep features of an earlier full pass."""
        unet, last, frames = self.unet, self._last, x.shape[2]
        unet.prepare(x, context, null_rows)
        time = unet.time_proj(self._time(t, x.device).expand(x.shape[0])).to(unet.dtype)
        embedded = unet.time_embedding(time).repeat_interleave(frames, 0)
        entered = unet.conv_in(x.transpose(1, 2).flatten(0, 1))
        hidden = last.resnets[-1](torch.cat([deep, entered], 1), embedded)
        hidden = last.attentions[-1](hidden, context, return_dict=False)[0]
        hidden = last.motion_modules[-1](hidden, num_frames=frames)
        noise = unet.conv_out(unet.conv_act(unet.conv_norm_out(hidden)))
        return noise.unflatten(0, (-1, frames)).transpose(1, 2)

    def _keep(self, _module: Any, _inputs: Any, output: Tensor) -> None:
        self._deep = output

    def _time(self, t: Tensor | float, device: torch.device) -> Tensor:
        """Return t as (1,) on the device; a number travels there once, not in every window."""
        if isinstance(t, Tensor) and t.device == device:
            return t.reshape(1)
        number = float(t)
        kept = self._times.get(number)
        if kept is None or kept.device != device:
            kept = self._times[number] = torch.tensor([number], device=device)
        return kept
