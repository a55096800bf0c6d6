"""Which engines there are: stable id -> "module:Class", imported on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.core.registry import Registry

if TYPE_CHECKING:
    from latentsync_studio.core.engine import LipSyncEngine

DEFAULT_ENGINE = "mouthbank"

LIP_SYNC: Registry[LipSyncEngine] = Registry(
    "engine",
    {
        "mouthbank": "latentsync_studio.engines.mouthbank.engine:MouthBank",
        "latentsync": "latentsync_studio.engines.latentsync.engine:LatentSync",
    },
)
