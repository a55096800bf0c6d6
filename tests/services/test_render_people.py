"""Two people in one picture: the largest is redrawn, or the one that was asked for."""

import numpy as np
import pytest

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.services.render import render
from latentsync_studio.services.request import RenderRequest
from latentsync_studio.services.wiring import open_services
from tests.benchmarks.outside import LOSSLESS, differences
from tests.fakes.talking_clips import heads, strangers, write_clip
from tests.services.conftest import cut_speech

FRAMES, MIDDLE = 32, 280


@pytest.fixture(scope="module")
def two_people(tmp_path_factory):
    """A clip with the larger face on the left and a smaller one on the right, a speech, a home."""
    folder = tmp_path_factory.mktemp("two people")
    beside = zip(heads(FRAMES), strangers(FRAMES), strict=True)
    clip = write_clip(folder / "two.mp4", [np.hstack(both) for both in beside])
    return clip, cut_speech(folder / "speech.wav", FRAMES / 25), folder / "home"


def redrawn(two_people, folder, face):
    """The report, and the mean place of the changes of every changed frame."""
    video, audio, home = two_people
    request = RenderRequest(
        video=video,
        audio=audio,
        output=folder / "out.mp4",
        settings=LOSSLESS,
        face=face,
        measure=False,
    )
    with open_services(home) as services:
        report = render(request, services, CallbackProgress())
        found = list(differences(request, services))
    assert sum(d.outside for d in found) == 0
    return report, [d.center[0] for d in found if d.inside]


@pytest.mark.slow
def test_without_a_choice_only_the_largest_face_is_redrawn(two_people, tmp_path):
    report, places = redrawn(two_people, tmp_path, None)
    assert report.patched_frames == FRAMES
    assert len(places) > FRAMES - 6
    assert max(places) < MIDDLE
    assert any("2 faces: the largest" in note and "--face 1" in note for note in report.notes)


@pytest.mark.slow
def test_the_chosen_face_is_redrawn_and_the_other_one_stays(two_people, tmp_path):
    report, places = redrawn(two_people, tmp_path, 1)
    assert report.patched_frames == FRAMES
    assert len(places) > FRAMES - 6
    assert min(places) > MIDDLE
    assert report.passed_through == ()


@pytest.mark.slow
def test_the_largest_face_may_be_asked_for_by_number(two_people, tmp_path):
    _, places = redrawn(two_people, tmp_path, 0)
    assert max(places) < MIDDLE


@pytest.mark.slow
def test_a_face_that_is_not_there_is_refused_and_nothing_is_written(two_people, tmp_path):
    with pytest.raises(InputError, match="no face 7; the clip has 2") as refused:
        redrawn(two_people, tmp_path, 7)
    assert "faces FILE" in refused.value.remedy
    assert list(tmp_path.iterdir()) == []
