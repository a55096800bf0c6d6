"""The JSON beside a model's weights."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from latentsync_studio.core.weights import WeightsError

if TYPE_CHECKING:
    from pathlib import Path


def read_config(path: Path) -> dict[str, Any]:
    """The JSON object of a config; raises WeightsError."""
    try:
        config = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise WeightsError(
            f"{path} cannot be read: {error}.", remedy="Get the model's files again."
        ) from error
    if not isinstance(config, dict):
        raise WeightsError(
            f"{path} is no config of a model.", remedy="Get the model's files again."
        )
    return config
