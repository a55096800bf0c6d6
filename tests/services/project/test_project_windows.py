"""Two windows and one project: nobody overwrites anybody."""

import os
import threading
import time
from contextlib import closing

import pytest

from latentsync_studio.services.project_files import (
    open_project,
    read_project,
    recoverable,
)
from latentsync_studio.storage.project_errors import (
    ProjectChangedError,
    ProjectLockedError,
)
from tests.services.project.states import MADE, abandon, files_in, name_in, named
from tests.storage.faulty_files import start_child, wait_child


def test_another_window_is_told_and_cannot_write(home, path):
    with closing(open_project(path, home)) as first:
        first.note(named(1))
        first.flush()
        with closing(open_project(path, home)) as second:
            assert f"process {os.getpid()} on " in second.locked_by
            assert second.recovery is None, "that journal is alive"
            assert "open in another window" in second.warnings[0]
            with pytest.raises(ProjectLockedError) as caught:
                second.save(MADE)
            assert caught.value.remedy
            with pytest.raises(ProjectLockedError):
                first.save_as(path.with_name("x"), MADE) and second.save_as(first.path, MADE)
        first.discard_journal()


def test_edits_of_a_window_without_the_lock_are_kept_in_the_data_folder(home, path):
    with closing(open_project(path, home)):
        second = open_project(path, home)
        second.note(named(2))
        second.flush()
        abandon(second)
    assert recoverable(home) == (), "it is not untitled"
    with closing(open_project(path, home)) as opened:
        assert name_in(opened.recovery.project) == "take 2"
        opened.save(opened.recover())
    assert files_in(home / "autosave") == []
    assert name_in(read_project(path)) == "take 2"


def test_a_second_window_can_save_once_the_first_is_closed(home, path):
    first = open_project(path, home)
    with closing(open_project(path, home)) as second:
        first.close()
        second.note(state := named(2))
        second.save(state)
        assert second.locked_by is None
    assert name_in(read_project(path)) == "take 2"


def test_what_the_first_window_saved_is_not_overwritten_by_the_second(home, path):
    first = open_project(path, home)
    with closing(open_project(path, home)) as second:
        first.note(state := named(1))
        first.save(state)
        first.close()
        second.note(named(2))
        with pytest.raises(ProjectChangedError):
            second.save(named(2))
        second.discard_journal()
    assert name_in(read_project(path)) == "take 1"


def test_a_window_can_take_over_and_the_other_one_notices(home, path):
    with closing(open_project(path, home)) as first:
        first.note(named(1))
        with closing(open_project(path, home, take_over=True)) as second:
            assert second.locked_by is None
            second.note(named(2))
            second.flush()
            with pytest.raises(ProjectLockedError, match="taken over"):
                first.save(named(1))
            first.flush()
            assert len(list((home / "autosave").glob("*.lsp"))) == 1
            second.save(named(2))
        first.discard_journal()
    assert name_in(read_project(path)) == "take 2"


def test_of_many_windows_that_open_at_once_exactly_one_gets_the_project(home, path):
    begin, begin_end = os.pipe()  # reading from a pipe ends for all at once when it is closed
    finish, finish_end = os.pipe()
    told, tell = os.pipe()

    def window():
        os.close(begin_end)
        os.close(finish_end)
        os.read(begin, 1)
        with closing(open_project(path, home)) as opened:
            os.write(tell, b"o" if opened.locked_by is None else b"l")
            os.read(finish, 1)

    pids = [start_child(window) for _ in range(6)]
    os.close(tell)
    os.close(begin_end)
    answers = b"".join(os.read(told, 1) for _ in pids)
    for end in (begin, finish, finish_end, told):
        os.close(end)
    assert [wait_child(pid) for pid in pids] == [0] * 6
    assert sorted(answers) == sorted(b"olllll")


def test_threads_may_note_flush_and_save_at_once(home, path):
    opened, last, stop = open_project(path, home), [], threading.Event()

    def edit():
        for n in range(300):
            opened.note(state := named(n))
            last.append(state)
            time.sleep(0.001)
        stop.set()

    def flush():
        while not stop.is_set():
            opened.flush()

    def save():
        while not stop.is_set():
            if last:
                opened.save(last[-1])

    threads = [threading.Thread(target=work) for work in (edit, flush, save)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    opened.flush()
    abandon(opened)
    with closing(open_project(path, home)) as again:
        newest = again.recovery.project if again.recovery else again.project
        assert name_in(newest) == "take 299"
        again.discard_journal()
