"""What people read of how the mouth of a finished render follows."""

from __future__ import annotations

import pytest

from latentsync_studio.cli.render_result import result_lines
from latentsync_studio.services.request import FigureSummary, Metrics, RenderReport


def report(**changed):
    """Of a render of which nothing is known but what is given."""
    numbers = """frames width height patched_frames engine_calls windows_total windows_reused
    segments_total segments_reused peak_rss_mib seconds frames_per_second rate"""
    words = "output engine device precision weights rung"
    known = dict.fromkeys(numbers.split(), 1) | dict.fromkeys(words.split(), "")
    known |= {"passed_through": (), "notes": (), "metrics": Metrics()}
    return RenderReport(**{**known, **changed})


@pytest.mark.parametrize(
    ("agreement", "lag", "line"),
    [
        (FigureSummary(result=0.77, source=0.17), 0.07, "0.77 (the clip's own mouth 0.17), lag"),
        (FigureSummary(result=0.766), None, "mouth follows the speech: 0.77"),
    ],
)  # fmt: skip
def test_the_line_is_what_score_tells(agreement, lag, line):
    quality = {"agreement": agreement, "lag_frames": FigureSummary(result=lag)}
    told = list(result_lines(report(quality=quality, metrics=Metrics(aperture_correlation=0.5))))
    assert any(line in each for each in told)
    assert not any("loudness" in each for each in told)


def test_without_it_the_loudness_is_named():
    metrics = Metrics(aperture_correlation=0.5, lag_frames=1.0, silence_leak=0.2)
    told = list(result_lines(report(metrics=metrics)))
    assert "mouth follows the loudness: correlation 0.50, lag +1.0 frames" in told
    assert "movement in silence: 20 % of that in speech" in told
