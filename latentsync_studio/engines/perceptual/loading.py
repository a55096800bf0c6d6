"""LPIPS out of its two files: torchvision's AlexNet, and the heads of the paper's authors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch

from latentsync_studio.core.weights import WeightsError
from latentsync_studio.engines.perceptual.network import AlexNet, Heads, Perceptual
from latentsync_studio.engines.tensors.state import check_state, fill, read_saved, tensors_only

if TYPE_CHECKING:
    from pathlib import Path

BACKBONE_TITLE: Final = "AlexNet of torchvision"
HEADS_TITLE: Final = "the heads of LPIPS 0.1 on AlexNet"


def load_perceptual(backbone: Path, heads: Path, device: torch.device | None = None) -> Perceptual:
    """Load both, in evaluation mode and float32.

    Args:
        backbone: alexnet-owt-7be5be79.pth; its classifier must be in it and is not kept.
        heads: v0.1/alex.pth.
        device: where it is to run; the CPU by default.

    Raises:
        WeightsError: a file is damaged, holds code, or holds another network.
    """
    with torch.device("meta"):
        network, weights = AlexNet(), Heads()
    kept = _state(backbone, network, BACKBONE_TITLE, "features.")
    del network.classifier
    wanted = device if device is not None else torch.device("cpu")
    fill(network, {name: tensor.to(wanted, torch.float32) for name, tensor in kept.items()})
    state = _state(heads, weights, HEADS_TITLE)
    if any(bool((tensor < 0).any()) for tensor in state.values()):
        raise WeightsError(
            f"{heads} is not {HEADS_TITLE}: a weight is negative, so that a difference would make"
            " pictures more alike.",
            remedy="Use lpips/weights/v0.1/alex.pth of the authors.",
        )
    fill(weights, {name: tensor.to(wanted, torch.float32) for name, tensor in state.items()})
    return Perceptual(network, weights).eval()


def _state(
    path: Path, network: torch.nn.Module, title: str, prefix: str = ""
) -> dict[str, torch.Tensor]:
    """Tensors whose names begin with `prefix`, of a file that holds exactly those of `network`."""
    whole = tensors_only(read_saved(path), path)
    check_state(whole, network, path=path, title=title)
    state = {name: tensor for name, tensor in whole.items() if name.startswith(prefix)}
    wrong = [
        name
        for name, tensor in state.items()
        if not (tensor.is_floating_point() and bool(torch.isfinite(tensor).all()))
    ]
    if wrong:
        raise WeightsError(
            f"{path} holds values in {wrong[0]} that are no numbers.",
            remedy="Get the file again from its source: latentsync-studio models list.",
        )
    return state
