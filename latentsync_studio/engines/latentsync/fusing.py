"""The same network in fewer and larger matrix products.

Queries, keys and values of a self-attention come of one product instead of three, so that the
activations, which outweigh the weights by far, are read once; and the 1x1 convolutions around the
spatial transformers are products of the rows as they lie in memory, without a change of format.
Both compute the same sums. The state of the network has other names afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from diffusers.models.unets.unet_motion_model import AnimateDiffTransformer3D
from torch import nn

from latentsync_studio.engines.latentsync.attention import FusedSelfAttention

if TYPE_CHECKING:
    from latentsync_studio.engines.latentsync.unet import LatentSyncUNet


def fuse_projections(unet: LatentSyncUNet) -> tuple[int, int]:
    """Fuse in place; return how many self-attentions and 1x1 convolutions were changed.

    To be called once, before the blocks are compiled.
    """
    attentions, convolutions = 0, 0
    modules: list[Any] = list(unet.modules())
    for module in modules:
        if isinstance(module, Transformer2DModel):
            attentions += sum(_fuse(block.attn1) for block in module.transformer_blocks)
            convolutions += _as_products(module)
        elif isinstance(module, AnimateDiffTransformer3D):
            for block in module.transformer_blocks:
                attentions += _fuse(block.attn1) + _fuse(block.attn2)
    unet.is_fused = True
    return attentions, convolutions


def _fuse(attention: Any) -> int:  # noqa: ANN401 - the library's modules are untyped
    """Give a self-attention one projection for three; returns how many that changed."""
    parts = (attention.to_q, attention.to_k, attention.to_v)
    weight = torch.cat([part.weight.detach() for part in parts])
    attention.to_qkv = _linear(weight, None)
    attention.to_q = attention.to_k = attention.to_v = None
    attention.set_processor(FusedSelfAttention())
    return 1


def _as_products(transformer: Any) -> int:  # noqa: ANN401 - the library's modules are untyped
    """Have a spatial transformer project rows; returns how many convolutions that replaced."""
    if transformer.use_linear_projection:
        return 0
    for name in ("proj_in", "proj_out"):
        convolution = getattr(transformer, name)
        rows = convolution.weight.detach().flatten(1)
        setattr(transformer, name, _linear(rows, convolution.bias.detach()))
    transformer.use_linear_projection = True
    return 2


def _linear(weight: torch.Tensor, bias: torch.Tensor | None) -> nn.Linear:
    made = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None, device="meta")
    made.weight = nn.Parameter(weight.contiguous(), requires_grad=False)
    if bias is not None:
        made.bias = nn.Parameter(bias, requires_grad=False)
    return made.eval()
