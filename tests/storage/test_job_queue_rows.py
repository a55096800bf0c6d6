import errno
import os
import shutil
import signal
import sqlite3
import time
from pathlib import Path

import pytest
from faulty_files import FaultyFiles, in_child, start_child, wait_child

from latentsync_studio.core.errors import DiskFullError, StorageError, UnknownNameError
from latentsync_studio.storage.jobs import JobBusyError, JobTable, Wanted

GOLDEN = Path(__file__).parent / "golden" / "jobs-1.sqlite"
WANTED = Wanted(arguments=("render", "/a.mp4"), inputs=("/a.mp4",), output="/out.mp4")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "jobs.sqlite"


@pytest.fixture
def jobs(path):
    table = JobTable(path)
    yield table
    table.close()


def order(jobs):
    return [job.id for job in jobs.queue()]


def queued(jobs, *ids):
    for job_id in ids:
        jobs.add(job_id, WANTED, job_id.upper())


def test_a_table_of_version_1_is_brought_up_to_date_with_all_its_jobs(jobs, path):
    shutil.copy(GOLDEN, path)
    found = {job.id[0]: job for job in jobs.queue()}
    assert list(found) == ["1", "2", "3", "0"]  # as they were first begun
    assert [job.state for job in found.values()] == ["done", "failed", "interrupted", "interrupted"]
    assert [job.position for job in found.values()] == [0, 1, 2, 3]
    assert found["0"].is_lost
    assert not found["3"].is_lost
    assert found["2"].message == "The disk is full: 1.0 GB needed, 2 B free in /films."
    assert found["1"].wanted.inputs[0] == "/films/caf\udce9.mp4"
    assert found["0"].wanted.output == "/films/ä b.mp4"
    assert (found["1"].title, found["1"].total, found["1"].peak_mib) == ("", 0, 0.0)
    assert not list(path.parent.glob("*.damaged-*"))
    jobs.add("new", WANTED, "New")
    assert order(jobs)[-1] == "new"


def test_an_updated_table_is_the_same_as_a_new_one(jobs, path, tmp_path):
    new = JobTable(tmp_path / "new.sqlite")
    shutil.copy(GOLDEN, path)
    shapes = []
    for table, file in ((jobs, path), (new, tmp_path / "new.sqlite")):
        table.list()
        table.close()
        connection = sqlite3.connect(file)
        shapes.append(connection.execute("PRAGMA table_info(jobs)").fetchall())
        shapes.append(connection.execute("PRAGMA user_version").fetchone())
        connection.close()
    assert shapes[:2] == shapes[2:]


def test_a_table_of_a_newer_program_is_refused_and_left_as_it_is(jobs, path):
    jobs.add("a", WANTED)
    jobs.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version=9")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StorageError, match="version 9") as caught:
        jobs.list()
    assert "Update" in caught.value.remedy
    assert path.read_bytes() == before
    assert [held.name for held in path.parent.iterdir()] == [path.name]


def test_a_killed_update_leaves_a_table_that_is_updated_the_next_time(path):
    shutil.copy(GOLDEN, path)

    def update():
        sqlite = sqlite3.connect(path, isolation_level=None)
        sqlite.execute("BEGIN IMMEDIATE")
        sqlite.execute("ALTER TABLE jobs ADD COLUMN title TEXT NOT NULL DEFAULT ''")
        os.kill(os.getpid(), signal.SIGKILL)

    assert in_child(update) == -signal.SIGKILL
    table = JobTable(path)
    assert len(table.list()) == 4
    table.close()


def test_jobs_wait_in_the_order_in_which_they_came_and_can_be_moved(jobs):
    queued(jobs, "a", "b", "c", "d")
    assert order(jobs) == ["a", "b", "c", "d"]
    jobs.move("d", 1)
    assert order(jobs) == ["a", "d", "b", "c"]
    jobs.move("a", 99)
    jobs.move("c", -5)
    assert order(jobs) == ["c", "d", "b", "a"]
    with pytest.raises(UnknownNameError):
        jobs.move("x", 0)


def test_queueing_again_keeps_the_place_of_one_that_waits_and_sends_one_that_ended_to_the_end(jobs):
    queued(jobs, "a", "b")
    queued(jobs, "a")
    assert order(jobs) == ["a", "b"]
    jobs.claim("a")
    jobs.fail("a", "Full.", code="disk-full", remedy="Make room.")
    again = jobs.add("a", WANTED, "Again")
    assert (again.state, again.code, again.remedy, again.title) == ("queued", "", "", "Again")
    assert order(jobs) == ["b", "a"]


