"""The shipped weights: where they lie, how they are verified, what they hold."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import msgspec
import numpy as np

from latentsync_studio.core.errors import StorageError

if TYPE_CHECKING:
    import numpy.typing as npt

    from latentsync_studio.core.arrays import F32

MODELS = Path(__file__).resolve().parents[3] / "resources" / "models"
_REMEDY = "Reinstall LatentSync Studio, or check the folder out again."


class ModelCard(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a weights file; resources/models/speech_shapes.json.

    Attributes:
        name: name of the model.
        version: raised whenever the same speech gives other shapes.
        license: SPDX identifier.
        sha256: digest of the weights file.
        made_by: how it was made, so that it can be made again.
        data: what it was trained on.
        metrics: held-out figures.
    """

    name: str
    version: str
    license: str
    sha256: str
    made_by: str
    data: str
    metrics: dict[str, Any]


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
    return load_model(MODELS / "speech_shapes.npz", MODELS / "speech_shapes.json")


def load_model(weights: Path, card: Path) -> Model:
    """Read weights and verify them against their card.

    Raises:
        StorageError: missing, damaged or foreign files.
    """
    try:
        raw = weights.read_bytes()
        known = msgspec.json.decode(card.read_bytes(), type=ModelCard)
    except (OSError, msgspec.DecodeError) as error:
        raise StorageError(f"The speech model cannot be read: {error}.", remedy=_REMEDY) from error
    digest = hashlib.sha256(raw).hexdigest()
    if digest != known.sha256:
        raise StorageError(
            f"{weights.name} is damaged: sha256 {digest[:12]}, the card says {known.sha256[:12]}.",
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
