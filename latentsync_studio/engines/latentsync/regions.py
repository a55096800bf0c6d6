"""The U-Net's repeated blocks: compiled one by one, and kept in channels-last memory.

Compiling the three kinds of repeated block instead of the whole network gives one small graph per
kind and shape, 22 at full size for 58 blocks, and fuses all that is worth fusing: norms with their
activations, transpositions with the projections around them, residuals.
"""

from __future__ import annotations

from importlib.util import find_spec
from shutil import which
from typing import TYPE_CHECKING, Any, Final

import torch
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from diffusers.models.unets.unet_motion_model import AnimateDiffTransformer3D
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

    from latentsync_studio.engines.latentsync.unet import LatentSyncUNet

_TRANSFORMERS = (Transformer2DModel, AnimateDiffTransformer3D)
_BLOCKS = (ResnetBlock2D, *_TRANSFORMERS)
SHAPES: Final = 64  # graphs of one kind of block: 14 at full size, times what callers vary
_TRITON_FROM: Final = (7, 0)
_COMPILERS: Final = ("g++", "clang++", "cl")


def keep_channels_last(unet: LatentSyncUNet) -> int:
    """Hold weights and activations in channels-last memory; return how many blocks were told.

    The transformers end in a copy to the other format; they give the wanted one instead, which
    costs nothing in a compiled block. To be called before `compile_blocks`.
    """
    model: Any = unet
    model.to(memory_format=torch.channels_last)
    blocks: list[Any] = [each for each in model.modules() if isinstance(each, _TRANSFORMERS)]
    for block in blocks:
        block.forward = _channels_last(block.forward)
    unet.is_channels_last = True
    return len(blocks)


def compile_blocks(unet: LatentSyncUNet, **options: Any) -> int:  # noqa: ANN401 - of torch.compile
    """Have every repeated block compiled when it first runs; return how many.

    Sizes are constants of the graphs. Passes must run with `torch._dynamo.config.recompile_limit`
    of SHAPES: each kind of block meets more shapes than torch compiles by default.
    """
    blocks: list[Any] = [each for each in unet.modules() if isinstance(each, _BLOCKS)]
    for block in blocks:
        block.forward = torch.compile(block.forward, dynamic=False, fullgraph=True, **options)
    unet.is_compiled = True
    return len(blocks)


def why_not_compiled(device: torch.device) -> str:
    """Return why blocks cannot be compiled for `device`, "" where they can."""
    if device.type == "cuda":
        if find_spec("triton") is None:
            return "Compiling for a GPU needs the package triton, which is not installed."
        if torch.cuda.get_device_capability(device) < _TRITON_FROM:
            return "Compiling needs a GPU of compute capability 7.0 or newer."
        return ""
    if device.type == "cpu":
        return "" if any(map(which, _COMPILERS)) else "Compiling needs a C++ compiler."
    return f"Compiling is not supported on {device.type}."


def _channels_last(forward: Callable[..., Any]) -> Callable[..., Any]:
    def kept(*args: object, **kwargs: object) -> object:
        given = forward(*args, **kwargs)
        if isinstance(given, Tensor):
            return given.contiguous(memory_format=torch.channels_last)
        return tuple(each.contiguous(memory_format=torch.channels_last) for each in given)

    return kept
