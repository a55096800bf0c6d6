"""Disks that are full or read-only: a plain word, the project untouched, the edits kept."""

import subprocess
from contextlib import closing

import pytest

from latentsync_studio.core.errors import DiskFullError, StorageError
from latentsync_studio.core.timeline.edits.clips import rename
from latentsync_studio.services.project_files import (
    new_untitled,
    open_project,
    read_project,
)
from latentsync_studio.storage.files import FileOps
from latentsync_studio.storage.project_errors import (
    ReadOnlyProjectError,
)
from tests.core.timeline.cuts import clips_of
from tests.services.project.states import MADE, abandon, files_in, name_in, named


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 2 MiB, or a skip where mounting is not allowed."""
    folder = tmp_path / "small disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2M", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("mounting a small disk is not allowed here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def saved_on(folder, home):
    with closing(new_untitled(home)) as opened:
        return opened.save_as(folder / "film", MADE)


def filled(folder):
    ballast = folder / "ballast"
    ballast.write_bytes(bytes(FileOps().free_bytes(folder)))
    return ballast


def test_a_project_on_a_read_only_disk_opens_and_its_edits_are_kept(home, small_disk):
    path = saved_on(small_disk, home)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    opened = open_project(path, home)
    assert opened.locked_by is None
    assert opened.read_only == opened.warnings[0] != ""
    with pytest.raises(ReadOnlyProjectError) as caught:
        opened.save(named(1))
    assert "another name" in caught.value.remedy
    opened.note(named(1))
    opened.flush()
    abandon(opened)
    with closing(open_project(path, home)) as again:
        assert name_in(again.recovery.project) == "take 1"
        assert again.keep_copy().parent == home / "backups", "nothing can be written beside it"
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)


def test_on_a_full_disk_edits_go_to_the_data_folder_and_a_save_leaves_the_file(home, small_disk):
    path = saved_on(small_disk, home)
    big = rename(MADE, clips_of(MADE)[0].id, "x" * 300_000)
    with closing(open_project(path, home)) as opened:
        ballast = filled(small_disk)
        opened.note(big)
        opened.flush()
        assert not opened.has_pending
        with pytest.raises(DiskFullError) as caught:
            opened.save(big)
        assert str(small_disk) in str(caught.value)
        assert name_in(read_project(path)) == ""
        ballast.unlink()
        opened.save(big)
        assert files_in(home / "autosave") == []
    assert read_project(path).sequences == big.sequences


def test_a_project_on_a_full_disk_opens_and_can_be_saved_after_making_room(home, small_disk):
    path = saved_on(small_disk, home)
    ballast = filled(small_disk)
    with closing(open_project(path, home)) as opened:
        assert "full" in opened.read_only
        ballast.unlink()
        opened.note(state := named(1))
        opened.save(state)
        assert opened.read_only == ""
    assert name_in(read_project(path)) == "take 1"


def test_when_both_disks_are_full_the_edit_waits(home, tmp_path, small_disk, monkeypatch):
    own_home = small_disk / "home"
    with closing(new_untitled(own_home)) as opened:
        ballast = filled(small_disk)
        opened.note(named(1))
        for _ in range(2):
            with pytest.raises((DiskFullError, StorageError)) as caught:
                opened.flush()
            assert caught.value.remedy
            assert opened.has_pending
        ballast.unlink()
        assert opened.flush()
        opened.discard_journal()