def test_a_failure_is_kept_with_its_code_and_remedy(jobs, path):
    queued(jobs, "a")
    jobs.claim("a")
    jobs.hint("a", "render", 120, 400, 812.5)
    jobs.hint("a", "render", 136, 400, 640.0)
    jobs.fail("a", "No room for caf\udce9.", code="disk-full", remedy="Make room.")
    jobs.close()
    other = JobTable(path)
    kept = other.get("a")
    other.close()
    assert (kept.state, kept.code, kept.remedy) == ("failed", "disk-full", "Make room.")
    assert kept.message == "No room for caf\\udce9."
    assert (kept.stage, kept.done, kept.total, kept.peak_mib) == ("render", 136, 400, 812.5)
    assert (kept.title, kept.kind) == ("A", "render")


def test_only_one_ever_works_on_a_job(jobs, path):
    queued(jobs, "a")
    pid = start_child(lambda: (JobTable(path).claim("a"), time.sleep(60)))
    try:
        while jobs.get("a").state != "running":
            time.sleep(0.01)
        for refused in (
            lambda: jobs.claim("a"),
            lambda: jobs.add("a", WANTED),
            lambda: jobs.change("a", ("running",), "queued"),
        ):
            with pytest.raises(JobBusyError, match=f"Process {pid} "):
                refused()
    finally:
        os.kill(pid, signal.SIGKILL)
        wait_child(pid)
    assert jobs.get("a").is_lost
    assert jobs.claim("a").state == "running"
    with pytest.raises(JobBusyError, match=f"Process {os.getpid()} "):
        jobs.claim("a")  # not even twice by the same process
    jobs.finish("a")
    with pytest.raises(JobBusyError, match="done already"):
        jobs.claim("a")
    with pytest.raises(UnknownNameError):
        jobs.claim("b")


def test_of_two_processes_that_want_the_next_job_one_gets_it(jobs, path):
    queued(jobs, "a")

    def race():
        table = JobTable(path)
        try:
            table.claim("a")
        except JobBusyError:
            os._exit(7)
        time.sleep(1)  # a dead process would give it back

    children = [start_child(race) for _ in range(4)]
    ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert sorted(ends) == [0, 7, 7, 7]


def test_states_change_only_from_where_they_may(jobs):
    queued(jobs, "a")
    assert jobs.change("a", ("queued",), "paused").state == "paused"
    assert jobs.change("a", ("queued",), "interrupted").state == "paused"
    with pytest.raises(UnknownNameError):
        jobs.change("b", ("queued",), "paused")


def test_a_wish_counts_until_the_job_ends_or_begins_again(jobs):
    queued(jobs, "a")
    jobs.wish("a", "pause")
    jobs.claim("a")
    assert jobs.wished("a") is None
    jobs.wish("a", "stop")
    assert jobs.wished("a") == "stop"
    jobs.interrupt("a")
    assert jobs.wished("a") is None


def test_an_end_that_a_full_disk_keeps_from_the_file_is_shown_and_written_later(jobs, path):
    queued(jobs, "a")
    jobs.claim("a")
    lock = sqlite3.connect(path, isolation_level=None)
    with jobs._database.reading() as connection:
        connection.execute("PRAGMA busy_timeout=0")
    lock.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError):
        jobs.fail("a", "Full.", code="disk-full")
    assert (jobs.get("a").state, jobs.get("a").code) == ("failed", "disk-full")
    lock.execute("ROLLBACK")
    lock.close()
    jobs.close()
    other = JobTable(path)
    assert other.get("a").state == "failed"
    other.close()


def test_a_project_goes_with_its_job(jobs, path):
    jobs.add("a", WANTED, "A", b'{"schema": 1}')
    assert jobs.snapshot("a") == path.parent / "jobs" / "a.json"
    assert jobs.snapshot("a").read_bytes() == b'{"schema": 1}'
    jobs.remove("a")
    assert not jobs.snapshot("a").exists()
    queued(jobs, "b")
    jobs.remove("b")  # without one
    assert order(jobs) == []


def test_a_project_that_finds_no_room_queues_nothing(path):
    jobs = JobTable(path, FaultyFiles(3, errno.ENOSPC))
    with pytest.raises(DiskFullError):
        jobs.add("a", WANTED, "A", b"{}")
    assert jobs.list() == ()
    jobs.close()
