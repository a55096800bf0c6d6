"""A viewer on a project whose frames show their number."""

from __future__ import annotations

import shutil

import pytest

from latentsync_studio.ui.viewer.panel import ViewerPanel
from latentsync_studio.ui.viewer.playback import Playback
from tests.media.frame_ids import make_clip
from tests.ui.viewer.scenes import Jobs, Media, Opener, no_device, project_of

FRAMES = 60


@pytest.fixture(scope="session")
def numbered(tmp_path_factory):
    """A clip of 60 numbered frames at 25 fps with sound; one keyframe in twelve."""
    folder = tmp_path_factory.mktemp("numbered")
    return make_clip(folder / "made.mp4", frames=FRAMES, sound_from_s=0.0)


@pytest.fixture
def project(numbered, tmp_path, services):
    """One sequence of the numbered clip."""
    path = shutil.copyfile(numbered, tmp_path / "clip ä 1.mp4")
    return project_of(path, services)


@pytest.fixture
def playback(workbench):
    """The transport on a machine without a sound device, nothing open yet."""
    made = Playback(workbench, open_stream=no_device)
    workbench.playback, workbench.jobs = made, Jobs()
    workbench.media, workbench.project = Media(), Opener()
    yield made
    made.close()


@pytest.fixture
def panel(qtbot, workbench, playback, project):
    """The panel, shown, with the exact first frame on it."""
    made = ViewerPanel(workbench)
    made.resize(640, 480)
    qtbot.addWidget(made)
    made.show()
    workbench.store.open(project)
    qtbot.waitUntil(lambda: playback.pictures.is_exact, timeout=5000)
    yield made
    made.close_panel()
    workbench.playback.stop()
