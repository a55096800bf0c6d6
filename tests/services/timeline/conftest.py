"""A clip of somebody who talks and a speech, 8 s each, in a project; synthesized once."""

import pytest

from tests.services.conftest import cut_clip, cut_speech, services  # noqa: F401
from tests.services.timeline.projects import clip, item_of, project

FRAMES = 112


@pytest.fixture(scope="session")
def talk(tmp_path_factory):
    """Return media items (clip of 112 frames of 320 x 320, speech of the same length)."""
    folder = tmp_path_factory.mktemp("talk")
    video = cut_clip(folder / "talk.mp4", FRAMES)
    audio = cut_speech(folder / "speech.wav", FRAMES / 25)
    return item_of(video, 1), item_of(audio, 2)


@pytest.fixture(scope="session")
def plain(talk):
    """Return a project with the clip on V1 and the speech on A1, which drives the lips."""
    return project(talk, {"V1": [clip(1, 1, 0, (0, FRAMES))], "A1": [clip(2, 2, 0, (0, FRAMES))]})


@pytest.fixture(scope="session")
def home(plain, tmp_path_factory):
    """Return a data folder in which `plain` is synthesized."""
    from latentsync_studio.core.progress import CallbackProgress
    from latentsync_studio.services.timeline.synthesize import SynthesisRequest, synthesize
    from latentsync_studio.services.wiring import open_services
    from tests.services.timeline.projects import SEQUENCE

    folder = tmp_path_factory.mktemp("synthesized")
    with open_services(folder) as opened:
        request = SynthesisRequest(project=plain, sequence=SEQUENCE)
        synthesize(request, opened, CallbackProgress())
    return folder
