"""Folders of weights as users have them, with tiny random models of the real classes in them.

Everything says of itself that it is made by a test ("test": true in its config.json), because
otherwise it would be refused: wrong sizes, no resolution that exists, a VAE that draws noise.
"""

import json
import re
from pathlib import Path

import torch
from safetensors.torch import save_file

from tests.engines.latentsync.tiny import tiny_unet
from tests.engines.latentsync.tiny_models import WIDTH, tiny_vae, tiny_whisper

TENSORS = "diffusion_pytorch_model.safetensors"


def write_tiny_set(folder: Path, seed: int = 0, resolution: int = 64) -> Path:
    """Write a whole set that `--weights FOLDER` takes; return the folder.

    It works at `resolution` px, a multiple of 64; other seeds are other weights.
    """
    write_tiny_unet(folder / "unet", seed, resolution)
    write_tiny_vae(folder / "vae", seed + 1)
    write_tiny_whisper(folder / "whisper", seed + 2)
    return folder


def write_tiny_unet(folder: Path, seed: int = 0, resolution: int = 64) -> Path:
    """Write a converted U-Net."""
    unet = tiny_unet(seed, sample_size=resolution // 8, cross_attention_dim=WIDTH)
    config = json.loads(unet.to_json_string())
    return _write(folder, unet, {**config, "resolution": resolution}, TENSORS)


def write_tiny_vae(folder: Path, seed: int = 0, name: str = TENSORS) -> Path:
    """Write a VAE in the layout of its published repository."""
    vae = tiny_vae(seed)
    return _write(folder, vae, json.loads(vae.to_json_string()), name)


def write_tiny_whisper(folder: Path, seed: int = 0, width: int = WIDTH) -> Path:
    """Write a speech encoder in the layout of Hugging Face."""
    encoder = tiny_whisper(seed, width)
    config = json.loads(encoder.config.to_json_string())
    return _write(folder, encoder, config, "model.safetensors", prefix="model.encoder.")


def _write(folder, model, config, name, prefix=""):
    folder.mkdir(parents=True, exist_ok=True)
    state = {prefix + key: value.half().contiguous() for key, value in model.state_dict().items()}
    if name.endswith(".safetensors"):
        save_file(state, folder / name, metadata={"format": "pt"})
    else:
        torch.save(state, folder / name)
    text = json.dumps({**config, "test": True})
    (folder / "config.json").write_text(text, encoding="utf-8")
    return folder


def write_tiny_checkpoint(path: Path, seed: int = 0, resolution: int = 64) -> Path:
    """Write a U-Net as its authors publish it, in their names; return the file.

    It holds the numbers of `tiny_unet` for the same seed.
    """
    unet = tiny_unet(seed, sample_size=resolution // 8, cross_attention_dim=WIDTH)
    state = {}
    for name, tensor in unet.state_dict().items():
        state.update(_published(name, tensor.clone()))
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"global_step": 7, "state_dict": state}, path)
    return path


def _published(name, tensor):
    """One tensor under its published name; positional tables are published twice."""
    if ".motion_modules." not in name:
        return {name: tensor}
    head, module, rest = re.match(r"(.*\.motion_modules\.)(\d+)\.(.*)", name).groups()
    inner = f"{head}{module}.temporal_transformer."
    if not rest.startswith("transformer_blocks."):
        return {inner + rest: tensor}
    block, rest = re.match(r"(transformer_blocks\.\d+\.)(.*)", rest).groups()
    if rest == "pos_embed.pe":
        return {f"{inner}{block}attention_blocks.{k}.pos_encoder.pe": tensor for k in (0, 1)}
    named = {
        "attn1.": "attention_blocks.0.",
        "attn2.": "attention_blocks.1.",
        "norm1.": "norms.0.",
        "norm2.": "norms.1.",
        "norm3.": "ff_norm.",
    }
    for ours, theirs in named.items():
        if rest.startswith(ours):
            return {inner + block + theirs + rest.removeprefix(ours): tensor}
    return {inner + block + rest: tensor}
