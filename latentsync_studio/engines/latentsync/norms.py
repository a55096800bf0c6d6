"""Group normalization over the frames of a clip, and per frame: the two norms that are not stock.

LatentSync shares the statistics of its residual blocks over all frames of a clip, and takes those
of its motion modules frame by frame; the stock motion U-Net does the opposite in both places.

Statistics are made per frame and channel first, and joined then. That reads every element once in
any memory format (a group is 10 neighbors in channels-last memory, which no reduction reads well),
needs no permuted copy of the activations, and one level of threads. They are float32 also where
the pixels are half, so that a mean far from zero costs no precision.
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

    Takes and returns (B * F, C, h, w), frames fastest, in any memory format. It has the very
    parameters of the norm that it takes the place of.
    """

    def __init__(self, norm: nn.GroupNorm, clip: ClipLength) -> None:
        super().__init__(norm.num_groups, norm.num_channels, norm.eps, device="meta")
        self.weight, self.bias, self.clip = norm.weight, norm.bias, clip

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the parent's name
        frames, groups = self.clip.frames, self.num_groups
        mean, variance = (
            moment.view(-1, frames, groups, self.num_channels // groups)
            for moment in _moments(input, (2, 3))
        )
        scale, shift = _joined(self, mean, variance, (1, 3))
        every = (-1, frames, -1, -1)
        scale, shift = (
            factor.expand(every).reshape(-1, self.num_channels, 1, 1) for factor in (scale, shift)
        )
        return _scaled(input, scale, shift)


class FrameGroupNorm(nn.GroupNorm):
    """Group norm with statistics of every frame on its own; (B, C, F, h, w) in and out.

    It has the very parameters of the norm that it takes the place of.
    """

    def __init__(self, norm: nn.GroupNorm) -> None:
        super().__init__(norm.num_groups, norm.num_channels, norm.eps, device="meta")
        self.weight, self.bias = norm.weight, norm.bias

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the parent's name
        clips, channels, frames = input.shape[:3]
        parts = (clips, frames, self.num_groups, channels // self.num_groups)
        mean, variance = (
            moment.transpose(1, 2).reshape(parts) for moment in _moments(input, (3, 4))
        )
        scale, shift = (
            factor.flatten(2).transpose(1, 2)[..., None, None]
            for factor in _joined(self, mean, variance, (3,))
        )
        return _scaled(input, scale, shift)


def _moments(pixels: Tensor, over: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Mean and variance over rows and columns, at least float32.

    Of half precision the mean square less the squared mean: float32 sums lose less than the
    pixels' own rounding did, and the pixels need no float32 copy. Otherwise the stable way.
    """
    if pixels.dtype not in _HALF:
        variance, mean = torch.var_mean(pixels, over, correction=0)
        return mean, variance
    count = pixels.shape[over[0]] * pixels.shape[over[1]]
    mean = pixels.mean(over, dtype=torch.float32)
    length = torch.linalg.vector_norm(pixels, dim=over, dtype=torch.float32)
    return mean, (length.square() / count - mean.square()).clamp_min(0)


def _joined(
    norm: nn.GroupNorm, mean: Tensor, variance: Tensor, over: tuple[int, ...]
) -> tuple[Tensor, Tensor]:
    """Join moments (B, F, groups, C / groups); return the factors to scale and to shift by.

    The variance of a union of equal parts is their mean variance and the variance of their means.
    """
    center = mean.mean(over, keepdim=True)
    spread = variance.mean(over, keepdim=True) + (mean - center).square().mean(over, keepdim=True)
    scale = torch.rsqrt(spread + norm.eps) * norm.weight.view(norm.num_groups, -1)
    return scale, norm.bias.view(norm.num_groups, -1) - center * scale


def _scaled(pixels: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Return pixels * scale + shift, computed as the factors are and stored as the pixels are."""
    if pixels.dtype == scale.dtype:
        return torch.addcmul(shift, pixels, scale)
    if pixels.is_cuda and not torch.is_grad_enabled() and not torch.compiler.is_compiling():
        return torch.addcmul(shift, pixels, scale, out=torch.empty_like(pixels))  # one kernel
    return torch.addcmul(shift, pixels.to(scale.dtype), scale).to(pixels.dtype)
