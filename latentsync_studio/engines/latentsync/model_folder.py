"""Writes a model's folder, whole or not at all: half precision safetensors and the config.

Tensors are converted and written one by one, so that a model far larger than the free memory can
be stored, with progress and a way to stop. The library's own writer wants all of them at once.
"""

from __future__ import annotations

import errno
import json
import math
import os
import shutil
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Final

import torch
from safetensors import SafetensorError, safe_open

from latentsync_studio.core.errors import DiskFullError, StorageError
from latentsync_studio.core.weights import WeightsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from latentsync_studio.core.progress import Progress

WEIGHTS_NAME: Final = "diffusion_pytorch_model.safetensors"  # as the stock classes look for it
CONFIG_NAME: Final = "config.json"
STAGE: Final = "convert"
_HALF_BYTES: Final = 2
_ALIGNED: Final = 8
_HEADROOM: Final = 1_000_000
_MB: Final = 1_000_000


def write_model(
    folder: Path,
    tensors: Mapping[str, torch.Tensor],
    config: Mapping[str, Any],
    progress: Progress,
) -> None:
    """Store tensors in half precision, and the config; replaces what a folder held before.

    A folder has a config only while its weights are complete and belong to it.

    Raises:
        WeightsError: a value is no number, or too large for half precision.
        DiskFullError: there is too little room; nothing is left behind.
        StorageError: the folder cannot be written.
        Cancelled: the user stopped it; nothing is left behind.
    """
    with _told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        header = _header(tensors)
        _check_room(folder, len(header) + _payload(tensors))
        with _temporary(folder / WEIGHTS_NAME) as weights, _temporary(folder / CONFIG_NAME) as text:
            text.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
            with weights.open("wb") as file:
                file.write(header)
                _write_tensors(file, tensors, progress)
                file.flush()
                os.fsync(file.fileno())
            _check_readable(weights, tensors)
            (folder / CONFIG_NAME).unlink(missing_ok=True)  # no config beside others' weights
            weights.replace(folder / WEIGHTS_NAME)
            text.replace(folder / CONFIG_NAME)


def _header(tensors: Mapping[str, torch.Tensor]) -> bytes:
    """Length and JSON of a safetensors file: where every tensor begins and ends in what follows."""
    entries: dict[str, object] = {"__metadata__": {"format": "pt"}}
    start = 0
    for name, tensor in tensors.items():
        end = start + _HALF_BYTES * tensor.numel()
        entries[name] = {"dtype": "F16", "shape": [*tensor.shape], "data_offsets": [start, end]}
        start = end
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNED)
    return len(text).to_bytes(8, "little") + text


def _write_tensors(
    file: IO[bytes], tensors: Mapping[str, torch.Tensor], progress: Progress
) -> None:
    total = math.ceil(_payload(tensors) / _MB)
    written = 0
    for name, tensor in tensors.items():
        progress.report(STAGE, written // _MB, total)
        half = tensor.detach().to("cpu", torch.float16).contiguous()
        if not bool(torch.isfinite(half).all()):
            raise WeightsError(
                f"{name} holds values that are no numbers, or too large for half precision.",
                remedy="Get the checkpoint again; it is damaged.",
            )
        written += file.write(half.numpy().astype("<f2", copy=False).data)
    progress.report(STAGE, total, total)


def _payload(tensors: Mapping[str, torch.Tensor]) -> int:
    return _HALF_BYTES * sum(tensor.numel() for tensor in tensors.values())


def _check_readable(path: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    """What was written must be what the library reads."""
    try:
        with safe_open(path, framework="pt") as file:
            names = set(file.keys())
    except SafetensorError as error:
        raise StorageError(
            f"{path} was written, but does not read back: {error}.", remedy="Check the disk."
        ) from error
    if names != set(tensors):
        raise StorageError(f"{path} lacks tensors that were written.", remedy="Check the disk.")


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + _HEADROOM:
        raise _disk_full(folder, needed, free)


@contextmanager
def _temporary(path: Path) -> Iterator[Path]:
    """A name beside `path` that is not left behind."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield beside
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Tell the system's errors in words."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise _disk_full(folder, None, shutil.disk_usage(folder).free) from error
        reason = error.strerror or str(error)
        raise StorageError(
            f"{folder} cannot be written: {reason}.",
            remedy="Choose another folder, or allow this user to write there.",
        ) from error


def _disk_full(folder: Path, needed: int | None, free: int) -> DiskFullError:
    wanted = "more" if needed is None else f"{needed / 1e9:.2f} GB"
    return DiskFullError(
        f"The disk is full: the converted weights need {wanted}, {free / 1e9:.2f} GB are free in"
        f" {folder}.",
        remedy="Free some space there, or choose a folder on another disk.",
    )
