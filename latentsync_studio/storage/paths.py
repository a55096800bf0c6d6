"""Where our own files lie: the user's data folder and what is in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import appdirs

from latentsync_studio.core.installed import shipped

HOME_VARIABLE: Final = "LATENTSYNC_STUDIO_HOME"
_NAME: Final = "latentsync-studio"


def data_home() -> Path:
    """The user's data folder; the environment variable LATENTSYNC_STUDIO_HOME overrides it."""
    chosen = os.environ.get(HOME_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    return Path(appdirs.user_data_dir(_NAME, appauthor=False))


def store_folder(home: Path | None = None) -> Path:
    """The patch store, below `home` (default: the user's data folder)."""
    return (home or data_home()) / "store"


def jobs_file(home: Path | None = None) -> Path:
    """The job table; as above."""
    return (home or data_home()) / "jobs.sqlite"


def digests_file(home: Path | None = None) -> Path:
    """Known content digests of media files; as above."""
    return (home or data_home()) / "digests.sqlite"


def preferences_file(home: Path | None = None) -> Path:
    """What the user prefers of the program itself; as above."""
    return (home or data_home()) / "preferences.json"


def proxy_folder(home: Path | None = None) -> Path:
    """Proxies of media; as above."""
    return (home or data_home()) / "proxies"


def frames_folder(home: Path | None = None) -> Path:
    """Lossless copies of frames; as above."""
    return (home or data_home()) / "frames"


def quality_folder(home: Path | None = None) -> Path:
    """What was measured on movies; as above."""
    return (home or data_home()) / "quality"


def autosave_folder(home: Path | None = None) -> Path:
    """Projects without a name yet, and edits that could not go into their own file; as above."""
    return (home or data_home()) / "autosave"


def backup_folder(home: Path | None = None) -> Path:
    """Earlier states of saved projects, a folder each; as above."""
    return (home or data_home()) / "backups"


def recent_file(home: Path | None = None) -> Path:
    """Which projects were open lately; as above."""
    return (home or data_home()) / "recent.json"


def models_folder(home: Path | None = None) -> Path:
    """Weights of the engines, a folder a model; as above."""
    return (home or data_home()) / "models"


def weight_digests_file(home: Path | None = None) -> Path:
    """Known SHA-256 digests of weights; as above."""
    return (home or data_home()) / "weight_digests.sqlite"


def known_weights_file(home: Path | None = None) -> Path:
    """Which digests weights had when they were first seen; as above."""
    return (home or data_home()) / "known_weights.sqlite"


def machine_notes_file(home: Path | None = None) -> Path:
    """What engines learnt about this machine; its writers hold `machine.json.lock` beside it."""
    return (home or data_home()) / "machine.json"


def log_folder() -> Path:
    """Log files."""
    return data_home() / "logs"


def user_preset_folder() -> Path:
    """Presets that the user saved."""
    return data_home() / "presets"


def shipped_preset_folder() -> Path:
    """Presets that come with the program. Raises StorageError when they are missing."""
    return shipped("presets", ".")
