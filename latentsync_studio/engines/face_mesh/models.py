"""The two networks: where their files lie, that they are what their cards say, and how to load."""

from __future__ import annotations

import hashlib
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Protocol, cast

import cv2
import msgspec
import numpy as np

from latentsync_studio.core.errors import StorageError
from latentsync_studio.core.installed import resource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.arrays import F32

DETECTOR = "face_detector"
MESH = "face_mesh_478"
_LOG_LEVEL = Lock()  # OpenCV has one level for the whole process
REINSTALL = "Install LatentSync Studio again; its model files are incomplete or damaged."


class Network(Protocol):
    """The part of `cv2.dnn.Net` that is used."""

    def setInput(self, blob: F32) -> None:
        """Hand over the input, (1, C, H, W)."""

    def forward(self, names: Sequence[str]) -> Sequence[F32]:
        """Run, and return the named outputs."""


class ModelCard(msgspec.Struct, frozen=True):
    """What is known of a model file; more fields of the JSON are for people.

    Attributes:
        id: name of the model and of its files.
        license: SPDX identifier.
        files: file name -> hex SHA-256.
    """

    id: str
    license: str
    files: dict[str, str]


@cache
def card(model: str) -> ModelCard:
    """Return the card of `model`.

    Raises:
        StorageError: it is missing or unreadable.
    """
    data = resource(f"models/{model}.card.json").read_bytes()
    try:
        return msgspec.json.decode(data, type=ModelCard)
    except msgspec.MsgspecError as error:
        raise StorageError(
            f"The card of the model {model} cannot be read: {error}", remedy=REINSTALL
        ) from error


def verified_bytes(model: str, suffix: str) -> bytes:
    """Return the content of `<model><suffix>` after comparing it with the card's digest.

    Raises:
        StorageError: the file is missing, or is not the one that the card names.
    """
    name = f"{model}{suffix}"
    data = resource(f"models/{name}").read_bytes()
    expected, found = card(model).files.get(name, "none"), hashlib.sha256(data).hexdigest()
    if found != expected:
        raise StorageError(
            f"The model file {name} has the SHA-256 {found[:12]}..., its card says "
            f"{expected[:12]}....",
            remedy=REINSTALL,
        )
    return data


def load_network(model: str) -> Network:
    """Return a new network; it keeps buffers of its last run, so one thread may use it."""
    data = np.frombuffer(verified_bytes(model, ".onnx"), np.uint8)
    # OpenCV tries its new engine first, which lacks an operator of the mesh, and warns; from
    # memory (a path need not be ASCII) the classic one cannot be asked for.
    with _LOG_LEVEL:
        level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        try:
            network = cv2.dnn.readNetFromONNX(data)
        finally:
            cv2.utils.logging.setLogLevel(level)
    return cast("Network", network)


def refined_points() -> dict[str, tuple[int, ...]]:
    """Return which landmarks the lip and eye outputs of the mesh refine, in output order."""
    data = verified_bytes(MESH, ".index.json")
    return msgspec.json.decode(data, type=dict[str, tuple[int, ...]])


def models_digest() -> str:
    """Return one hex digest for both networks: part of the key of everything they measure."""
    files = {**card(DETECTOR).files, **card(MESH).files}
    return hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()
