"""The speech encoder: Whisper tiny as a stock WhisperEncoder, of OpenAI's file or Hugging Face's.

Only the encoder is made; the decoder of the file is left in it.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

import torch
from transformers import WhisperConfig
from transformers.models.whisper.modeling_whisper import WhisperEncoder

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
    from pathlib import Path

    from latentsync_studio.core.weights import FoundModel

TITLE: Final = "Whisper tiny"
_WIDTHS: Final = {384: "tiny", 512: "base", 768: "small", 1024: "medium", 1280: "large"}
_ENGLISH_WORDS: Final = 51_864  # the multilingual models have one token more
_TINY: Final[dict[str, int]] = {
    "num_mel_bins": 80,
    "max_source_positions": 1500,
    "d_model": 384,
    "encoder_attention_heads": 6,
    "encoder_layers": 4,
    "encoder_ffn_dim": 1536,
}
_DIMS: Final = {
    "n_mels": "num_mel_bins",
    "n_audio_ctx": "max_source_positions",
    "n_audio_state": "d_model",
    "n_audio_head": "encoder_attention_heads",
    "n_audio_layer": "encoder_layers",
}
_PREFIXES: Final = ("model.encoder.", "encoder.")  # of the whole model, of its body
_BESIDE: Final = ("model.decoder.", "decoder.", "proj_out.")
_RENAMED: Final = (  # within OpenAI's encoder -> within WhisperEncoder
    (re.compile(r"^blocks\.(\d+)\.attn\.(query|key|value|out)\."), r"layers.\1.self_attn.\2."),
    (re.compile(r"^blocks\.(\d+)\.attn_ln\."), r"layers.\1.self_attn_layer_norm."),
    (re.compile(r"^blocks\.(\d+)\.mlp\.0\."), r"layers.\1.fc1."),
    (re.compile(r"^blocks\.(\d+)\.mlp\.2\."), r"layers.\1.fc2."),
    (re.compile(r"^blocks\.(\d+)\.mlp_ln\."), r"layers.\1.final_layer_norm."),
    (re.compile(r"^ln_post\."), "layer_norm."),
    (re.compile(r"^positional_embedding$"), "embed_positions.weight"),
    (re.compile(r"\.query\."), ".q_proj."),
    (re.compile(r"\.key\."), ".k_proj."),
    (re.compile(r"\.value\."), ".v_proj."),
    (re.compile(r"\.self_attn\.out\."), ".self_attn.out_proj."),
)
_POSITION_TOLERANCE: Final = 2e-3  # half precision, as both files may hold them


def load_whisper(found: FoundModel, device: torch.device, dtype: torch.dtype) -> WhisperEncoder:
    """Load the speech encoder, in evaluation mode.

    Args:
        found: form "openai" or "transformers".
        device: where it is to run.
        dtype: what it is to run in.

    Raises:
        WeightsError: another size of Whisper, an English-only one, or tensors that are missing,
            left over or of another shape.
    """
    read = _openai if found.form == "openai" else _transformers
    sizes, state = read(found)
    if not found.is_test:
        _check_sizes(sizes, found.weights)
    chosen: dict[str, Any] = {name: sizes[name] for name in _TINY}
    with torch.device("meta"):
        encoder = WhisperEncoder(WhisperConfig(**chosen))
    check_state(state, encoder, path=found.weights, title=TITLE)
    _check_positions(state["embed_positions.weight"], found.weights)
    fill(encoder, {name: tensor.to(device, dtype) for name, tensor in state.items()})
    return encoder


def encoder_names(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Rename the encoder's tensors from OpenAI's names to WhisperEncoder's; drop the decoder's."""
    return {
        _renamed(name.removeprefix("encoder.")): tensor
        for name, tensor in state.items()
        if not name.startswith("decoder.")
    }


def _openai(found: FoundModel) -> tuple[dict[str, int], dict[str, torch.Tensor]]:
    held = read_saved(found.weights)
    if not isinstance(held, dict) or "dims" not in held or "model_state_dict" not in held:
        raise WeightsError(
            f"{found.weights} is no Whisper model in OpenAI's layout: it lacks its dimensions.",
            remedy="Get it with: latentsync-studio models fetch whisper-tiny",
        )
    dims = held["dims"] if isinstance(held["dims"], dict) else {}
    state = tensors_only(held["model_state_dict"], found.weights)
    sizes = {ours: _whole(dims.get(theirs)) for theirs, ours in _DIMS.items()}
    first = state.get("encoder.blocks.0.mlp.0.weight")
    sizes["encoder_ffn_dim"] = 0 if first is None else first.shape[0]
    sizes["vocab_size"] = _whole(dims.get("n_vocab"))
    return sizes, encoder_names(state)


def _transformers(found: FoundModel) -> tuple[dict[str, int], dict[str, torch.Tensor]]:
    if found.config is None:
        raise WeightsError(
            f"{found.weights} has no config.json beside it.",
            remedy="Get both with: latentsync-studio models fetch whisper-tiny-hf",
        )
    config = read_config(found.config)
    sizes = {name: _whole(config.get(name)) for name in (*_TINY, "vocab_size")}
    state = read_tensors(found.weights)
    held = {name: tensor for name, tensor in state.items() if not name.startswith(_BESIDE)}
    begun = (each for each in _PREFIXES if any(name.startswith(each) for name in held))
    prefix = next(begun, "")
    return sizes, {name.removeprefix(prefix): tensor for name, tensor in held.items()}


def _check_sizes(sizes: dict[str, int], path: Path) -> None:
    if sizes["vocab_size"] == _ENGLISH_WORDS:
        raise WeightsError(
            f"{path} is the English-only Whisper tiny.en; LatentSync was trained with the"
            " multilingual one.",
            remedy="Get it with: latentsync-studio models fetch whisper-tiny",
        )
    wrong = [
        f"{name} {sizes[name]} instead of {value}"
        for name, value in _TINY.items()
        if sizes[name] != value
    ]
    if wrong:
        name = _WIDTHS.get(sizes["d_model"])
        kind = f"Whisper {name}" if name and name != "tiny" else "another speech model"
        raise WeightsError(
            f"{path} is {kind}: {'; '.join(wrong)}. LatentSync was trained with {TITLE} only.",
            remedy="Get it with: latentsync-studio models fetch whisper-tiny",
        )


def _check_positions(held: torch.Tensor, path: Path) -> None:
    """Whisper's positions are sines that anybody can compute; other numbers are no Whisper."""
    length, channels = held.shape
    step = math.log(10_000) / (channels // 2 - 1)
    rates = torch.exp(-step * torch.arange(channels // 2))
    angles = torch.arange(length)[:, None] * rates[None]
    expected = torch.cat((angles.sin(), angles.cos()), dim=1)
    worst = float((held.float() - expected).abs().max())
    if not worst <= _POSITION_TOLERANCE:
        raise WeightsError(
            f"{path} is not {TITLE}: its table of positions is off by up to {worst:.3g}.",
            remedy="Get it with: latentsync-studio models fetch whisper-tiny",
        )


def _renamed(name: str) -> str:
    for pattern, replacement in _RENAMED:
        name = pattern.sub(replacement, name)
    return name


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
