"""Tiny random models of the real classes: every layer is there, no layer is an identity."""

from typing import Any

import torch

from latentsync_studio.engines.latentsync.unet import LatentSyncUNet, unet_config

TWO_LEVELS: dict[str, Any] = {
    "block_out_channels": [16, 16],
    "down_block_types": ["CrossAttnDownBlockMotion", "DownBlockMotion"],
    "up_block_types": ["UpBlockMotion", "CrossAttnUpBlockMotion"],
}
ONE_LEVEL: dict[str, Any] = {
    "block_out_channels": [16],
    "down_block_types": ["CrossAttnDownBlockMotion"],
    "up_block_types": ["CrossAttnUpBlockMotion"],
}


def tiny_config(**changes: Any) -> dict[str, Any]:
    """Return the configuration of a U-Net of the real layout with few channels; 64 px."""
    small = {
        "sample_size": 8,
        "block_out_channels": [16, 16, 32, 32],
        "layers_per_block": 1,
        "norm_num_groups": 4,
        "num_attention_heads": 2,
        "motion_num_attention_heads": 2,
    }
    return unet_config(**{**small, **changes})


def randomize(model: torch.nn.Module, seed: int) -> None:
    """Draw all parameters anew, also those that are made as zeros and ones.

    Every value is one that half precision can hold, so that storing it so changes nothing.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            drawn = torch.randn(weight.shape, generator=generator)
            if weight.dim() == 1:
                drawn = 0.3 * drawn + (0.0 if name.endswith("bias") else 1.0)
            else:
                drawn *= weight[0].numel() ** -0.5
            weight.copy_(drawn.half())


def tiny_unet(seed: int = 0, **changes: Any) -> LatentSyncUNet:
    """Return a random U-Net for inference, float32 on the CPU."""
    unet = LatentSyncUNet(**tiny_config(**changes)).eval()
    randomize(unet, seed)
    return unet.requires_grad_(requires_grad=False)
