"""Whether files of weights are whole, told by their headers: no tensor is read, nothing is run."""

from __future__ import annotations

import json
import os
import zipfile
from typing import TYPE_CHECKING, Any, Final

from latentsync_studio.core.weights import WeightsError
from latentsync_studio.storage.sizes import size_text

if TYPE_CHECKING:
    from pathlib import Path

_MOST_HEADER: Final = 100_000_000  # as the safetensors format allows
_MOST_CONFIG: Final = 1_000_000
_LENGTH_BYTES: Final = 8
_ONNX: Final = b"\x08"  # the version of the format comes first
_AGAIN: Final = "Delete it and get it again; a download was probably cut off."


class DamagedWeightsError(WeightsError):
    """A file of weights is cut off, or is no file of weights at all."""

    code = "weights-damaged"


def check_weights(path: Path) -> None:
    """Refuse a file that cannot hold what its name says.

    Knows .safetensors, .onnx and the files that torch.save writes. Raises DamagedWeightsError, also
    for what a failed download leaves in place of a file.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        raise _unreadable(path, error) from error
    if head.startswith(b"version https://git-lfs"):
        raise DamagedWeightsError(
            f"{path} is only a pointer of Git LFS ({size_text(size)}), not the weights.",
            remedy="Get the file itself: git lfs pull, or download it from the model's page.",
        )
    if head.lstrip()[:1] == b"<":
        raise DamagedWeightsError(
            f"{path} is a web page ({size_text(size)}), not the weights.", remedy=_AGAIN
        )
    if path.suffix == ".safetensors":
        _check_safetensors(path, head, size)
    elif path.suffix == ".onnx":
        _check_onnx(path, head)
    else:
        _check_saved(path, head, size)


def read_config(path: Path) -> dict[str, Any]:
    """The JSON object of a model's config; raises DamagedWeightsError."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_CONFIG + 1)
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        config = json.loads(data) if len(data) <= _MOST_CONFIG else None
    except (ValueError, RecursionError) as error:
        raise DamagedWeightsError(f"{path} is no JSON: {error}.", remedy=_AGAIN) from error
    if not isinstance(config, dict):
        raise DamagedWeightsError(f"{path} is no config of a model.", remedy=_AGAIN)
    return config


def _check_safetensors(path: Path, head: bytes, size: int) -> None:
    length = int.from_bytes(head[:_LENGTH_BYTES], "little")
    if len(head) < _LENGTH_BYTES or not 2 <= length <= _MOST_HEADER:
        raise DamagedWeightsError(f"{path} is no safetensors file.", remedy=_AGAIN)
    if _LENGTH_BYTES + length > size:
        raise _cut_off(path, size, _LENGTH_BYTES + length)
    try:
        with path.open("rb") as file:
            file.seek(_LENGTH_BYTES)
            header = json.loads(file.read(length))
        ends = [entry["data_offsets"][1] for key, entry in header.items() if key != "__metadata__"]
        whole = _LENGTH_BYTES + length + max(ends, default=0)
    except OSError as error:
        raise _unreadable(path, error) from error
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise DamagedWeightsError(f"{path} is no safetensors file.", remedy=_AGAIN) from error
    if size < whole:
        raise _cut_off(path, size, whole)
    if size > whole:
        raise DamagedWeightsError(
            f"{path} has {size:,} bytes; its header speaks of {whole:,}.", remedy=_AGAIN
        )


def _check_saved(path: Path, head: bytes, size: int) -> None:
    """Files of torch.save: a zip archive, or before 2020 a row of pickles."""
    if head.startswith(b"PK"):
        if not zipfile.is_zipfile(path):  # the table of contents is at the end
            raise _cut_off(path, size, None)
    elif not head.startswith(b"\x80"):
        raise DamagedWeightsError(f"{path} is no file that PyTorch saved.", remedy=_AGAIN)


def _check_onnx(path: Path, head: bytes) -> None:
    """A message of protocol buffers, which has no header: only its first field can be looked at."""
    if not head.startswith(_ONNX):
        raise DamagedWeightsError(f"{path} is no ONNX file.", remedy=_AGAIN)


def _cut_off(path: Path, size: int, whole: int | None) -> DamagedWeightsError:
    of = "" if whole is None else f" of {whole:,}"
    return DamagedWeightsError(f"{path} is cut off after {size:,}{of} bytes.", remedy=_AGAIN)


def _unreadable(path: Path, error: OSError) -> DamagedWeightsError:
    reason = error.strerror or os.strerror(error.errno or 0)
    return DamagedWeightsError(
        f"{path} cannot be read: {reason}.",
        remedy="Check that this user may read it and that its disk is there.",
    )
