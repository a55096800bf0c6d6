"""Presets as files: what ships, what the user saved, what comes from others."""

from __future__ import annotations

from latentsync_studio.storage.presets import (
    SavedPreset,
    export_preset,
    import_preset,
    list_presets,
    load_preset,
    remove_preset,
    rename_preset,
    save_preset,
)

__all__ = [
    "SavedPreset",
    "export_preset",
    "import_preset",
    "list_presets",
    "load_preset",
    "remove_preset",
    "rename_preset",
    "save_preset",
]
