"""A window whose project has a clip and a speech on the timeline."""

import pytest

from latentsync_studio.core.timeline.edits.pair import clip_and_speech
from latentsync_studio.core.timeline.model import Project
from tests.services.conftest import cut_clip, cut_speech
from tests.ui.desk import Desk

FRAMES = 20


@pytest.fixture(scope="session")
def pair(tmp_path_factory):
    """(clip, speech): 20 frames without sound, and as much speech."""
    folder = tmp_path_factory.mktemp("päir of files")
    clip = cut_clip(folder / "clip.mp4", FRAMES)
    return clip, cut_speech(folder / "speech.wav", FRAMES / 25)


@pytest.fixture
def laid(pair, services):
    """The project of both files."""
    from latentsync_studio.core.progress import CallbackProgress
    from latentsync_studio.services.media_bin.importing import import_media

    clip, speech = (found.item for found in import_media(pair, services, CallbackProgress()))
    return clip_and_speech(Project(), clip, speech)


@pytest.fixture
def desk(qtbot, workbench, laid):
    window = Desk(workbench)
    workbench.store.open(laid)
    yield window
    window.shut()
    window.close()
    window.deleteLater()
