"""The shipped weights: where they lie, how they are verified, what they hold."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import msgspec
import numpy as np

from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.errors import StorageError
from latentsync_studio.core.installed import resource

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32

NAME = "speech_shapes"
_REMEDY = "Reinstall LatentSync Studio, or check the folder out again."


class ModelCard(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the weights; resources/models/speech_shapes.card.json.

    Attributes:
        id: name of the model and of its files.
        title: what it does.
        license: SPDX identifier.
        attribution: whose it is.
        made_by: how it was made, so that it can be made again.
        data: what it was trained on.
        metrics: held-out figures by test set.
        files: file name -> hex SHA-256.
    """

    id: str
    title: str
    license: str
    attribution: str
    made_by: str
    data: str
    metrics: dict[str, dict[str, float]]
    files: dict[str, str]


def models_folder() -> Path:
    """Return the folder of shipped models."""
    return resource("models")


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Weights in memory.

    Attributes:
        layers: (taps, in, out) f32 weight and (out,) f32 bias of each convolution, head last.
        curves: per channel rising knots and values of its calibration, f32.
        sha256: digest of the file.
    """

    layers: tuple[tuple[F32, F32], ...]
    curves: tuple[tuple[F32, F32], ...]
    sha256: str


@cache
def shipped_model() -> Model:
    """Return the shipped weights, read and verified once."""
    return load_model(models_folder() / f"{NAME}.npz", models_folder() / f"{NAME}.card.json")


def load_model(weights: Path, card: Path) -> Model:
    """Read weights and verify them against their card.

    Raises:
        StorageError: missing, damaged or foreign files.
    """
    try:
        raw = weights.read_bytes()
        known = msgspec.json.decode(card.read_bytes(), type=decodable(ModelCard))
    except (OSError, msgspec.DecodeError) as error:
        raise StorageError(f"The speech model cannot be read: {error}.", remedy=_REMEDY) from error
    digest = hashlib.sha256(raw).hexdigest()
    wanted = known.files.get(weights.name, "none")
    if digest != wanted:
        raise StorageError(
            f"{weights.name} is damaged: its SHA-256 is {digest[:12]}..., its card says"
            f" {wanted[:12]}....",
            remedy=_REMEDY,
        )
    try:
        return parse_model(raw)
    except (KeyError, ValueError, BadZipFile) as error:
        raise StorageError(
            f"{weights.name} is no speech model: {error}.", remedy=_REMEDY
        ) from error


def parse_model(raw: bytes) -> Model:
    """Read an npz of weight0.., bias0.. and curves (7, 2, K)."""
    with np.load(io.BytesIO(raw)) as stored:
        count = sum(name.startswith("weight") for name in stored.files)
        layers = tuple(
            (stored[f"weight{k}"].astype(np.float32), stored[f"bias{k}"].astype(np.float32))
            for k in range(count)
        )
        curves = tuple((pair[0].copy(), pair[1].copy()) for pair in stored["curves"])
    return Model(layers=layers, curves=curves, sha256=hashlib.sha256(raw).hexdigest())


def packed(arrays: dict[str, npt.NDArray[np.generic]]) -> bytes:
    """Write arrays as an uncompressed npz."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def encoded(card: ModelCard) -> bytes:
    """Return the card as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(card), indent=2) + b"\n"
