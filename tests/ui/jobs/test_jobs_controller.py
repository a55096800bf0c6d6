"""Jobs as the window runs them: in order, in a thread, stopped and gone on with, left and found."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from latentsync_studio.services.queue import JobQueue
from latentsync_studio.services.request import RenderRequest
from latentsync_studio.services.timeline.synthesize import SynthesisRequest
from latentsync_studio.ui.jobs.interrupted import LATER, REMOVE, RESUME
from latentsync_studio.ui.project import questions
from tests.ui.desk import answer
from tests.ui.jobs.conftest import FRAMES

PATIENCE = 40_000


def states(desk):
    return [job.state for job in desk.jobs.jobs()]


def wait_for(qtbot, desk, *wanted):
    """Wait for these states; a job that failed against all expectation ends the wait."""
    told = [(job.state, job.message) for job in desk.jobs.jobs()]

    def is_there():
        told[:] = [(job.state, job.message) for job in desk.jobs.jobs()]
        return states(desk) == list(wanted) or ("failed" in states(desk) and "failed" not in wanted)

    qtbot.waitUntil(is_there, timeout=PATIENCE)
    assert states(desk) == list(wanted), told


def fail_at_once(desk, name="gone.mp4"):
    """Enqueue a job that cannot be done: its clip is not there."""
    clip = Path("/nowhere") / name
    desk.jobs.enqueue(
        lambda: RenderRequest(video=clip, audio=clip, output=Path("/nowhere/out.mp4")), name
    )


def in_table(services, state, project, *, is_dead=True):
    """A job that another process left in a state."""
    request = SynthesisRequest(project=project, sequence=project.sequences[-1].id)
    job = JobQueue(services).enqueue(request, "Synthesize clip")
    services.jobs.hint(job.id, "synthesize", 12, FRAMES)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (path,) = Path(services.store.root).parent.glob("jobs.sqlite")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE jobs SET state = ?, pid = ?", (state, dead.pid))
    return job.id


def test_a_synthesis_runs_to_its_end_and_its_frames_are_told(qtbot, desk):
    seen, done, lived = [], [], []
    desk.jobs.frame_finished.connect(seen.append)
    desk.jobs.job_done.connect(done.append)
    desk.jobs.progressed.connect(lambda job_id: lived.append(desk.jobs.live(job_id).stage))
    desk.workbench.actions.trigger("clip.synthesize_all")
    qtbot.waitUntil(lambda: desk.jobs.running is not None, timeout=PATIENCE)
    assert states(desk) == ["running"]
    assert desk.jobs.unfinished() == ("Synthesize clip",)
    wait_for(qtbot, desk, "done")
    (job,) = desk.jobs.jobs()
    assert done == [job.id]
    assert {"analyse", "synthesize"} <= set(lived)
    assert {frame.frame for frame in seen} == set(range(FRAMES))
    assert desk.said("Synthesize clip: done")
    assert desk.jobs.live(job.id) is None
    assert desk.jobs.unfinished() == ()


def test_a_job_can_be_paused_resumed_stopped_and_retried(qtbot, desk):
    desk.jobs.synthesize()
    qtbot.waitUntil(lambda: desk.jobs.running is not None, timeout=PATIENCE)
    job_id = desk.jobs.running
    desk.jobs.pause(job_id)  # perhaps before its process is noted
    assert desk.jobs.is_stopping
    wait_for(qtbot, desk, "paused")
    assert desk.jobs.running is None
    assert desk.jobs.unfinished() == ()
    desk.jobs.resume(job_id)
    qtbot.waitUntil(lambda: desk.jobs.live(job_id) is not None, timeout=PATIENCE)
    qtbot.waitUntil(lambda: desk.jobs.live(job_id).stage != "", timeout=PATIENCE)
    desk.jobs.cancel(job_id)
    wait_for(qtbot, desk, "interrupted")
    assert not desk.said("failed")
    desk.jobs.retry(job_id)
    qtbot.waitUntil(lambda: desk.jobs.running == job_id, timeout=PATIENCE)


def test_a_waiting_job_can_be_paused_and_stopped_too(qtbot, desk):
    desk.jobs.synthesize()
    qtbot.waitUntil(lambda: desk.jobs.running is not None, timeout=PATIENCE)
    fail_at_once(desk)
    wait_for(qtbot, desk, "running", "queued")
    waiting = desk.jobs.jobs()[1].id
    desk.jobs.pause(waiting)
    wait_for(qtbot, desk, "running", "paused")
    desk.jobs.resume(waiting)
    wait_for(qtbot, desk, "running", "queued")
    assert len(desk.jobs.unfinished()) == 2
    desk.jobs.cancel(waiting)
    wait_for(qtbot, desk, "running", "interrupted")
    assert len(desk.jobs.unfinished()) == 1


def test_jobs_run_one_after_the_other_in_the_order_that_the_user_gives(qtbot, desk):
    ended = []
    desk.jobs.job_done.connect(ended.append)
    desk.jobs.job_failed.connect(lambda job_id, _error: ended.append(job_id))
    desk.jobs.synthesize()
    qtbot.waitUntil(lambda: desk.jobs.running is not None, timeout=PATIENCE)
    fail_at_once(desk, "a.mp4")
    fail_at_once(desk, "b.mp4")
    qtbot.waitUntil(lambda: len(desk.jobs.jobs()) == 3)
    first, second, third = (job.id for job in desk.jobs.jobs())
    desk.jobs.move(third, 1)
    qtbot.waitUntil(lambda: [job.id for job in desk.jobs.jobs()] == [first, third, second])
    desk.jobs.cancel(first)
    wait_for(qtbot, desk, "interrupted", "failed", "failed")
    assert ended == [third, second]


def test_a_failure_is_told_with_its_remedy_and_the_job_can_be_removed(qtbot, desk):
    failed = []
    desk.jobs.job_failed.connect(lambda job_id, error: failed.append((job_id, error.code)))
    fail_at_once(desk)
    wait_for(qtbot, desk, "failed")
    (job,) = desk.jobs.jobs()
    assert failed == [(job.id, failed[0][1])]
    assert "gone.mp4" in job.message
    assert job.remedy
    assert desk.said("gone.mp4 failed.")
    desk.jobs.remove(job.id)
    qtbot.waitUntil(lambda: desk.jobs.jobs() == ())


def test_without_a_lane_nothing_is_enqueued(desk, laid):
    from latentsync_studio.core.timeline.edits.tracks import drive_lips

    lane = laid.sequences[-1].tracks[-1].id
    desk.workbench.store.edit("No lane", lambda project: drive_lips(project, lane, None))
    desk.workbench.actions.trigger("clip.synthesize_all")
    assert desk.said("No audio track drives the lips")
    assert desk.jobs.jobs() == ()


def test_selected_clips_are_synthesized_by_name(qtbot, desk):
    clip = desk.workbench.session.sequence.tracks[0].clips[0]
    desk.workbench.actions.trigger("clip.synthesize")
    assert desk.said("Select a clip first, or press Ctrl+Return for the sequence.")
    assert desk.jobs.jobs() == ()
    desk.workbench.session.select([clip.id])
    desk.workbench.actions.trigger("clip.synthesize")
    qtbot.waitUntil(lambda: desk.jobs.running is not None, timeout=PATIENCE)
    assert [job.title for job in desk.jobs.jobs()] == ["Synthesize clip.mp4"]


@pytest.mark.parametrize(
    ("key", "left"), [(questions.KEEP, "queued"), (questions.STOP, "interrupted")]
)
def test_closing_with_a_running_job_asks_what_becomes_of_it(qtbot, desk, services, key, left):
    desk.jobs.synthesize()
    qtbot.waitUntil(lambda: desk.jobs.running is not None, timeout=PATIENCE)
    desk.close()
    answer(qtbot, desk, questions.CANCEL)
    assert not desk.is_shut
    assert desk.jobs.running is not None
    desk.close()
    dialog = answer(qtbot, desk, key)
    assert "Synthesize clip" in dialog.accessibleDescription()
    qtbot.waitUntil(lambda: desk.is_shut, timeout=PATIENCE)
    assert [job.state for job in services.jobs.queue()] == [left]


def test_a_cancelled_close_leaves_project_and_job_alone(qtbot, desk):
    from tests.ui.project.test_project_controller import edit

    desk.jobs.synthesize()
    qtbot.waitUntil(lambda: desk.jobs.running is not None, timeout=PATIENCE)
    edit(desk, 4)
    desk.close()
    answer(qtbot, desk, questions.DISCARD)
    answer(qtbot, desk, questions.CANCEL)
    assert not desk.is_shut
    assert desk.project.is_modified
    assert not desk.jobs.is_stopping


@pytest.mark.parametrize("state", ["running", "queued"])
def test_what_a_dead_process_left_is_offered_at_the_start_and_goes_on(
    qtbot, desk, services, laid, state
):
    job_id = in_table(services, state, laid)
    desk.jobs.begin()
    qtbot.waitUntil(lambda: desk.question is not None)
    row = desk.question.list.topLevelItem(0)
    assert [row.text(column) for column in range(3)] == [
        "Synthesize clip",
        f"12 of {FRAMES} frames",
        f"{FRAMES - 12} frame(s) (Drawing mouths)",
    ]
    answer(qtbot, desk, RESUME)
    qtbot.waitUntil(lambda: desk.jobs.running == job_id, timeout=PATIENCE)


def test_left_jobs_can_wait_or_be_removed_and_only_what_is_ticked(qtbot, desk, services, laid):
    from PySide6.QtCore import Qt

    in_table(services, "running", laid)
    desk.jobs.begin()
    answer(qtbot, desk, LATER)
    assert states(desk) == ["interrupted"]
    desk.jobs.begin()
    qtbot.waitUntil(lambda: desk.question is not None)
    dialog = desk.question
    dialog.list.topLevelItem(0).setCheckState(0, Qt.CheckState.Unchecked)
    assert not dialog.buttons[RESUME].isEnabled()
    assert dialog.buttons[RESUME].text() == "&Resume selected"
    dialog.list.topLevelItem(0).setCheckState(0, Qt.CheckState.Checked)
    answer(qtbot, desk, REMOVE)
    wait_for(qtbot, desk)


def test_a_job_of_another_living_process_is_shown_and_left_alone(qtbot, desk, services, laid):
    job_id = in_table(services, "running", laid)
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    from latentsync_studio.storage.owners import _started

    path = Path(services.store.root).parent / "jobs.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        values = (other.pid, _started(other.pid))
        connection.execute("UPDATE jobs SET pid = ?, started = ?", values)
    try:
        desk.jobs.begin()
        wait_for(qtbot, desk, "running")
        assert desk.question is None
        assert desk.jobs.running is None
        desk.jobs.cancel(job_id)
        qtbot.waitUntil(lambda: desk.said(f"Process {other.pid}"))
        assert desk.close()  # it is not ours to ask about
    finally:
        other.communicate()
