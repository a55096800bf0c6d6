"""Movies in all kinds of targets: resumed they are the same file, whatever the codec."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from msgspec.structs import replace

from latentsync_studio.core.delivery.targets import TARGETS
from latentsync_studio.core.errors import Cancelled
from latentsync_studio.core.picture import PixelFormat
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.settings.pages import EncodeSettings
from latentsync_studio.core.timeline.model import Marker
from latentsync_studio.media.probe import probe
from latentsync_studio.media.target import choose_target
from latentsync_studio.services.segments import segment_frames
from latentsync_studio.services.timeline import movie
from latentsync_studio.services.timeline.movie import MovieRequest, export_movie, movie_problems
from tests.media.movies import facts
from tests.services.timeline.projects import SEQUENCE, clip, project

if TYPE_CHECKING:
    from pathlib import Path


def request_of(talk, name, output, **more):
    marks = (
        Marker(id="k1", frames=FrameRange(4, 5), name="Début"),
        Marker(id="k2", frames=FrameRange(30, 40)),
    )
    cut = project(talk, {"V1": [clip(1, 1, 0, (0, 48))]}, markers=marks, first_label=90_000)
    encode = TARGETS[name].encode if name in TARGETS else EncodeSettings(codec=name)
    cut = replace(cut, settings=replace(cut.settings, encode=encode))
    return MovieRequest(project=cut, sequence=SEQUENCE, output=output, **more)


def content(output: Path) -> dict[str, bytes]:
    held = sorted(output.iterdir()) if output.is_dir() else [output]
    return {path.name.replace("two", "one"): path.read_bytes() for path in held}


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("av1-web", ".webm"), ("vp9-web", ".webm"), ("prores-hq", ".mov"), ("png-sequence", "")],
)
def test_stopped_and_begun_again_every_target_is_the_same(
    services, talk, tmp_path, monkeypatch, name, suffix
):
    monkeypatch.setattr(movie, "segment_frames", lambda _target: 16)
    request = request_of(talk, name, tmp_path / f"one{suffix}")

    def notice(report):
        if report.stage == "render" and report.done >= 36:  # three quarters
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        export_movie(request, services, CallbackProgress(notice))
    assert not request.output.exists()
    report = export_movie(request, services, CallbackProgress())
    assert 0 < report.segments_reused < report.segments_total == 3
    services.store.clear()
    other = replace(request, output=tmp_path / f"two{suffix}")
    assert export_movie(other, services, CallbackProgress()).segments_reused == 0
    assert content(request.output) == content(other.output)
    assert report.size_bytes == sum(map(len, content(request.output).values()))


def test_markers_become_chapters_unless_they_are_not_wanted(services, talk, tmp_path):
    request = request_of(talk, "preview", tmp_path / "a.mp4", frames=FrameRange(2, 44))
    export_movie(request, services, CallbackProgress())
    found = probe(tmp_path / "a.mp4")
    frame = 1 / (25 * found.video.time_base)
    assert [(c.start, c.stop, c.title) for c in found.chapters] == [
        (2 * frame, 28 * frame, "Début"),
        (28 * frame, 42 * frame, "Chapter 2"),
    ]
    assert found.video.timecode == "01:00:00:02"
    settings = request.project.settings
    plain = replace(settings, encode=replace(settings.encode, chapters=False))
    other = replace(request, project=replace(request.project, settings=plain))
    export_movie(replace(other, output=tmp_path / "b.mp4"), services, CallbackProgress())
    assert probe(tmp_path / "b.mp4").chapters == ()


def test_pictures_are_numbered_by_the_time_code_of_the_sequence(services, talk, tmp_path):
    request = request_of(talk, "png-sequence", tmp_path / "run", frames=FrameRange(3, 6))
    export_movie(request, services, CallbackProgress())
    names = sorted(path.name for path in (tmp_path / "run").iterdir())
    assert names == [f"run.{90_003 + n:07d}.png" for n in range(3)]


def test_what_does_not_go_together_is_a_problem_with_a_remedy(services, talk, tmp_path):
    wrong = request_of(talk, "prores-hq", tmp_path / "a.mp4")
    (problem,) = movie_problems(wrong, services)
    assert ".mov or .mkv" in problem.remedy
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").write_text("x")
    taken = request_of(talk, "png-sequence", tmp_path / "run")
    (problem,) = movie_problems(taken, services)
    assert "mine.txt" in problem.message
    named = request_of(talk, "png-sequence", tmp_path / "a.mov")
    assert "Name a folder" in movie_problems(named, services)[0].remedy


@pytest.mark.parametrize(
    ("codec", "size", "count"),
    [
        ("h264", (3840, 2160), 128),
        ("prores", (1920, 1080), 32),
        ("prores4444", (3840, 2160), 16),
        ("png", (640, 360), 64),
    ],
)
def test_segments_of_large_frames_are_short(codec, size, count):
    width, height = size
    suffix = {"h264": ".mp4", "png": ""}.get(codec, ".mov")
    known = facts("yuv420p", coded_width=width, coded_height=height)
    target, _ = choose_target(known, EncodeSettings(codec=codec), suffix)
    assert segment_frames(target) == count
    assert isinstance(target.coded_format, PixelFormat)
    assert np.log2(count).is_integer()
