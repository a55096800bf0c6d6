"""Fixtures for all tests: where the shared clips lie, and a home of its own for every test."""

import os
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest

SHARED = Path(__file__).parent.parent.parent / "shared" / "data" / "clips"


@pytest.fixture(scope="session")
def shared_clips() -> Path:
    """Return the folder of real clips; skip where a checkout has none."""
    if not SHARED.is_dir():
        pytest.skip("the real clips of ../shared/data/clips are not on this machine")
    return SHARED


@pytest.fixture(autouse=True)
def own_data_home(tmp_path_factory, monkeypatch):
    """Give every test its own application data folder; nothing leaks between tests or users."""
    home = tmp_path_factory.mktemp("studio-home")
    monkeypatch.setenv("LATENTSYNC_STUDIO_HOME", str(home))
    return home
