"""What the editor asks for waits in the queue with its project, and is run from there."""

import json
import os
from threading import Event

import pytest
from msgspec.structs import replace

from latentsync_studio.cli.app import run
from latentsync_studio.cli.exit_codes import DONE
from latentsync_studio.core.errors import Cancelled, StudioError
from latentsync_studio.core.job_frames import PLAN
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.remedies import actions_for
from latentsync_studio.core.timeline.document import from_json
from latentsync_studio.services.queue import JobQueue, run_job
from latentsync_studio.services.timeline.movie import MovieRequest
from latentsync_studio.services.timeline.synthesize import SynthesisRequest
from latentsync_studio.services.wiring import open_services
from tests.services.timeline.conftest import FRAMES
from tests.services.timeline.projects import SEQUENCE, clip, project


@pytest.fixture
def opened(home):
    """Services and queue of the data folder where `plain` is synthesized already; left empty."""
    with open_services(home) as services:
        queue = JobQueue(services)
        yield services, queue
        for job in queue.jobs():
            queue.remove(job)


@pytest.fixture
def asked(plain):
    """Return a request for all of the cut."""
    return SynthesisRequest(project=plain, sequence=SEQUENCE)


def test_a_request_is_kept_with_its_project_and_read_back(opened, asked, home):
    _, queue = opened
    parts = replace(asked, clips=("c1",), frames=FrameRange(3, 20))
    jobs = [queue.enqueue(asked, "All"), queue.enqueue(parts, "Part")]
    assert [job.kind for job in jobs] == ["synthesize"] * 2
    assert [queue.request(job) for job in jobs] == [asked, parts]
    for job in jobs:
        snapshot = home / "jobs" / f"{job.id}.json"
        assert from_json(snapshot.read_bytes()) == asked.project
        assert job.wanted.inputs == tuple(item.path for item in asked.project.media)
        queue.remove(job)
        assert not snapshot.exists()


def test_the_same_request_is_the_same_job_and_an_edit_makes_another(opened, asked):
    _, queue = opened
    first = queue.enqueue(asked, "One")
    assert queue.enqueue(asked, "Two").id == first.id
    settings = replace(asked.project.settings, seed=5)
    edited = replace(asked, project=replace(asked.project, settings=settings))
    assert queue.enqueue(edited, "Three").id != first.id
    assert len(queue.jobs()) == 2


@pytest.mark.slow
def test_a_synthesis_is_run_from_the_queue(opened, asked):
    services, queue = opened
    report = run_job(queue.enqueue(asked, "All"), services, CallbackProgress())
    assert (report.frames, report.engine_calls) == (FRAMES, 0)  # all was drawn before
    (done,) = queue.jobs()
    assert (done.state, done.stage, done.done) == ("done", "synthesize", done.total)


def test_a_job_whose_project_is_gone_fails_with_a_remedy(opened, asked, home):
    services, queue = opened
    job = queue.enqueue(asked, "All")
    (home / "jobs" / f"{job.id}.json").unlink()
    with pytest.raises(StudioError, match="cannot be read"):
        run_job(job, services, CallbackProgress())
    (failed,) = queue.jobs()
    assert failed.state == "failed"
    assert "start it anew" in failed.remedy


@pytest.mark.slow
def test_the_command_line_runs_a_job_of_the_editor(opened, asked, home, monkeypatch, capsys):
    _, queue = opened
    job = queue.enqueue(asked, "Synthesize all")
    monkeypatch.setenv("LATENTSYNC_STUDIO_HOME", os.fspath(home))
    assert run(["jobs", "list"]) == DONE
    assert "Synthesize all" in capsys.readouterr().out
    assert run(["jobs", "resume", job.id[:8], "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["engine_calls"] == 0
    assert queue.jobs()[0].state == "done"
    assert run(["jobs", "resume", job.id[:8]]) == DONE
    assert f"{FRAMES} frames in" in capsys.readouterr().out


def test_a_movie_request_is_read_back_with_its_output(opened, plain, tmp_path):
    _, queue = opened
    output = tmp_path / "mit Leerzeichen ü.mp4"
    asked = MovieRequest(project=plain, sequence=SEQUENCE, output=output, frames=FrameRange(0, 16))
    job = queue.enqueue(asked, "Movie")
    assert (job.kind, job.wanted.output) == ("export", str(output))
    assert queue.request(job) == asked


@pytest.mark.slow
def test_a_movie_is_written_from_the_queue_and_a_missing_folder_has_a_remedy(
    opened, plain, tmp_path
):
    services, queue = opened
    output = tmp_path / "new folder" / "out.mp4"
    asked = MovieRequest(project=plain, sequence=SEQUENCE, output=output, frames=FrameRange(0, 16))
    job = queue.enqueue(asked, "Movie")
    with pytest.raises(StudioError):
        run_job(job, services, CallbackProgress())
    (failed,) = queue.jobs()
    assert actions_for(failed.code) == ("choose-output",)
    output.parent.mkdir()
    report = run_job(queue.retry(job), services, CallbackProgress())
    assert (report.frames, report.engine_calls) == (16, 0)
    assert output.is_file()


@pytest.mark.slow
def test_a_stopped_movie_pins_for_its_job_and_removing_that_gives_all_free(
    services, talk, tmp_path
):
    tracks = {"V1": [clip(1, 1, 0, (0, 32))], "A1": [clip(2, 2, 0, (0, 32))]}
    request = MovieRequest(
        project=project(talk, tracks), sequence=SEQUENCE, output=tmp_path / "out.mp4"
    )
    queue, stop, stages = JobQueue(services), Event(), []

    def notice(report):
        stages.append(report.stage)
        if report.stage == "analyse" and report.done:
            assert queue.jobs()[0].done == 0
        if report.stage == "render" and report.done:
            stop.set()

    job = queue.enqueue(request, "Movie")
    with pytest.raises(Cancelled):
        run_job(job, services, CallbackProgress(notice, stop))
    (stopped,) = queue.jobs()
    assert (stopped.total, stages[0]) == (32, PLAN)
    assert services.store.info().pinned > 0
    queue.remove(job)
    assert services.store.info().pinned == 0
    services.store.clear()
    assert services.store.info().entries == 0
