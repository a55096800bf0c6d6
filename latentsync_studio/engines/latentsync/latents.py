"""Squares <-> latents: sliced so that memory stays small, and kept so that no frame is made twice.

Source: LatentSync's defaults (z = 0.18215 * posterior), with the posterior's mode instead of a
sample unless noise is given.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from diffusers import AutoencoderKL
    from torch import Tensor

    from latentsync_studio.core.arrays import Rgb8

CHANNELS: Final = 4
STRIDE: Final = 8  # pixels per latent


def to_pixels(squares: Rgb8) -> Tensor:
    """Squares u8 (F, res, res, 3) RGB -> (F, 3, res, res) f32 in -1..1, on the CPU."""
    stored = torch.from_numpy(np.array(squares))  # a copy: what is handed over is read-only
    return stored.permute(0, 3, 1, 2).float() / 127.5 - 1.0


@torch.no_grad()
def encode(
    vae: AutoencoderKL, pixels: Tensor, *, slice_size: int, noise: Tensor | None = None
) -> Tensor:
    """Encode squares.

    Args:
        vae: on any device, in any precision.
        pixels: (F, 3, res, res) in -1..1 on any device; slices of it are moved to the VAE's.
        slice_size: squares encoded at once; it changes memory, not the result.
        noise: (F, 4, res / 8, res / 8) f32 for samples of the posterior, as of `posterior_noise`;
            None takes its mode, which does not depend on chance and may be kept.

    Returns:
        (F, 4, res / 8, res / 8) f32 on the VAE's device, scaled to what the U-Net expects.
    """
    model: Any = vae  # diffusers is untyped
    parts = []
    for at in range(0, len(pixels), slice_size):
        part = pixels[at : at + slice_size].to(model.device, model.dtype)
        posterior = model.encode(part).latent_dist
        latents = posterior.mean.float()
        if noise is not None:
            drawn = noise[at : at + slice_size].to(latents.device)
            latents = latents + posterior.std.float() * drawn
        parts.append(latents * model.config.scaling_factor)
    return torch.cat(parts)


@torch.no_grad()
def decode(vae: AutoencoderKL, latents: Tensor, *, slice_size: int) -> Tensor:
    """Decode latents, the inverse of `encode`.

    Args:
        vae: on any device, in any precision.
        latents: (F, 4, h, w) scaled, on any device.
        slice_size: squares decoded at once; it changes memory, not the result.

    Returns:
        (F, 3, 8 h, 8 w) f32 on the VAE's device, about -1..1, not clipped.
    """
    parts = [_decoded(vae, part) for part in torch.split(latents, slice_size)]
    return torch.cat(parts)


@torch.no_grad()
def redrawn(vae: AutoencoderKL, latents: Tensor, *, slice_size: int) -> Rgb8:
    """As `decode`, as pictures in main memory; each slice leaves the device as bytes.

    Returns:
        u8 (F, 8 h, 8 w, 3) RGB, rounded.
    """
    parts = []
    for part in torch.split(latents, slice_size):
        levels = (_decoded(vae, part) * 127.5 + 127.5).round_().clamp_(0, 255)
        parts.append(levels.to(torch.uint8).permute(0, 2, 3, 1).cpu())
    return np.ascontiguousarray(torch.cat(parts).numpy())


def posterior_noise(seed: int, frames: Sequence[int], purpose: str, resolution: int) -> Tensor:
    """Chance for samples of the posterior that belongs to a frame and not to an order of work.

    Args:
        seed: of the request.
        frames: source frames, any order.
        purpose: what is encoded ("masked", "reference"); each has its own chance.
        resolution: side of the square, px.

    Returns:
        (F, 4, res / 8, res / 8) f32 on the CPU; that of a frame is the same in every call.
    """
    side = resolution // STRIDE
    drawn = []
    for frame in frames:
        name = blake2b(f"{seed} {purpose} {frame}".encode(), digest_size=8).digest()
        source = torch.Generator().manual_seed(int.from_bytes(name, "little") >> 1)
        drawn.append(torch.randn((CHANNELS, side, side), generator=source))
    return torch.stack(drawn)


class LatentCache:
    """Latents of single frames, the least recently used ones forgotten. Safe on several threads.

    A looped or bounced clip shows its frames again and again, and overlapping windows share some.
    """

    def __init__(self, limit_bytes: int) -> None:
        """Hold at most `limit_bytes` of tensors; 0 holds nothing."""
        self._limit = limit_bytes
        self._held: OrderedDict[Hashable, Tensor] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    @property
    def n_bytes(self) -> int:
        """Bytes held now."""
        return self._bytes

    def fetch(self, keys: Sequence[Hashable], make: Callable[[list[int]], Tensor]) -> Tensor:
        """Latents of frames, made where they are not held.

        Args:
            keys: name of each frame with all that shapes its latents.
            make: given places in `keys`, each frame once, returns their latents (n, ...).

        Returns:
            (len(keys), ...) in the order of `keys`.
        """
        found: dict[Hashable, Tensor] = {}
        with self._lock:
            for key in keys:
                if key in self._held:
                    self._held.move_to_end(key)
                    found[key] = self._held[key]
        first = {key: place for place, key in reversed(list(enumerate(keys)))}
        missing = sorted(place for key, place in first.items() if key not in found)
        if missing:
            made = make(missing)
            fresh = {keys[place]: one for place, one in zip(missing, made, strict=True)}
            found |= fresh
            self._hold(fresh)
        return torch.stack([found[key] for key in keys])

    def holds(self, key: Hashable) -> bool:
        """Whether latents of this name are held now."""
        with self._lock:
            return key in self._held

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._held.clear()
            self._bytes = 0

    def _hold(self, fresh: dict[Hashable, Tensor]) -> None:
        for key, tensor in fresh.items():
            if tensor.nbytes > self._limit:
                continue
            own = tensor.clone()  # a view would keep all that was made with it
            with self._lock:
                if key in self._held:
                    continue
                self._held[key] = own
                self._bytes += own.nbytes
                while self._bytes > self._limit:
                    self._bytes -= self._held.popitem(last=False)[1].nbytes


def _decoded(vae: AutoencoderKL, latents: Tensor) -> Tensor:
    model: Any = vae  # as above
    unscaled = latents.to(model.device).float() / model.config.scaling_factor
    decoded: Tensor = model.decode(unscaled.to(model.dtype), return_dict=False)[0]
    return decoded.float()
