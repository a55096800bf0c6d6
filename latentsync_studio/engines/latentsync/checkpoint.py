"""The published U-Net checkpoint: read as data only, checked in full, stored to be mapped.

The published file is a pickle of 5 GB in its authors' names. It is converted once, to half
precision safetensors in the names of the stock classes, which a start maps instead of reading.
Whatever does not fit is an error that lists it: weights that load in part give blurred mouths and
no message.
"""

from __future__ import annotations

import inspect
import json
import re
from typing import TYPE_CHECKING, Any, Final

import torch
from diffusers.models.embeddings import SinusoidalPositionalEmbedding
from diffusers.models.unets.unet_motion_model import UNetMotionModel

from latentsync_studio.core.weights import WeightsError
from latentsync_studio.engines.latentsync.configs import read_config
from latentsync_studio.engines.latentsync.model_folder import (
    CONFIG_NAME,
    WEIGHTS_NAME,
    write_model,
)
from latentsync_studio.engines.latentsync.unet import (
    FULL_CONFIG,
    LATENT_STRIDE,
    LatentSyncUNet,
    unet_config,
)
from latentsync_studio.engines.tensors.state import (
    check_state,
    fill,
    read_saved,
    read_tensors,
    tensors_only,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from latentsync_studio.core.progress import Progress

TITLE: Final = "the U-Net of LatentSync 1.5 or 1.6"
_PUBLISHED: Final = "Use latentsync_unet.pt of ByteDance/LatentSync-1.5 or -1.6."
_WRAPPED: Final = "module."  # what data-parallel training puts before every name
_MOTION: Final = ".motion_modules."
_TABLE: Final = "pos_embed.pe"
_SECOND_TABLE: Final = "second_pos_embed.pe"  # stock classes keep one for both attentions
_RENAMED: Final = (  # within a motion module, in this order
    (re.compile(r"(\.motion_modules\.\d+)\.temporal_transformer\."), r"\1."),
    (re.compile(r"\.attention_blocks\.0\.pos_encoder\.pe$"), f".{_TABLE}"),
    (re.compile(r"\.attention_blocks\.1\.pos_encoder\.pe$"), f".{_SECOND_TABLE}"),
    (re.compile(r"\.attention_blocks\.0\."), ".attn1."),
    (re.compile(r"\.attention_blocks\.1\."), ".attn2."),
    (re.compile(r"\.norms\.0\."), ".norm1."),
    (re.compile(r"\.norms\.1\."), ".norm2."),
    (re.compile(r"\.ff_norm\."), ".norm3."),
)
_SIZES: Final = (  # what a test's model may have otherwise
    "block_out_channels",
    "layers_per_block",
    "norm_num_groups",
    "cross_attention_dim",
    "num_attention_heads",
    "motion_num_attention_heads",
)
_NOTES: Final = ("resolution", "model", "source_sha256", "global_step", "test")
_MOST_LEVELS, _MOST_ROWS, _MOST_CHANNELS = 8, 256, 4096
_TABLE_TOLERANCE: Final = {torch.float16: 1e-3, torch.bfloat16: 8e-3}  # others 1e-5: rounding


def convert_unet(
    pt_path: Path,
    out_dir: Path,
    resolution: int,
    progress: Progress,
    *,
    config: Mapping[str, Any] = FULL_CONFIG,
    notes: Mapping[str, object] | None = None,
) -> None:
    """Convert the published checkpoint to a folder that `load_unet` maps.

    Needs little memory: the source is mapped and tensors are converted one by one.

    Args:
        pt_path: latentsync_unet.pt, as it is published.
        out_dir: gets config.json and half precision safetensors.
        resolution: px it was trained at, 256 for 1.5 and 512 for 1.6; the file does not tell.
        progress: told of "convert" in MB; may stop it.
        config: of the network; another one for tests only.
        notes: more for config.json: "model" (id of its card), "source_sha256", "test".

    Raises:
        WeightsError: the file holds code, is damaged, or holds another model.
        DiskFullError: there is too little room.
        StorageError: the folder cannot be written.
        Cancelled: the user stopped it.
    """
    held = read_saved(pt_path)
    inner = held.get("state_dict", held) if isinstance(held, dict) else held
    state = convert_unet_keys(tensors_only(inner, pt_path), pt_path)
    with torch.device("meta"):
        unet = LatentSyncUNet(**{**config, "sample_size": resolution // LATENT_STRIDE})
    check_state(state, unet, path=pt_path, title=TITLE)
    _check_numbers(state, pt_path)
    told = json.loads(unet.to_json_string()) | {"resolution": resolution} | dict(notes or {})
    step = held.get("global_step") if isinstance(held, dict) else None
    if isinstance(step, int):
        told["global_step"] = step
    ordered = {name: state[name] for name in unet.state_dict()}
    write_model(out_dir, ordered, told, progress)


def convert_unet_keys(
    state: Mapping[str, torch.Tensor], path: Path | str = "The checkpoint"
) -> dict[str, torch.Tensor]:
    """Rename a published state to the stock motion U-Net's names; the tensors stay the same.

    Both positional tables of every motion module are compared with the analytic one; the stock
    classes keep one of them.

    Args:
        state: as published, with or without "module." before the names.
        path: of the file, for errors.

    Raises:
        WeightsError: there are no motion modules (a v1.0 file), two tensors of one name, or a
            table that is another one.
    """
    plain = {name.removeprefix(_WRAPPED): tensor for name, tensor in state.items()}
    if not any(_MOTION in name for name in plain):
        raise WeightsError(
            f"{path} has no motion modules: it is the U-Net of LatentSync 1.0, or no U-Net of"
            " LatentSync. With it mouths would be blurred and no error would tell.",
            remedy=_PUBLISHED,
        )
    renamed = {_renamed(name): tensor for name, tensor in plain.items()}
    if len(renamed) != len(state):
        raise WeightsError(f"{path} holds several tensors of one name.", remedy=_PUBLISHED)
    tables = [name for name in renamed if name.endswith((f".{_TABLE}", f".{_SECOND_TABLE}"))]
    for name in tables:
        _check_table(renamed[name], f"{name} of {path}")
    first = [name for name in tables if name.endswith(f".{_TABLE}")]
    for name in first:
        if renamed.pop(name.replace(_TABLE, _SECOND_TABLE), None) is None:
            raise WeightsError(
                f"{path} lacks the second positional table beside {name}.", remedy=_PUBLISHED
            )
    return renamed


def load_unet(folder: Path, device: torch.device, dtype: torch.dtype) -> LatentSyncUNet:
    """Map a converted U-Net into memory, in evaluation mode and without gradients.

    On the CPU in half precision the tensors are the file's own pages; the file must stay as it is.

    Raises:
        WeightsError: files are absent or damaged, the config is another model's, or tensors are
            missing, left over or of another shape.
    """
    path = folder / WEIGHTS_NAME
    config = _config(folder / CONFIG_NAME)
    with torch.device("meta"):
        unet: LatentSyncUNet = LatentSyncUNet(**config)
    state = read_tensors(path)
    check_state(state, unet, path=path, title=TITLE)
    _check_numbers(state, path)
    for name in state:
        if name.endswith(f".{_TABLE}"):
            state[name] = _check_table(state[name], f"{name} of {path}")
    fill(unet, {name: tensor.to(device, dtype) for name, tensor in state.items()})
    return unet


def _renamed(name: str) -> str:
    if _MOTION in name:
        for pattern, replacement in _RENAMED:
            name = pattern.sub(replacement, name)
    return name


def _check_table(table: torch.Tensor, name: str) -> torch.Tensor:
    """Compare a positional table (1, L, C) with the analytic one, and return that, exact."""
    difference = float("inf")
    exact = torch.empty(0)
    if table.dim() == 3 and table.shape[1] <= _MOST_ROWS and table.shape[2] <= _MOST_CHANNELS:
        exact = SinusoidalPositionalEmbedding(table.shape[2], table.shape[1]).get_buffer("pe")
        if exact.shape == table.shape:
            difference = float((table.float() - exact).abs().max())
    if not difference <= _TABLE_TOLERANCE.get(table.dtype, 1e-5):
        raise WeightsError(
            f"{name} is not the table of sines that LatentSync uses: {tuple(table.shape)}, up to"
            f" {difference:.3g} away.",
            remedy=_PUBLISHED,
        )
    return exact


def _check_numbers(state: Mapping[str, torch.Tensor], path: Path) -> None:
    wrong = [name for name, tensor in state.items() if not tensor.is_floating_point()]
    if wrong:
        raise WeightsError(
            f"{path} holds {state[wrong[0]].dtype} in {wrong[0]}.", remedy=_PUBLISHED
        )


def _config(path: Path) -> dict[str, Any]:
    """Arguments of the network that a config describes, which must be LatentSync's."""
    config = read_config(path)
    size, resolution = config.get("sample_size"), config.get("resolution")
    wanted = _stock_defaults() | unet_config(sample_size=size)
    if config.get("test") is True:
        wanted |= {name: config[name] for name in _SIZES if _is_size(config.get(name))}
    wrong = [
        f"{name} {value} instead of {wanted.get(name, 'nothing')}"
        for name, value in config.items()
        if not name.startswith("_") and name not in _NOTES and value != wanted.get(name, "nothing")
    ]
    if not isinstance(size, int) or size < 1 or resolution != LATENT_STRIDE * size:
        wrong.append(f"a resolution of {resolution} px with a sample_size of {size}")
    if wrong:
        raise WeightsError(
            f"{path} does not describe {TITLE}: {'; '.join(wrong[:5])}.",
            remedy="Convert the checkpoint again: latentsync-studio models convert",
        )
    return {name: wanted[name] for name in FULL_CONFIG}


def _stock_defaults() -> dict[str, Any]:
    """What the stock class takes for what nobody says, as JSON tells it."""
    signature = inspect.signature(UNetMotionModel.__init__).parameters.values()
    defaults = {each.name: each.default for each in signature if each.name != "self"}
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in defaults.items()
    }


def _is_size(value: object) -> bool:
    sizes = value if isinstance(value, list) else [value]
    return len(sizes) <= _MOST_LEVELS and all(
        isinstance(each, int) and 0 < each <= _MOST_CHANNELS for each in sizes
    )
