"""What a render tells of itself: the same however often it is interrupted; the movie as well."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from latentsync_studio.core.errors import Cancelled
from latentsync_studio.core.json_text import json_text
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.render.budget import WorkBudget
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.services.quality.kept import load_movie
from latentsync_studio.services.render import job_id, render
from latentsync_studio.services.request import RenderRequest
from latentsync_studio.services.wiring import open_services


def request_of(tiny, output, **changes):
    return RenderRequest(video=tiny[0], audio=tiny[1], output=output, **changes)


@pytest.fixture(scope="module")
def measured(tiny, tmp_path_factory):
    """A render, its report, what was measured, and the data folder."""
    folder = tmp_path_factory.mktemp("measured")
    request = request_of(tiny, folder / "out.mp4")
    with open_services(folder / "home") as services:
        report = render(request, services, CallbackProgress())
        quality = load_movie(job_id(request), services)
    return folder, report, quality


def test_a_render_measures_itself_beside_its_source(measured):
    _, report, quality = measured
    told = report.quality
    assert told["outside_psnr"].result == "inf"
    assert told["model_px"].judged == pytest.approx(1.0)
    assert 0.5 < told["sharpness"].judged < 2.0
    assert told["agreement"].result > 0.4
    assert (quality.engine, quality.is_encoded) == ("mouthbank", False)
    assert len(quality.windows) == 4
    assert not np.isnan(quality.curve("aperture").source).any()
    assert "outside_psnr" not in {each.measure for each in report.attentions}


def test_changes_between_frames_are_known_over_the_borders_of_windows(measured):
    _, _, quality = measured
    known = np.isfinite(quality.curve("flicker").result)
    assert known.tolist() == [frame > 0 and frame % 2 == 0 for frame in range(64)]
    assert np.array_equal(known, np.isfinite(quality.curve("flicker").source))


def test_the_report_is_json_with_words_for_what_is_exact(measured):
    _, report, _ = measured
    told = msgspec.json.decode(json_text(report))
    assert told["quality"]["outside_psnr"]["result"] == "inf"
    assert told["metrics"]["measured_every"] == 4
    assert isinstance(told["attentions"], list)


def test_a_kept_render_tells_the_same(tiny, measured):
    folder, report, quality = measured
    request = request_of(tiny, folder / "out.mp4")
    with open_services(folder / "home") as services:
        again = render(request, services, CallbackProgress())
        kept = load_movie(job_id(request), services)
    assert again.segments_reused == again.segments_total
    assert (again.quality, again.attentions) == (report.quality, report.attentions)
    assert kept.to_bytes() == quality.to_bytes()


def test_a_stopped_render_goes_on_to_the_same_figures_with_other_threads(tiny, measured, tmp_path):
    _, report, quality = measured
    request = request_of(tiny, tmp_path / "out.mp4")

    class Stopping(CallbackProgress):
        def report(self, stage, done, total, note=""):
            super().report(stage, done, total, note)
            if stage == "render" and done >= 48:
                raise Cancelled("Enough.")

    with open_services(tmp_path / "home", WorkBudget(workers=1)) as services:
        with pytest.raises(Cancelled):
            render(request, services, Stopping())
        resumed = render(request, services, CallbackProgress())
        found = load_movie(job_id(request), services)
    assert resumed.quality == report.quality
    assert found.to_bytes() == quality.to_bytes()


def test_measuring_changes_no_byte_of_the_movie(tiny, measured, tmp_path):
    folder, _, _ = measured
    with open_services(folder / "home") as services:
        request = request_of(tiny, tmp_path / "plain.mp4", measure=False)
        report = render(request, services, CallbackProgress())
        assert load_movie(job_id(request), services) is None
    assert (tmp_path / "plain.mp4").read_bytes() == (folder / "out.mp4").read_bytes()
    assert not report.quality
    assert not report.attentions


def test_limits_are_settings_and_cost_no_new_picture(tiny, measured, tmp_path):
    folder, _, _ = measured
    strict = RenderSettings()
    strict = msgspec.structs.replace(
        strict, quality=msgspec.structs.replace(strict.quality, sharpness=2.0)
    )
    with open_services(folder / "home") as services:
        request = request_of(tiny, tmp_path / "out.mp4", settings=strict)
        report = render(request, services, CallbackProgress())
    assert report.segments_reused == report.segments_total
    assert "sharpness" in {each.measure for each in report.attentions}
