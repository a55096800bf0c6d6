"""Tensors out of files, and whether they are exactly those that a model has.

Nothing is loaded by halves: a tensor that is missing, left over or of another shape is an error
that lists them. Files of torch.save are read as data only; one that holds code is refused.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Final

import torch
from safetensors import SafetensorError, safe_open

from latentsync_studio.core.weights import WeightsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_SHOWN: Final = 5
_AGAIN: Final = "Get the file again from its source: latentsync-studio models fetch."


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """All tensors of a .safetensors file, mapped into memory rather than read.

    Raises:
        WeightsError: the file is damaged.
    """
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no dict
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path} cannot be read as weights: {error}.", remedy=_AGAIN) from error


def read_saved(path: Path) -> object:
    """What torch.save wrote, tensors and plain containers only.

    Raises:
        WeightsError: the file is damaged, or would run code.
    """
    try:
        held: object = torch.load(path, map_location="cpu", weights_only=True, mmap=_is_zip(path))
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"{path} holds more than tensors. It could run code, so it is not opened.",
            remedy="Use the file that the model's authors publish; theirs holds only tensors.",
        ) from error
    except (OSError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise WeightsError(
            f"{path} cannot be read as weights: {_first_line(error)}.", remedy=_AGAIN
        ) from error
    return held


def tensors_only(held: object, path: Path) -> dict[str, torch.Tensor]:
    """`held` as named tensors; raises WeightsError where it is anything else."""
    if isinstance(held, dict) and held:
        named = {key: value for key, value in held.items() if isinstance(value, torch.Tensor)}
        if len(named) == len(held) and all(isinstance(key, str) for key in named):
            return named
    raise WeightsError(f"{path} holds no named tensors.", remedy=_AGAIN)


def check_state(
    state: Mapping[str, torch.Tensor],
    model: torch.nn.Module,
    *,
    path: Path,
    title: str,
) -> None:
    """Compare names and shapes with those of `model`.

    Raises:
        WeightsError: they differ; lists what is missing, left over and of another shape.
    """
    expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    missing = [name for name in expected if name not in state]
    left_over = [name for name in state if name not in expected]
    shapes = [
        f"{name} {tuple(state[name].shape)} instead of {shape}"
        for name, shape in expected.items()
        if name in state and tuple(state[name].shape) != shape
    ]
    if not missing and not left_over and not shapes:
        return
    lists = (("missing", missing), ("left over", left_over), ("of another shape", shapes))
    told = "; ".join(f"{len(names)} {what}: {_some(names)}" for what, names in lists if names)
    raise WeightsError(
        f"{path} is not {title}. Of {len(expected)} tensors, {told}.",
        remedy=f"Use the published weights of {title}: latentsync-studio models list.",
    )


def fill(model: torch.nn.Module, state: Mapping[str, torch.Tensor]) -> None:
    """Put checked tensors into a model that was made on the meta device, ready for inference."""
    model.load_state_dict(dict(state), strict=True, assign=True)
    empty = [name for name, tensor in _tensors(model) if tensor.is_meta]
    if empty:  # a buffer that is not saved: the library made it and we would run on nothing
        raise ValueError(f"no value for {_some(empty)}")
    model.eval().requires_grad_(requires_grad=False)


def _tensors(model: torch.nn.Module) -> Iterable[tuple[str, torch.Tensor]]:
    yield from model.named_parameters()
    yield from model.named_buffers()


def _some(names: Sequence[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def _is_zip(path: Path) -> bool:
    """Files of torch.save are archives since 2020; only those can be mapped."""
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".:")
