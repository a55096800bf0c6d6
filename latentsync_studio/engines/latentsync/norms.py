"""Group normalization over the frames of a clip, and per frame: the two norms that are not stock.

LatentSync shares the statistics of its residual blocks over all frames of a clip, and takes those
of its motion modules frame by frame; the stock motion U-Net does the opposite in both places.

Statistics are made per channel first and joined per group then. That reads every element once in
any memory format (a group is 10 neighbors in channels-last memory, which no reduction reads well)
and needs no permuted copy of the activations. They are float32 also where the pixels are half.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

_HALF = (torch.float16, torch.bfloat16)


@dataclass(slots=True)
class ClipLength:
    """How many frames a clip has, shared by all norms of one U-Net and set before every pass."""

    frames: int = 1


class ClipGroupNorm(nn.GroupNorm):
    """Group norm with one set of statistics per clip, over its frames, rows and columns.

    Takes and returns (B * F, C, h, w), frames fastest, in any memory format.
    """

    clip: ClipLength

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the parent's name
        clips = input.unflatten(0, (-1, self.clip.frames))
        scale, shift = _scale_and_shift(self, *_moments(clips, (1, 3, 4)))
        here = (slice(None), None, slice(None), None, None)
        return _scaled(clips, scale[here], shift[here]).flatten(0, 1)


class FrameGroupNorm(nn.GroupNorm):
    """Group norm with statistics of every frame on its own; (B, C, F, h, w) in and out."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the parent's name
        scale, shift = _scale_and_shift(self, *_moments(input, (3, 4)))
        return _scaled(input, scale[..., None, None], shift[..., None, None])


def like(norm: nn.GroupNorm, kind: type[nn.GroupNorm]) -> nn.GroupNorm:
    """Return a `kind` that has the sizes and the very parameters of `norm`."""
    made = kind(norm.num_groups, norm.num_channels, norm.eps, device="meta")
    made.weight, made.bias = norm.weight, norm.bias
    return made


def _moments(pixels: Tensor, over: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Mean and variance over the given dimensions, at least float32.

    Of half precision the mean square less the squared mean: float32 sums lose less than the
    pixels' own rounding, and the pixels need no float32 copy. Otherwise the stable way.
    """
    if pixels.dtype not in _HALF:
        variance, mean = torch.var_mean(pixels, over, correction=0)
        return mean, variance
    count = 1
    for dim in over:
        count *= pixels.shape[dim]
    mean = pixels.mean(over, dtype=torch.float32)
    length = torch.linalg.vector_norm(pixels, dim=over, dtype=torch.float32)
    return mean, (length.square() / count - mean.square()).clamp_min(0)


def _scale_and_shift(norm: nn.GroupNorm, mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
    """Join the moments of channels (N, C, ...) to groups; return scale and shift, (N, C, ...)."""
    groups = (norm.num_groups, -1)
    means, variances = mean.unflatten(1, groups), variance.unflatten(1, groups)
    center = means.mean(2, keepdim=True)
    spread = variances.mean(2, keepdim=True) + (means - center).square().mean(2, keepdim=True)
    per_channel = (*groups, *(1,) * (mean.dim() - 2))
    scale = torch.rsqrt(spread + norm.eps) * norm.weight.view(per_channel)
    shift = norm.bias.view(per_channel) - center * scale
    return scale.flatten(1, 2), shift.flatten(1, 2)


def _scaled(pixels: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Return pixels * scale + shift, computed as the factors are and stored as the pixels are."""
    if pixels.dtype == scale.dtype:
        return torch.addcmul(shift, pixels, scale)
    if pixels.is_cuda and not torch.is_grad_enabled() and not torch.compiler.is_compiling():
        return torch.addcmul(shift, pixels, scale, out=torch.empty_like(pixels))  # one kernel
    return torch.addcmul(shift, pixels.to(scale.dtype), scale).to(pixels.dtype)
