"""Weights of the engines as use cases: what is there, what is missing, verify, convert, fetch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.core.errors import UnknownNameError
from latentsync_studio.storage import paths
from latentsync_studio.storage.weights.cards import LATENTSYNC
from latentsync_studio.storage.weights.finding import ROLES, Search, complete, find_part
from latentsync_studio.storage.weights.missing import describe_missing

if TYPE_CHECKING:
    from pathlib import Path

    from latentsync_studio.core.weights import MissingWeights, WeightSet


def find_weights(
    engine: str,
    folder: Path | None = None,
    *,
    resolution: int | None = None,
    home: Path | None = None,
) -> WeightSet | MissingWeights:
    """What `engine` would load, or why it cannot run; quick, without torch and the network.

    Args:
        engine: id of an engine that needs weights.
        folder: of the user's choice; looked into first, and what is wrong there is told.
        resolution: px asked for; None takes the largest that there is.
        home: the user's data folder.

    Raises:
        UnknownNameError: the engine needs no weights of this kind.
    """
    if engine != LATENTSYNC:
        raise UnknownNameError("engine with weights", engine, [LATENTSYNC])
    search = Search(models=paths.models_folder(home), folder=folder, resolution=resolution)
    parts = [find_part(role, search) for role in ROLES]
    return complete(parts) or describe_missing(engine, parts, search)
