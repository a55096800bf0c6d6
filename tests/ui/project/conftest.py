"""A window with an open project, and a clip with a speech."""

import pytest

from tests.services.conftest import cut_clip, cut_speech
from tests.ui.desk import Desk


@pytest.fixture
def desk(qtbot, workbench):
    window = Desk(workbench)
    yield window
    window.shut()
    window.close()
    window.deleteLater()


@pytest.fixture(scope="session")
def pair(tmp_path_factory):
    """(clip, speech): 16 frames without sound, and as much speech."""
    folder = tmp_path_factory.mktemp("päir of files")
    return cut_clip(folder / "clip.mp4", 16), cut_speech(folder / "speech.wav", 16 / 25)
