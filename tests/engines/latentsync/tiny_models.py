"""The real VAE and speech encoder classes in tiny random sizes, for all tests of the engine."""

import torch
from diffusers import AutoencoderKL
from transformers import WhisperConfig
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from tests.engines.latentsync.tiny import randomize

WIDTH = 16  # of a state of the speech encoder: fits tiny_unet(cross_attention_dim=WIDTH)


def tiny_vae(seed=0):
    """An AutoencoderKL that halves three times, as the real one does."""
    config = {
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
        "block_out_channels": (8, 8, 8, 8),
        "layers_per_block": 1,
        "latent_channels": 4,
        "norm_num_groups": 4,
        "scaling_factor": 0.18215,
    }
    vae = AutoencoderKL(**config).eval().requires_grad_(False)
    randomize(vae, seed)
    return vae


def tiny_whisper(seed=0, width=WIDTH):
    """A WhisperEncoder with the real number of positions (1500 at 50 Hz), bands and layers."""
    config = WhisperConfig(
        d_model=width,
        encoder_layers=4,
        encoder_attention_heads=2,
        encoder_ffn_dim=2 * width,
        num_mel_bins=80,
        max_source_positions=1500,
    )
    encoder = WhisperEncoder(config).eval().requires_grad_(False)
    sines = encoder.embed_positions.weight.clone()
    randomize(encoder, seed)
    with torch.no_grad():
        encoder.embed_positions.weight.copy_(sines)
    return encoder
