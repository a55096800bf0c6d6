"""What a movie will be is told near enough, without drawing a single mouth."""

from threading import Event

import pytest
from msgspec.structs import replace

from latentsync_studio.core.delivery.targets import find_target
from latentsync_studio.core.errors import Cancelled, InvalidSettingError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.services.delivery.estimate import estimate_movie, movie_notes
from latentsync_studio.services.timeline.movie import MovieRequest, export_movie
from latentsync_studio.services.wiring import open_services
from tests.services.timeline.projects import SEQUENCE, clip, project


@pytest.fixture
def request_of(talk, tmp_path):
    cut = project(talk, {"V1": [clip(1, 1, 8, (0, 40))]})

    def made(name, output):
        settings = replace(cut.settings, encode=find_target(name).encode)
        return MovieRequest(
            project=replace(cut, settings=settings), sequence=SEQUENCE, output=tmp_path / output
        )

    return made


@pytest.mark.parametrize(
    ("name", "output"), [("youtube", "a.mp4"), ("prores-hq", "a.mov"), ("png-sequence", "run")]
)
def test_the_size_is_right_within_a_half(request_of, home, name, output):
    request = request_of(name, output)
    with open_services(home) as services:
        found = estimate_movie(request, services, CallbackProgress())
        report = export_movie(request, services, CallbackProgress())
    assert 0.6 < found.size_bytes / report.size_bytes < 1.6
    assert found.encoder == report.encoder
    assert found.seconds
    assert found.tried_frames == 24
    with open_services(home) as services:
        foreseen = movie_notes(request, services)
    assert set(foreseen) <= set(report.notes)
    assert bool(foreseen) == (name == "prores-hq")


def test_a_short_range_and_a_gap_are_tried_too(request_of, home):
    request = replace(request_of("preview", "a.mp4"), frames=FrameRange(2, 11))
    with open_services(home) as services:
        found = estimate_movie(request, services, CallbackProgress())
    assert found.tried_frames == 16
    assert found.size_bytes > 0


def test_it_stops_when_the_user_goes_on_and_tells_what_does_not_fit(request_of, home):
    stop = Event()
    stop.set()
    with open_services(home) as services:
        with pytest.raises(Cancelled):
            estimate_movie(request_of("preview", "a.mp4"), services, CallbackProgress(stop=stop))
        with pytest.raises(InvalidSettingError):
            estimate_movie(request_of("prores-hq", "a.mp4"), services, CallbackProgress())
