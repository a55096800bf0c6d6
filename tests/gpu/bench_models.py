"""Random networks of the real classes on the device itself, what they are fed with, and clocks."""

import statistics
import time
from dataclasses import dataclass

import torch
from diffusers import AutoencoderKL

from latentsync_studio.engines.latentsync.sampler import Conditions, clip_noise
from latentsync_studio.engines.latentsync.step_cache import Denoiser
from latentsync_studio.engines.latentsync.unet import FULL_CONFIG, LatentSyncUNet
from latentsync_studio.engines.latentsync.vae import ARCHITECTURE

FRAMES = 16
BURST_MS = 60.0
TINY_UNET = {
    "sample_size": 8,
    "block_out_channels": [16, 16, 32, 32],
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "num_attention_heads": 2,
    "motion_num_attention_heads": 2,
}
TINY_VAE = {"block_out_channels": [8, 8, 8, 8], "layers_per_block": 1, "norm_num_groups": 4}


@dataclass
class Machine:
    """Where and how large."""

    device: torch.device
    dtype: torch.dtype
    side: int
    tiny: bool

    @property
    def unet_config(self):
        return {**FULL_CONFIG, **(TINY_UNET if self.tiny else {})}

    def make_unet(self, dtype=None, device=None):
        """A random U-Net in evaluation mode."""
        device = device or self.device
        unet = made(lambda: LatentSyncUNet(**self.unet_config), dtype or self.dtype, device)
        if device.type != "meta":
            randomize(unet, 0)
        return unet

    def make_vae(self):
        """A random VAE in evaluation mode."""
        config = {**ARCHITECTURE, **(TINY_VAE if self.tiny else {})}
        vae = made(lambda: AutoencoderKL(**config), self.dtype, self.device)
        randomize(vae, 1)
        return vae

    def conditions(self, clips, dtype=None, device=None):
        """What a sampler gets: conditions, context, noise."""
        dtype, device, low = dtype or self.dtype, device or self.device, self.side // 8
        source = torch.Generator().manual_seed(3)
        shape = (clips, 4, FRAMES, low, low)
        masked, reference = (
            torch.randn(shape, generator=source).to(device, dtype) for _ in range(2)
        )
        mask = (torch.rand((1, 1, 1, low, low), generator=source) > 0.4).to(device, dtype)
        width = self.unet_config["cross_attention_dim"]
        context = torch.randn((clips * FRAMES, 50, width), generator=source).to(device, dtype)
        seen = Conditions(mask=mask, masked=masked, reference=reference)
        return seen, context, clip_noise(0, self.side)

    def squares(self, count):
        """(count, 3, side, side) f32 in -1..1."""
        source = torch.Generator().manual_seed(4)
        return torch.rand((count, 3, self.side, self.side), generator=source) * 2 - 1


def made(make, dtype, device):
    """Build a module in its final type and place at once."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            module = make()
    finally:
        torch.set_default_dtype(before)
    return module.eval().requires_grad_(requires_grad=False)


@torch.no_grad()
def randomize(module, seed):
    """Give every weight a value that keeps activations near 1, zero-initialized layers too."""
    first = next(module.parameters())
    source = torch.Generator(device=first.device).manual_seed(seed)
    for name, weight in module.named_parameters():
        drawn = torch.randn(weight.shape, generator=source, device=weight.device)
        if weight.ndim == 1:
            drawn = 0.1 * drawn + (1.0 if name.endswith("weight") else 0.0)
        else:
            drawn = 0.6 * drawn * weight[0].numel() ** -0.5
        weight.copy_(drawn)


def fed(machine, clips, dtype=None, device=None):
    """Input of one pass: x (clips, 13, 16, h, w) and the context of `clips` clips."""
    seen, context, noise = machine.conditions(clips, dtype, device)
    frames = noise.to(seen.masked).expand(seen.masked.shape)
    mask = seen.mask.expand(clips, 1, FRAMES, *seen.mask.shape[-2:])
    return torch.cat([frames, mask, seen.masked, seen.reference], 1), context


@dataclass
class Passes:
    """The four passes that sampling is made of, ready to be timed."""

    denoiser: Denoiser
    x: torch.Tensor
    context: torch.Tensor
    deep: torch.Tensor | None = None

    def guided(self):
        _, self.deep = self.denoiser.full(torch.cat([self.x, self.x]), 501, self.context, 1)

    def single(self):
        return self.denoiser.full(self.x, 501, self.context)

    def shallow(self):
        twice = torch.cat([self.x, self.x])
        return self.denoiser.shallow(twice, 501, self.context, self.deep, 1)

    def shallow_single(self):
        half = self.deep[-FRAMES:]
        return self.denoiser.shallow(self.x, 501, self.context, half)


def sync(device):
    """Wait until the device is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def milliseconds(work, device, *, seconds=1.0, least=3, most=50, warm=2):
    """Median time of a call after `warm` that do not count.

    A GPU gets several short calls at once, as it does at work: the way there is not counted.
    """
    for _ in range(warm):
        work()
    burst = 1
    if device.type == "cuda":
        once = _timed(work, device, 1)
        burst = max(1, min(10, round(BURST_MS / once)))
    times, began = [], time.monotonic()
    while len(times) < max(least, 1) or (time.monotonic() - began < seconds and len(times) < most):
        times.append(_timed(work, device, burst))
    return statistics.median(times)


def _timed(work, device, calls):
    sync(device)
    start = time.perf_counter()
    for _ in range(calls):
        work()
    sync(device)
    return 1000 * (time.perf_counter() - start) / calls
