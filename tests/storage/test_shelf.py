import errno
import os
import signal
import time

import pytest

from latentsync_studio.core.errors import DiskFullError, StorageError
from latentsync_studio.storage.shelf import Shelf
from tests.storage.conftest import key_of
from tests.storage.faulty_files import KILL, FaultyFiles, start_child


def put(shelf, name, data):
    with shelf.writing(key_of(name)) as file:
        file.write(data)


def left(shelf):
    return sorted(path.name for path in shelf.root.iterdir()) if shelf.root.is_dir() else []


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "shelf é", 1000, ".bin", young_s=0)


def test_a_file_is_found_once_it_is_whole(shelf):
    assert shelf.find(key_of("a")) is None
    assert shelf.info().files == 0
    with shelf.writing(key_of("a")) as file:
        file.write(b"12345")
        file.seek(1)
        file.write(b"_")
        assert file.tell() == 2
        assert file.path.read_bytes() == b"1_345"
        assert shelf.find(key_of("a")) is None
    found = shelf.find(key_of("a"))
    assert found.read_bytes() == b"1_345"
    assert found.suffix == ".bin"
    assert (shelf.info().files, shelf.info().bytes) == (1, 5)


def test_a_file_that_fails_half_way_leaves_nothing_and_keeps_the_old_one(shelf):
    put(shelf, "a", b"old")

    def fail():
        with shelf.writing(key_of("a")) as file:
            file.write(b"new")
            raise KeyError("no")

    with pytest.raises(KeyError):
        fail()
    assert shelf.find(key_of("a")).read_bytes() == b"old"
    assert len(left(shelf)) == 1


def test_the_least_recently_used_files_go_for_the_budget(shelf):
    for number, name in enumerate("abc"):
        put(shelf, name, b"x" * 400)
        old = time.time() - 1000 + number
        if path := shelf.find(key_of(name)):
            os.utime(path, (old, old))
    shelf.find(key_of("b"))
    put(shelf, "d", b"x" * 400)
    assert [name for name in "abcd" if shelf.find(key_of(name))] == ["b", "d"]


def test_files_in_use_stay_whatever_the_budget(tmp_path):
    shelf = Shelf(tmp_path, 10, ".bin", young_s=60)
    put(shelf, "a", b"x" * 400)
    put(shelf, "b", b"x" * 400)
    assert shelf.info().files == 2


def test_clearing_removes_all_files_and_only_those(shelf):
    put(shelf, "a", b"123")
    (shelf.root / "notes.txt").write_text("mine")
    assert shelf.clear() == (1, 3)
    assert left(shelf) == ["notes.txt"]
    assert Shelf(shelf.root / "nowhere", 1, ".bin").clear() == (0, 0)


def test_a_key_is_checked(shelf):
    with pytest.raises(ValueError, match="hex"):
        shelf.find("../../etc")


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EIO])
def test_whatever_fails_is_told_and_leaves_nothing(tmp_path, fault):
    counted = FaultyFiles()
    put(Shelf(tmp_path / "whole", 10**6, ".bin", counted), "a", b"x")
    for nth in range(1, counted.count + 1):
        files = FaultyFiles(nth, fault)
        shelf = Shelf(tmp_path / f"{fault} {nth}", 10**6, ".bin", files)
        try:
            put(shelf, "a", b"x" * 100)
        except (DiskFullError, StorageError) as error:
            assert error.remedy
        assert not [name for name in left(shelf) if name.startswith(".tmp")] or (
            files.log[nth - 1] == "unlink"
        )


def test_a_killed_writer_leaves_no_file_and_is_swept_up_later(tmp_path):
    for nth in range(1, 8):
        root = tmp_path / str(nth)

        def die(root=root, nth=nth):
            put(Shelf(root, 10**6, ".bin", FaultyFiles(nth, KILL)), "a", b"x" * 100)

        _, status = os.waitpid(start_child(die), 0)
        shelf = Shelf(root, 10**6, ".bin")
        found = shelf.find(key_of("a"))
        assert found is None or found.read_bytes() == b"x" * 100
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
        old = time.time() - 3600
        for name in left(shelf):
            os.utime(shelf.root / name, (old, old))
        put(shelf, "b", b"y")
        assert not [name for name in left(shelf) if name.startswith(".tmp")]
