"""The VAE: the published sd-vae-ft-mse as a stock AutoencoderKL, or none.

A VAE without its weights still encodes and decodes, to noise; so the architecture is compared with
the published one, every tensor must be there, and what was loaded has to show that it can redraw a
picture that any trained one can.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import torch
from diffusers import AutoencoderKL

from latentsync_studio.core.weights import WeightsError
from latentsync_studio.engines.latentsync.configs import read_config
from latentsync_studio.engines.tensors.state import (
    check_state,
    fill,
    read_saved,
    read_tensors,
    tensors_only,
)

if TYPE_CHECKING:
    from latentsync_studio.core.weights import FoundModel

TITLE: Final = "the Stable Diffusion VAE (ft-MSE)"
SCALING: Final = 0.18215
STRIDE: Final = 8  # pixels a latent, each way
ARCHITECTURE: Final[dict[str, Any]] = {
    "in_channels": 3,
    "out_channels": 3,
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
    "block_out_channels": [128, 256, 512, 512],
    "layers_per_block": 2,
    "act_fn": "silu",
    "latent_channels": 4,
    "norm_num_groups": 32,
    "sample_size": 256,
}
_NO_MATTER: Final = {"sample_size", "force_upcast"}  # nothing of the numbers depends on them
_PLAIN: Final[dict[str, Any]] = {
    "shift_factor": None,
    "latents_mean": None,
    "latents_std": None,
    "use_quant_conv": True,
    "use_post_quant_conv": True,
    "mid_block_add_attention": True,
}
_untyped: Any = AutoencoderKL  # diffusers is untyped
_OLD_ATTENTION: Final = {
    "query": "to_q",
    "key": "to_k",
    "value": "to_v",
    "proj_attn": "to_out.0",
}
PROBE_SIDE: Final = 128
_LEAST_EXPLAINED: Final = 0.5


def load_vae(found: FoundModel, device: torch.device, dtype: torch.dtype) -> AutoencoderKL:
    """Load the VAE, in evaluation mode.

    Args:
        found: form "diffusers"; without a config beside it the published architecture is meant.
        device: where it is to run.
        dtype: what it is to run in.

    Raises:
        WeightsError: another architecture or scaling, tensors that are missing, left over or of
            another shape, or weights that cannot redraw a smooth picture (random ones).
    """
    settings = _settings(found)
    with torch.device("meta"):
        vae: Any = _untyped(**settings)
    path = found.weights
    if path.suffix == ".safetensors":
        state = read_tensors(path)
    else:
        state = tensors_only(read_saved(path), path)
    if any(name.startswith(("encoder.down.", "first_stage_model.")) for name in state):
        raise WeightsError(
            f"{path} is a VAE in the layout of the original Stable Diffusion code.",
            remedy="Use the files of stabilityai/sd-vae-ft-mse:"
            " latentsync-studio models fetch sd-vae-ft-mse",
        )
    state = {_new_name(name): tensor for name, tensor in state.items()}
    check_state(state, vae, path=path, title=TITLE)
    fill(vae, {name: tensor.to(device, dtype) for name, tensor in state.items()})
    loaded: AutoencoderKL = vae
    if not found.is_test:
        check_trained(loaded, str(path))
    return loaded


def check_trained(vae: AutoencoderKL, name: str, side: int = PROBE_SIDE) -> None:
    """Refuse a VAE that cannot redraw a smooth picture.

    The probe is encoded (mode) and decoded; a trained VAE explains nearly all of its variance, one
    with random weights none of it. The limit of one half lies far from both.

    Raises:
        WeightsError: with the share of variance that was explained.
    """
    share = explained_share(vae, side)
    if not share >= _LEAST_EXPLAINED:  # also when it is no number
        told = "no number" if share != share else f"{share:.0%}"  # noqa: PLR0124 - NaN
        raise WeightsError(
            f"The VAE {name} does not redraw a smooth picture: it explains {told} of it, a trained"
            " one nearly all. Its weights are random or damaged; mouths would be noise.",
            remedy="Get the published one: latentsync-studio models fetch sd-vae-ft-mse",
        )


@torch.inference_mode()
def explained_share(vae: Any, side: int = PROBE_SIDE) -> float:  # noqa: ANN401 - untyped
    """Share of a smooth picture's variance that encoding and decoding keeps, 1 at best."""
    picture = probe_picture(side).to(vae.device, vae.dtype)
    drawn = vae.decode(vae.encode(picture).latent_dist.mode()).sample
    error = (drawn.float() - picture.float()).square().mean()
    spread = picture.float().var(correction=0)
    return float(1.0 - error / spread)


def probe_picture(side: int) -> torch.Tensor:
    """A smooth picture, (1, 3, side, side) f32 in [-1, 1]: two ramps and a soft disc."""
    line = torch.linspace(-1.0, 1.0, side)
    y, x = torch.meshgrid(line, line, indexing="ij")
    disc = 2.0 * torch.exp(-3.0 * (x.square() + y.square())) - 1.0
    return 0.8 * torch.stack((x, y, disc))[None]


def _settings(found: FoundModel) -> dict[str, Any]:
    """What the AutoencoderKL is made of; raises WeightsError where it is not the published one."""
    if found.config is None:
        return {**ARCHITECTURE, "scaling_factor": SCALING}
    config = read_config(found.config)
    named = {**ARCHITECTURE, **_PLAIN, "scaling_factor": SCALING}
    settings = {key: config.get(key, value) for key, value in named.items()}
    if found.is_test:
        return settings
    wrong = [
        f"{key} {settings[key]!r} instead of {value!r}"
        for key, value in named.items()
        if key not in _NO_MATTER and settings[key] != value and (settings[key] or value)
    ]
    if wrong:
        raise WeightsError(
            f"{found.config} is not of {TITLE}: {'; '.join(wrong)}. LatentSync was trained with"
            " that one only.",
            remedy="Get it with: latentsync-studio models fetch sd-vae-ft-mse",
        )
    return settings


def _new_name(name: str) -> str:
    """Rename the attention's tensors, which older diffusers called otherwise."""
    parts = name.split(".")
    if "attentions" not in parts or parts[-2] not in _OLD_ATTENTION:
        return name
    return ".".join((*parts[:-2], _OLD_ATTENTION[parts[-2]], parts[-1]))
