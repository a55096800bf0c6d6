"""Jobs wait, run, rest, fail and survive; nobody runs one twice."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from latentsync_studio.core.errors import Cancelled, InternalError, StudioError
from latentsync_studio.core.job_frames import PLAN
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.remedies import actions_for
from latentsync_studio.services import queue as queue_module
from latentsync_studio.services.memory_watch import memory_now
from latentsync_studio.services.queue import JobQueue, run_job
from latentsync_studio.services.request import RenderRequest
from latentsync_studio.services.wiring import open_services
from latentsync_studio.storage.jobs import JobBusyError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def queue(services):
    return JobQueue(services)


@pytest.fixture
def wanted(tiny, tmp_path):
    """Return a render of the tiny clip, without measuring."""
    clip, speech = tiny
    return RenderRequest(video=clip, audio=speech, output=tmp_path / "out ü.mp4", measure=False)


def waiting(queue, wanted, *names):
    return [
        queue.enqueue(replace(wanted, output=wanted.output.with_name(f"{name}.mp4")), name)
        for name in names
    ]


def stopping_at(frames, act):
    """Return progress that acts when so many frames are rendered."""
    done = threading.Event()

    def hear(report):
        if report.stage == "render" and report.done >= frames and not done.is_set():
            done.set()
            act()

    return CallbackProgress(hear)


@pytest.mark.slow
def test_a_job_runs_once_and_is_refused_to_everybody_else(queue, services, wanted):
    (job,) = waiting(queue, wanted, "a")
    assert queue.next_job() == job
    refused = []

    def elsewhere():
        for act in (queue.remove, queue.retry, lambda job: run_job(job, services, progress)):
            with pytest.raises(JobBusyError):
                act(job)
            refused.append(act)

    progress = stopping_at(16, elsewhere)
    report = run_job(job, services, progress)
    assert len(refused) == 3
    (done,) = queue.jobs()
    assert (done.state, done.title, done.kind) == ("done", "a", "render")
    assert Path(report.output).is_file()
    assert done.peak_mib > 50
    assert services.store.info().pinned == 0
    assert queue.next_job() is None
    with pytest.raises(JobBusyError, match="done already"):
        run_job(job, services, progress)


@pytest.mark.slow
def test_a_job_can_be_paused_and_cancelled_and_goes_on_where_it_was(queue, services, wanted):
    (job,) = waiting(queue, wanted, "a")
    with pytest.raises(Cancelled, match="Paused"):
        run_job(job, services, stopping_at(32, lambda: queue.pause(job)))
    (paused,) = queue.jobs()
    assert paused.state == "paused"
    assert queue.next_job() is None
    assert services.store.info().pinned > 0
    assert queue.interrupted() == ()
    with pytest.raises(Cancelled, match="Stopped"):
        run_job(queue.unpause(job), services, stopping_at(16, lambda: queue.cancel(job)))
    (stopped,) = queue.jobs()
    assert (stopped.state, stopped.message) == ("interrupted", "Stopped by you.")
    assert queue.retry(job).state == "queued"
    report = run_job(job, services, CallbackProgress())
    assert report.frames == 64
    assert report.windows_reused > 0


def test_a_stop_of_its_progress_interrupts_a_job(queue, services, wanted):
    (job,) = waiting(queue, wanted, "a")
    progress = CallbackProgress()
    progress.stop.set()
    with pytest.raises(Cancelled):
        run_job(job, services, progress)
    assert queue.jobs()[0].state == "interrupted"


def test_waiting_jobs_can_be_paused_cancelled_moved_and_removed(queue, services, wanted):
    a, b, c = waiting(queue, wanted, "a", "b", "c")
    assert queue.pause(a).state == "paused"
    assert queue.next_job().id == b.id
    assert queue.cancel(b).state == "interrupted"
    assert queue.next_job().id == c.id
    queue.move(c, 0)
    assert [job.title for job in queue.jobs()] == ["c", "a", "b"]
    assert queue.unpause(a).state == "queued"
    queue.remove(c)
    assert [job.title for job in queue.jobs()] == ["a", "b"]
    assert queue.unpause(b).state == "interrupted"  # it was not resting
    with pytest.raises(StudioError, match="no job"):
        queue.pause(c)


def test_a_failed_job_says_why_and_what_can_be_done(queue, services, wanted):
    gone = wanted.output.parent / "gone.mp4"
    job = queue.enqueue(replace(wanted, video=gone), "gone")
    with pytest.raises(StudioError):
        run_job(job, services, CallbackProgress())
    (failed,) = queue.jobs()
    assert (failed.state, failed.code) == ("failed", "missing-file")
    assert "gone.mp4" in failed.message
    assert failed.remedy
    assert actions_for(failed.code) == ("relink",)


def test_a_missing_output_folder_offers_another_output(queue, services, wanted):
    job = queue.enqueue(replace(wanted, output=wanted.output.parent / "no" / "o.mp4"), "x")
    with pytest.raises(StudioError):
        run_job(job, services, CallbackProgress())
    assert actions_for(queue.jobs()[0].code) == ("choose-output",)


def test_a_bug_fails_the_job_and_comes_as_an_error_with_a_remedy(
    queue, services, wanted, monkeypatch
):
    def broken(*arguments):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(queue_module, "request_of", broken)
    (job,) = waiting(queue, wanted, "a")
    with pytest.raises(InternalError, match="ZeroDivisionError"):
        run_job(job, services, CallbackProgress())
    assert actions_for(queue.jobs()[0].code) == ("report-problem",)


def test_hints_are_frames_of_the_job_and_written_at_most_once_a_second(queue, wanted, monkeypatch):
    (job,) = waiting(queue, wanted, "a")
    moments = iter([100.0, 100.4, 100.9, 101.1, 103.0])
    monkeypatch.setattr(queue_module.time, "monotonic", lambda: next(moments))
    watched = queue_module._Watched(CallbackProgress(), queue._jobs, job)
    seen = []
    for stage, done, total in (
        (PLAN, 0, 64),
        ("render", 1, 64),
        ("render", 2, 64),
        ("render", 16, 64),
        ("speech", 9, 9),
    ):
        watched.report(stage, done, total)
        now = queue._jobs.get(job.id)
        seen.append((now.stage, now.done, now.total))
    plan, drawn, heard = (PLAN, 0, 64), ("render", 16, 64), ("speech", 16, 64)
    assert seen == [plan, plan, plan, drawn, heard]


def test_memory_is_looked_at_without_importing_an_engine():
    now = memory_now()
    assert now.rss_mib > 10
    assert now.gpu_mib is None or now.gpu_mib >= 0


RUN = """
import sys
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.services.queue import JobQueue, run_job
from latentsync_studio.services.wiring import open_services

