"""SyncNet's weights out of the published file, or of its conversion to safetensors: all or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch

from latentsync_studio.core.weights import WeightsError
from latentsync_studio.engines.sync_scores.network import SyncNet
from latentsync_studio.engines.tensors.state import (
    check_state,
    fill,
    read_saved,
    read_tensors,
    tensors_only,
)

if TYPE_CHECKING:
    from pathlib import Path

TITLE: Final = "SyncNet v2"
_COUNTERS: Final = ".num_batches_tracked"  # of training; files of old versions have none


def load_syncnet(path: Path, device: torch.device | None = None) -> SyncNet:
    """Load the network, in evaluation mode and float32.

    Args:
        path: syncnet_v2.model as it is published, or a .safetensors file of the same tensors.
        device: where it is to run; the CPU by default.

    Raises:
        WeightsError: the file is damaged, holds code, or holds another network.
    """
    with torch.device("meta"):
        network = SyncNet()
    held = read_tensors(path) if path.suffix == ".safetensors" else None
    state = tensors_only(read_saved(path), path) if held is None else held
    for name in network.state_dict():
        if name.endswith(_COUNTERS):
            state.setdefault(name, torch.tensor(0))
    check_state(state, network, path=path, title=TITLE)
    wrong = [
        name
        for name, tensor in state.items()
        if not (name.endswith(_COUNTERS) or _is_sound(tensor))
    ]
    if wrong:
        raise WeightsError(
            f"{path} holds values in {wrong[0]} that are no numbers.",
            remedy="Get it again: latentsync-studio models fetch syncnet-v2",
        )
    wanted = device if device is not None else torch.device("cpu")
    fill(network, {name: _moved(name, tensor, wanted) for name, tensor in state.items()})
    return network


def _is_sound(tensor: torch.Tensor) -> bool:
    return tensor.is_floating_point() and bool(torch.isfinite(tensor).all())


def _moved(name: str, tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    return tensor.to(device) if name.endswith(_COUNTERS) else tensor.to(device, torch.float32)
