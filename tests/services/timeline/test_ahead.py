"""Exports on several devices: all draw first; the movie is the one that a single device makes."""

import pytest

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.model import ClipId
from latentsync_studio.services.delivery.requests import ClipMovieRequest, PackageRequest
from latentsync_studio.services.job_requests import enter, request_of
from latentsync_studio.services.timeline.ahead import draw_ahead, place_of
from latentsync_studio.services.timeline.movie import MovieRequest, export_movie
from latentsync_studio.services.timeline.takes import TakeCache
from latentsync_studio.services.wiring import open_services
from tests.services.timeline.projects import SEQUENCE, clip, project

DEVICES = ("cpu", "cpu")


@pytest.mark.slow
def test_two_devices_make_the_very_same_movie_as_one(plain, home, tmp_path):
    def export(folder, name, **more):
        stages = {}
        output = tmp_path / f"{name}.mp4"
        request = MovieRequest(
            project=plain, sequence=SEQUENCE, output=output, frames=FrameRange(4, 30), **more
        )
        progress = CallbackProgress(lambda told: stages.setdefault(told.stage, told.total))
        with open_services(folder) as services:
            report = export_movie(request, services, progress)
        return report, stages, output.read_bytes()

    _, stages, movie = export(home, "one")
    assert "synthesize" not in stages
    both, stages, same = export(tmp_path / "two", "two", devices=DEVICES)
    assert stages["synthesize"] == 26
    assert same == movie
    assert both.engine_calls == both.windows_total == 2
    again, stages, same = export(tmp_path / "two", "two", devices=DEVICES)
    assert same == movie
    assert again.engine_calls == 0
    assert "synthesize" not in stages  # every segment is stored, patches are not asked for


def test_opened_clips_of_others_serve_where_the_engines_are_the_same(plain, tmp_path):
    with open_services(tmp_path / "home") as services:
        takes = TakeCache(services)
        request = MovieRequest(project=plain, sequence=SEQUENCE, output=tmp_path / "a.mp4")
        assert place_of(request, services, takes) == (services, takes)
        elsewhere = MovieRequest(
            project=plain, sequence=SEQUENCE, output=tmp_path / "a.mp4", devices=DEVICES
        )
        place = place_of(elsewhere, services, takes)
        assert place.services.engines.device == "cpu"
        assert place.takes is not takes
        again = place_of(elsewhere, place.services, place.takes)
        assert again.services.engines is place.services.engines
        assert again.takes is place.takes


def test_where_nothing_is_driven_nothing_is_drawn_ahead(talk, tmp_path):
    silent = project(talk, {"V1": [clip(1, 1, 0, (0, 20))]})
    request = MovieRequest(
        project=silent, sequence=SEQUENCE, output=tmp_path / "a.mp4", devices=DEVICES
    )
    with open_services(tmp_path / "home") as services:
        place = place_of(request, services, None)
        assert draw_ahead(request, place, CallbackProgress(), None) is None


def test_devices_and_weights_are_kept_by_jobs_of_all_kinds(plain, services, tmp_path):
    given = {
        "project": plain,
        "sequence": SEQUENCE,
        "weights": tmp_path / "my weights",
        "devices": ("cuda:0", "cuda:1"),
        "frames": FrameRange(3, 9),
    }
    for asked in (
        MovieRequest(output=tmp_path / "a.mp4", **given),
        ClipMovieRequest(output=tmp_path / "b.mov", clip=ClipId("c1"), **given),
        PackageRequest(output=tmp_path / "c", **given),
    ):
        job = enter(asked, "", services.jobs, services.paintings)
        assert request_of(job) == asked
