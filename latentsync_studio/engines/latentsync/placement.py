"""How much memory a window needs, and the rungs of the ladder that leads from fast to small.

    frames through the VAE at once    4 -> 1
    guidance                          both passes at once -> one after the other (exact)
    weights                           on the device -> each block brought when it runs (exact)
    pictures                          512 px -> 256 px with the weights for it (looks different)

Sizes of activations are those of full-size networks at 512 px in 16 bits; they grow with pixels,
channels and bytes a number. Measured on an NVIDIA H200 (torch 2.11), in all: 4 frames at once
through the VAE reserve 5.6 GiB (16 would 13.0), frame by frame 5.4, guidance in two passes 4.2,
blocks brought one by one 1.6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from latentsync_studio.engines.latentsync.devices import GIB, Room
from latentsync_studio.engines.latentsync.offload import BLOCKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

_UNET_PASS: Final = 1.1 * GIB  # one clip of 16 frames
_CODED: Final = 0.55 * GIB  # one frame, in or out
_CHANNELS: Final = 320, 128  # first level of the full-size U-Net and VAE
_SLACK: Final = 1.14  # what the allocator and its workspaces take beyond live tensors
_RESERVES: Final = {
    "cuda": (0.05, 1.0),
    "mps": (0.1, 2.0),
    "cpu": (0.05, 1.0),
}  # share, at most GiB


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One way to fit into memory.

    Attributes:
        resolution: px of the square.
        vae_slice: frames that go through the VAE at once.
        is_batched: both halves of guidance in one pass.
        is_offloaded: blocks are brought to the device one by one.
    """

    resolution: int
    vae_slice: int
    is_batched: bool = True
    is_offloaded: bool = False

    @property
    def words(self) -> str:
        """What it is, for people."""
        parts = [f"{self.resolution} px", f"{self.vae_slice} frames at once through the VAE"]
        if self.vae_slice == 1:
            parts[1] = "frame by frame through the VAE"
        parts += [] if self.is_batched else ["guidance in two passes"]
        parts += ["blocks brought one by one"] if self.is_offloaded else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """What the networks of one resolution take, bytes.

    Attributes:
        unet: all of its tensors.
        rest: those of VAE and speech encoder.
        largest: the largest block of the U-Net.
        number: bytes of a number.
        channels: of the first levels of U-Net and VAE.
    """

    unet: int
    rest: int
    largest: int
    number: int
    channels: tuple[int, int] = _CHANNELS


def rungs_of(resolutions: Sequence[int]) -> tuple[Rung, ...]:
    """All rungs, from fast to small; resolutions from large to small."""
    return tuple(
        Rung(resolution=side, vae_slice=frames, is_batched=batched, is_offloaded=offloaded)
        for side in resolutions
        for frames, batched, offloaded in (
            (4, True, False),
            (1, True, False),
            (1, False, False),
            (1, False, True),
        )
    )


def sizes_of(unet: Any, vae: Any, whisper: torch.nn.Module, number: int) -> Sizes:  # noqa: ANN401 - diffusers is untyped
    """Sizes of loaded networks.

    Args:
        unet: LatentSyncUNet.
        vae: AutoencoderKL.
        whisper: the speech encoder.
        number: bytes of a number.
    """
    blocks = [_bytes(module) for module in unet.modules() if isinstance(module, BLOCKS)]
    return Sizes(
        unet=_bytes(unet),
        rest=_bytes(vae) + _bytes(whisper),
        largest=max(blocks, default=0),
        number=number,
        channels=(unet.config.block_out_channels[0], vae.config.block_out_channels[0]),
    )


def needed(rung: Rung, sizes: Sizes, windows: int = 1) -> int:
    """Bytes that drawing takes at its peak, weights and all; an estimate.

    windows: how many are drawn at once.
    """
    scale = (rung.resolution / 512) ** 2 * sizes.number / 2
    wide_unet, wide_vae = (
        have / full for have, full in zip(sizes.channels, _CHANNELS, strict=True)
    )
    clips = windows * (2 if rung.is_batched else 1)
    passing = _UNET_PASS * scale * wide_unet * clips
    coding = _CODED * scale * wide_vae * rung.vae_slice
    weights = sizes.rest + (2 * sizes.largest if rung.is_offloaded else sizes.unet)
    return int(_SLACK * (weights + max(passing, coding)))


def usable(room: Room, kind: str, limit: int) -> int:
    """Bytes that the engine may plan with: what is free without a reserve, within the limit.

    Args:
        room: of the device.
        kind: "cuda", "mps" or "cpu".
        limit: bytes that the user allows, 0 without one.
    """
    share, most = _RESERVES[kind]
    free = room.free - min(share * room.total, most * GIB)
    return int(max(min(free, limit) if limit else free, 0))


def first_fitting(
    rungs: Sequence[Rung], sizes: Sizes, room: int, *, resolution: int | None = None
) -> int:
    """Number of the first rung that is expected to fit; the last one where none is.

    resolution: look only at rungs of it; None: at all.
    """
    for number, rung in enumerate(rungs):
        is_meant = resolution is None or rung.resolution == resolution
        if is_meant and needed(rung, sizes) <= room:
            return number
    meant = [n for n, r in enumerate(rungs) if resolution is None or r.resolution == resolution]
    return meant[-1]


def _bytes(module: torch.nn.Module) -> int:
    tensors = [*module.parameters(), *module.buffers()]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
