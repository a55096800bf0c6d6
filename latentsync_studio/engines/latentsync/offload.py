"""A U-Net that is larger than the device: its blocks are brought there while they run.

What shallow passes need, two percent of the weights, stays on the device. Every other block lies in
the main memory, in pages that the device can read by itself, is copied before it runs and let go of
after it. Results are the same bit for bit. (The hooks that diffusers has for this need one more
package, and copy what never changed back as well.)
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from diffusers.models.unets.unet_motion_model import AnimateDiffTransformer3D

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch
    from torch import Tensor, nn

    from latentsync_studio.engines.latentsync.step_cache import Denoiser

BLOCKS = (ResnetBlock2D, Transformer2DModel, AnimateDiffTransformer3D)


def bring_blocks(denoiser: Denoiser, device: torch.device) -> int:
    """Have blocks brought to `device` when they run; return how many.

    The network is to be on the CPU, and its blocks not compiled.

    Raises:
        ValueError: nothing was found that could be brought.
    """
    far = denoiser.untouched_by_shallow()
    units = [unit for part in far for unit in _units(part)]
    if not units:
        raise ValueError("No block of the U-Net was found that could be brought to a device.")
    for unit in units:
        _Brought(unit, device)
    there = {id(tensor) for unit in units for tensor in _tensors(unit)}
    for tensor in _tensors(denoiser.unet):
        if id(tensor) not in there:
            tensor.data = tensor.data.to(device)
    return len(units)


class _Brought:
    """The tensors of one block, and where they are."""

    def __init__(self, unit: nn.Module, device: torch.device) -> None:
        self._device = device
        self._tensors = list(_tensors(unit))
        self._home = [_pinned(tensor.data, device) for tensor in self._tensors]
        self._leave()
        unit.register_forward_pre_hook(self._come)
        unit.register_forward_hook(self._go, always_call=True)

    def _come(self, _unit: nn.Module, _inputs: object) -> None:
        for tensor, home in zip(self._tensors, self._home, strict=True):
            tensor.data = home.to(self._device, non_blocking=True)

    def _go(self, _unit: nn.Module, _inputs: object, _output: object) -> None:
        self._leave()

    def _leave(self) -> None:
        for tensor, home in zip(self._tensors, self._home, strict=True):
            tensor.data = home


def _units(part: nn.Module) -> Iterator[nn.Module]:
    """Blocks in a part of the network, and layers outside of blocks."""
    if isinstance(part, BLOCKS) or next(part.parameters(recurse=False), None) is not None:
        yield part
        return
    for child in part.children():
        yield from _units(child)


def _tensors(module: nn.Module) -> Iterator[Tensor]:
    yield from module.parameters()
    yield from module.buffers()


def _pinned(tensor: Tensor, device: torch.device) -> Tensor:
    """A copy that the device reads without the processor's help, where the system allows one."""
    if device.type == "cuda":
        with suppress(RuntimeError):  # no more memory may be pinned: slower, but it works
            return tensor.pin_memory()
    return tensor
