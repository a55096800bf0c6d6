"""A folder appears with all its files or not at all, whoever else writes and whatever fails."""

import errno
import os
import signal
import time

import pytest

from latentsync_studio.core.errors import DiskFullError, StorageError
from latentsync_studio.storage.files import FileOps
from latentsync_studio.storage.weights.placing import folder_at_once
from tests.storage.faulty_files import FaultyFiles, in_child, start_child, wait_child


@pytest.fixture
def target(tmp_path):
    return tmp_path / "models ü" / "unet"


def fill(folder, text):
    for name in ("a", "b"):
        (folder / name).write_text(text)


def held(target):
    return {path.name: path.read_text() for path in target.iterdir()}


def write(target, text, files=None):
    with folder_at_once(target, 0, files) as temporary:
        fill(temporary, text)


def test_it_appears_at_the_end_and_replaces_a_former_one(target):
    with folder_at_once(target, 10) as temporary:
        fill(temporary, "1")
        assert not target.exists()
    assert held(target) == {"a": "1", "b": "1"}
    write(target, "2")
    assert held(target) == {"a": "2", "b": "2"}
    assert [path.name for path in target.parent.iterdir()] == ["unet"]


def test_after_a_failure_nothing_is_left_and_a_former_one_stays(target):
    write(target, "1")

    def fail():
        with folder_at_once(target, 0) as temporary:
            fill(temporary, "2")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert held(target) == {"a": "1", "b": "1"}
    assert [path.name for path in target.parent.iterdir()] == ["unet"]


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_whatever_operation_fails_there_is_a_whole_folder_or_none(tmp_path, fault):
    counted = FaultyFiles()
    write(tmp_path / "counted" / "unet", "1", counted)
    for nth in range(1, counted.count + 1):
        target = tmp_path / f"{nth}" / "unet"
        expected = DiskFullError if fault == errno.ENOSPC else StorageError
        with pytest.raises(expected):
            write(target, "1", FaultyFiles(nth, fault))
        assert not target.exists() or held(target) == {"a": "1", "b": "1"}
        assert not target.parent.exists() or len(list(target.parent.iterdir())) <= 1


def test_too_little_room_is_told_before_the_work(target):
    free = FileOps().free_bytes(target.parent.parent)
    with pytest.raises(DiskFullError, match="needed"), folder_at_once(target, free + 10**12):
        pytest.fail("the work was begun")


def test_a_killed_writer_leaves_the_former_folder_and_the_next_one_cleans_up(target):
    write(target, "1")

    def die():
        with folder_at_once(target, 0) as temporary:
            (temporary / "a").write_text("2")
            os.kill(os.getpid(), signal.SIGKILL)

    assert in_child(die) == -signal.SIGKILL
    assert held(target) == {"a": "1", "b": "1"}
    (left,) = target.parent.glob(".tmp-*")
    write(target, "3")
    assert left.exists()  # it may still be written to by another machine
    long_ago = time.time() - 3_600
    os.utime(left, (long_ago, long_ago))
    write(target, "4")
    assert not left.exists()


def test_two_writers_at_once_leave_one_whole_folder(target):
    def work(text):
        for _ in range(20):
            write(target, text)

    children = [start_child(lambda text=text: work(text)) for text in ("1", "2")]
    assert [wait_child(pid) for pid in children] == [0, 0]
    assert held(target) in ({"a": "1", "b": "1"}, {"a": "2", "b": "2"})
    assert [path.name for path in target.parent.iterdir()] == ["unet"]
