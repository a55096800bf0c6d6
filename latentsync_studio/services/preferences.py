"""Preferences of the program: loaded at the start, saved when the user changes them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from latentsync_studio.core.render.budget import budget_of
from latentsync_studio.storage import paths
from latentsync_studio.storage.preferences import read_preferences, write_preferences

if TYPE_CHECKING:
    from latentsync_studio.core.settings.preferences import Preferences
    from latentsync_studio.services.wiring import Services


def load_preferences(home: Path | None = None) -> Preferences:
    """The preferences below `home` (default: the user's data folder), whatever the file holds.

    `warnings` of the result tells what was wrong with it; the file as it was is kept as .bak.
    """
    return read_preferences(paths.preferences_file(home))


def save_preferences(home: Path | None, preferences: Preferences) -> None:
    """Write the preferences, whole or not at all; syncs the disk, so not for the GUI thread.

    Raises DiskFullError or StorageError.
    """
    write_preferences(paths.preferences_file(home), preferences)


def within_limits(services: Services, preferences: Preferences) -> Services:
    """The same parts for work that keeps to the memory and threads that the user allows."""
    return replace(services, budget=budget_of(preferences.performance))


def with_engines(services: Services, preferences: Preferences) -> Services:
    """The same parts with engines on the weights and the device that the user chose."""
    performance = preferences.performance
    weights = Path(performance.weights).expanduser() if performance.weights else None
    return replace(services, engines=services.engines.chosen(weights, performance.device))
