import os
import signal
import sqlite3
import time

import pytest
from faulty_files import in_child, start_child, wait_child

from latentsync_studio.core.errors import StorageError, UnknownNameError
from latentsync_studio.storage.jobs import JobBusyError, JobTable, Wanted
from latentsync_studio.storage.owners import Owner, is_alive, this_process

ID = "0123456789abcdef"
WANTED = Wanted(
    arguments=("render", "a b;.mp4", "é.wav", "caf\udce9"),
    inputs=("/work/a b;.mp4", "/work/é.wav"),
    output="/work/out.mp4",
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "jobs.sqlite"


@pytest.fixture
def jobs(path):
    table = JobTable(path)
    yield table
    table.close()


def test_a_job_is_kept_with_all_that_running_it_again_takes(jobs, path):
    begun = jobs.begin(ID, WANTED)
    assert begun.state == "running"
    assert begun.owner == this_process()
    jobs.finish(ID, "Done.")
    jobs.close()
    (kept,) = JobTable(path).list()
    assert (kept.state, kept.message, kept.wanted) == ("done", "Done.", WANTED)


def test_beginning_again_keeps_when_it_was_first_begun(jobs):
    first = jobs.begin(ID, WANTED)
    jobs.fail(ID, "The disk is full.")
    assert jobs.get(ID).state == "failed"
    assert jobs.get(ID).message == "The disk is full."
    again = jobs.begin(ID, WANTED)
    assert (again.created, again.state, again.message) == (first.created, "running", "")


def test_a_job_whose_process_was_killed_is_interrupted_and_can_be_resumed(jobs, path):
    def work():
        JobTable(path).begin(ID, WANTED)
        os.kill(os.getpid(), signal.SIGKILL)

    assert in_child(work) == -signal.SIGKILL
    lost = jobs.get(ID)
    assert lost.state == "interrupted"
    assert "ended" in lost.message
    assert jobs.begin(ID, WANTED).state == "running"


def test_two_processes_cannot_work_on_one_job(jobs, path):
    pid = start_child(lambda: (JobTable(path).begin(ID, WANTED), time.sleep(60)))
    try:
        while not jobs.list():
            time.sleep(0.01)
        for refused in (lambda: jobs.begin(ID, WANTED), lambda: jobs.remove(ID)):
            with pytest.raises(JobBusyError, match=f"Process {pid} ") as caught:
                refused()
            assert caught.value.code == "job-busy"
    finally:
        os.kill(pid, signal.SIGKILL)
        wait_child(pid)
    assert jobs.remove(ID).id == ID
    assert jobs.list() == ()


def test_jobs_are_listed_latest_first_and_found_by_how_they_begin(jobs):
    for job_id in ("aa11", "aa22", "bb33"):
        jobs.begin(job_id, WANTED)
    jobs.interrupt("aa11")
    assert [job.id for job in jobs.list()] == ["aa11", "bb33", "aa22"]
    assert jobs.get("b").id == "bb33"
    for unclear, remedy in (("", "jobs list"), ("aa", "aa11, aa22"), ("c", "jobs list")):
        with pytest.raises(UnknownNameError) as caught:
            jobs.get(unclear)
        assert remedy in caught.value.remedy


def test_a_message_may_name_a_file_that_is_no_unicode(jobs):
    jobs.begin(ID, WANTED)
    jobs.fail(ID, "caf\udce9")
    assert jobs.get(ID).message == "caf\\udce9"


def test_a_damaged_table_is_set_aside_and_a_new_one_begun(jobs, path, caplog):
    jobs.begin(ID, WANTED)
    jobs.close()
    path.write_bytes(b"no database" * 100)
    assert JobTable(path).list() == ()
    (aside,) = path.parent.glob("jobs.sqlite.damaged-*")
    assert aside.read_bytes().startswith(b"no database")
    assert "damaged" in caplog.text


def test_one_job_that_makes_no_sense_does_not_hide_the_others(jobs, path, caplog):
    jobs.begin(ID, WANTED)
    jobs.begin("ff00", WANTED)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE jobs SET wanted = '{' WHERE id = 'ff00'")
    connection.close()
    assert [job.id for job in jobs.list()] == [ID]
    assert "ff00" in caplog.text


def test_a_table_that_cannot_be_made_says_what_to_do(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError) as caught:
        JobTable(tmp_path / "file" / "jobs.sqlite").list()
    assert "LATENTSYNC_STUDIO_HOME" in caught.value.remedy


def test_a_process_id_used_again_is_another_process():
    me = this_process()
    assert is_alive(me)
    assert not is_alive(Owner(me.pid, "another boot:1"))
    assert not is_alive(Owner(me.pid, ""))
    assert not is_alive(Owner(2**22 + 1, me.started))


def test_a_process_that_ended_but_was_not_waited_for_is_dead():
    pid = start_child(lambda: None)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert not is_alive(Owner(pid, this_process().started))
    wait_child(pid)
