"""A stopped render goes on through `jobs resume`; the cache may be cleared while one runs."""

from __future__ import annotations

import json

import av
import clips
import pytest

from latentsync_studio.cli.app import run
from latentsync_studio.cli.exit_codes import DONE
from latentsync_studio.core.errors import Cancelled
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.services.render import render
from latentsync_studio.services.request import RenderRequest
from latentsync_studio.services.wiring import open_services

FRAMES = 48


@pytest.fixture
def request_of_three_windows(tmp_path):
    """Return a request for 48 frames."""
    frames = [frame[60:380, 140:460] for frame in clips.sample_frames(FRAMES)]
    return RenderRequest(
        video=clips.write_clip(tmp_path / "clip.mp4", frames),
        audio=clips.write_speech(tmp_path / "speech.wav", FRAMES / 25),
        output=tmp_path / "result.mp4",
        measure=False,
    )


@pytest.fixture
def answer(capsys):
    """Return a function that runs a command with --json and gives its object."""

    def run_json(*words):
        capsys.readouterr()
        assert run([*map(str, words), "--json"]) == DONE
        return json.loads(capsys.readouterr().out)

    return run_json


@pytest.mark.slow
def test_a_stopped_render_goes_on_by_its_job(answer, request_of_three_windows):
    def stop(report):
        if report.stage == "render" and report.done >= FRAMES // 2:
            progress.stop.set()

    progress = CallbackProgress(stop)
    with open_services() as services, pytest.raises(Cancelled):
        render(request_of_three_windows, services, progress)
    assert not request_of_three_windows.output.exists()
    (job,) = answer("jobs", "list")["jobs"]
    assert job["state"] == "interrupted"
    report = answer("jobs", "resume", job["id"][:8])
    assert report["windows_reused"] > 0
    assert answer("jobs", "list")["jobs"][0]["state"] == "done"
    with av.open(str(request_of_three_windows.output)) as movie:
        assert sum(1 for _ in movie.decode(video=0)) == FRAMES


@pytest.mark.slow
@pytest.mark.parametrize("words", [[], ["--all"]])
def test_clearing_the_cache_while_a_render_runs_leaves_it_able_to_finish(
    answer, request_of_three_windows, words
):
    removed = []

    def clear(report):
        if report.stage == "render" and report.done >= FRAMES // 3 and not removed:
            removed.append(answer("cache", "clear", *words)["removed"])

    other = request_of_three_windows.output.with_name("other.mp4")
    clip, speech = request_of_three_windows.video, request_of_three_windows.audio
    answer("render", clip, speech, "-o", other, "--range", "0:4", "--no-measure")
    with open_services() as services:
        report = render(request_of_three_windows, services, CallbackProgress(clear))
    assert removed[0] > 0
    assert report.frames == report.patched_frames == FRAMES
    with av.open(report.output) as movie:
        assert sum(1 for _ in movie.decode(video=0)) == FRAMES