def tell(report):
    print(report.stage, report.done, flush=True)

with open_services() as services:
    run_job(JobQueue(services).next_job(), services, CallbackProgress(tell))
"""


@pytest.mark.slow
def test_a_killed_job_is_found_interrupted_and_only_the_window_in_flight_is_made_again(
    wanted, tmp_path
):
    home = tmp_path / "home"
    with open_services(home) as services:
        killed_while_rendering(JobQueue(services), services, wanted, home)
    with open_services(home) as services:  # the next start of the program
        queue = JobQueue(services)
        (lost,) = queue.interrupted()
        assert (lost.title, lost.state, lost.total) == ("a", "interrupted", 64)
        assert queue.next_job() is None
        report = run_job(queue.retry(lost), services, CallbackProgress())
        assert queue.interrupted() == ()
    assert report.windows_reused >= 2
    assert report.engine_calls <= 2


def killed_while_rendering(queue, services, wanted, home):
    (job,) = waiting(queue, wanted, "a")
    with subprocess.Popen(
        [sys.executable, "-c", RUN],
        cwd=ROOT,
        env={**os.environ, "LATENTSYNC_STUDIO_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stdout:
            stage, done = line.split()
            if stage == "render" and int(done) >= 32:
                break
        with pytest.raises(JobBusyError, match=f"Process {process.pid} "):
            run_job(job, services, CallbackProgress())
        with pytest.raises(JobBusyError):
            queue.pause(job)
        os.kill(process.pid, signal.SIGKILL)


def test_the_queue_is_imported_without_anything_heavy():
    script = (
        "import sys, latentsync_studio.services.queue;"
        "print(*{'torch', 'cv2', 'av', 'scipy', 'librosa'} & set(sys.modules))"
    )
    words = [sys.executable, "-c", script]
    done = subprocess.run(words, check=False, capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("\n", "")
