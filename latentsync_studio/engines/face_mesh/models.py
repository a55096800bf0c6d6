"""The two networks: where their files lie, that they are what their cards say, and how to load."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Final, Protocol, cast
from weakref import finalize

import cv2
import msgspec
import numpy as np

from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.errors import StorageError
from latentsync_studio.core.installed import resource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.arrays import F32

DETECTOR = "face_detector"
MESH = "face_mesh_478"
_IDLE: Final[dict[str, list[Network]]] = {}
_MOST_IDLE: Final = 2  # of each model
_LOADING = Lock()  # OpenCV has one log level, and there is one environment, in a process
_ENGINE: Final = "OPENCV_FORCE_DNN_ENGINE"
_CLASSIC: Final = str(cv2.dnn.ENGINE_CLASSIC)
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
        return msgspec.json.decode(data, type=decodable(ModelCard))
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
    # OpenCV tries its new engine first, which lacks an operator of the mesh (so that it is read
    # twice, with a warning) and is slower on the detector. From memory (a path need not be ASCII)
    # the classic one can be asked for by the environment only, which is looked at once.
    with _LOADING:
        before = os.environ.get(_ENGINE)
        os.environ[_ENGINE] = _CLASSIC
        level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        try:
            network = cv2.dnn.readNetFromONNX(data)
        finally:
            cv2.utils.logging.setLogLevel(level)
            if before is None:
                del os.environ[_ENGINE]
            else:
                os.environ[_ENGINE] = before
    return cast("Network", network)


def lent_network(model: str, user: object) -> Network:
    """Return a network for `user` alone; when that is gone, the next one gets it: loading is slow.

    What a network answers does not depend on what it was asked before.
    """
    idle = _IDLE.setdefault(model, [])
    try:
        network = idle.pop()
    except IndexError:
        network = load_network(model)
    finalize(user, _give_back, idle, network).atexit = False
    return network


def _give_back(idle: list[Network], network: Network) -> None:
    if len(idle) < _MOST_IDLE:
        idle.append(network)


def refined_points() -> dict[str, tuple[int, ...]]:
    """Return which landmarks the lip and eye outputs of the mesh refine, in output order."""
    data = verified_bytes(MESH, ".index.json")
    return msgspec.json.decode(data, type=dict[str, tuple[int, ...]])


def models_digest() -> str:
    """Return one hex digest for both networks: part of the key of everything they measure."""
    files = {**card(DETECTOR).files, **card(MESH).files}
    return hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()
