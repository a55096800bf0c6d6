"""A workbench with the media controller and a project that is saved nowhere."""

from __future__ import annotations

import pytest

from latentsync_studio.ui.media_bin.controller import MediaController


class Unsaved:
    """As much of the project controller as the media bin asks for: where the project lies."""

    path = None


@pytest.fixture
def bench(workbench):
    workbench.project = Unsaved()
    workbench.media = MediaController(workbench)
    yield workbench
    workbench.media.close()
