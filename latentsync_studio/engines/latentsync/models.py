"""Everything that the engine runs on, loaded from what was found and checked to go together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from latentsync_studio.core.weights import WeightsError
from latentsync_studio.engines.latentsync.checkpoint import load_unet
from latentsync_studio.engines.latentsync.configs import read_config
from latentsync_studio.engines.latentsync.vae import STRIDE, load_vae
from latentsync_studio.engines.latentsync.whisper import load_whisper

if TYPE_CHECKING:
    import torch
    from diffusers import AutoencoderKL
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    from latentsync_studio.core.weights import WeightSet
    from latentsync_studio.engines.latentsync.unet import LatentSyncUNet

STATES: Final = 5  # of the speech encoder that the U-Net hears


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """Loaded models, in evaluation mode.

    Attributes:
        unet: the denoiser.
        vae: pixels <-> latents.
        whisper: speech -> states.
        resolution: px of the crops.
        digest: hex digest of all weights, "" where nobody read them (WeightSet.digest).
        is_test: whether any of them are test weights.
    """

    unet: LatentSyncUNet
    vae: AutoencoderKL
    whisper: WhisperEncoder
    resolution: int
    digest: str
    is_test: bool


def load_models(found: WeightSet, device: torch.device, dtype: torch.dtype) -> Models:
    """Load a whole set; the cheap parts first, so that what is wrong is told soon.

    Args:
        found: what services.weights.find_weights found.
        device: where all of it is to run.
        dtype: what all of it is to run in.

    Raises:
        WeightsError: a part is damaged, of another model, or does not go with the others.
    """
    _check_resolution(found)
    whisper = load_whisper(found.whisper, device, dtype)
    vae = load_vae(found.vae, device, dtype)
    unet = load_unet(found.unet.weights.parent, device, dtype)
    _check_together(unet, vae, whisper, found)
    return Models(
        unet=unet,
        vae=vae,
        whisper=whisper,
        resolution=found.resolution,
        digest=found.digest,
        is_test=found.is_test,
    )


def _check_resolution(found: WeightSet) -> None:
    """The config may have been changed since the set was found."""
    said = None if found.unet.config is None else read_config(found.unet.config).get("resolution")
    if said != found.resolution:
        raise WeightsError(
            f"{found.unet.config} says {said} px, but {found.resolution} px were asked for. Weights"
            " draw well only at the resolution they were trained at: 256 for LatentSync 1.5, 512"
            " for 1.6.",
            remedy="Convert the checkpoint again: latentsync-studio models convert",
        )


def _check_together(unet: Any, vae: Any, whisper: Any, found: WeightSet) -> None:  # noqa: ANN401 - untyped
    heard, told = unet.config.cross_attention_dim, whisper.config.d_model
    states = whisper.config.encoder_layers + 1
    latents = 2 ** (len(vae.config.block_out_channels) - 1)
    made, drawn = vae.config.latent_channels, unet.config.out_channels
    checks = (
        (heard == told, f"the U-Net hears states {heard} wide, the speech encoder tells {told}"),
        (states == STATES, f"the speech encoder tells {states} states, {STATES} are needed"),
        (latents == STRIDE, f"the VAE makes one latent of {latents} px, {STRIDE} are needed"),
        (made == drawn, f"the VAE has {made} channels of latents, the U-Net {drawn}"),
    )
    wrong = [text for holds, text in checks if not holds]
    if wrong:
        parts = ", ".join(str(model.weights) for model in found.models)
        raise WeightsError(
            f"These weights do not go together: {'; '.join(wrong)} ({parts}).",
            remedy="Use the published parts: latentsync-studio models list",
        )
