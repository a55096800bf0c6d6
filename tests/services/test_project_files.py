"""A project is opened, edited, saved, lost and found again; nothing that was flushed is lost."""

import json
import os
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from latentsync_studio.core.errors import DiskFullError, InputError, StorageError
from latentsync_studio.core.timeline.document import to_json
from latentsync_studio.core.timeline.edits.clips import rename
from latentsync_studio.core.timeline.model import SCHEMA, Project
from latentsync_studio.services import project_files
from latentsync_studio.services.open_project import OpenProject
from latentsync_studio.services.project_files import (
    backups_of,
    discard_recoverable,
    new_untitled,
    open_project,
    read_project,
    recent_projects,
    recoverable,
)
from latentsync_studio.storage import project_copies
from latentsync_studio.storage.files import FileOps
from latentsync_studio.storage.project import ProjectFile
from latentsync_studio.storage.project_errors import (
    DamagedProjectError,
    ProjectChangedError,
    ProjectLockedError,
    ReadOnlyProjectError,
)
from tests.core.timeline.cuts import clips_of, project
from tests.services.conftest import abandon

MADE = project(V1=[(0, 0, 50), (50, 10, 60)], A1=[(0, 0, 50)])


def named(n):
    """Another state of the project: its first clip has a name."""
    return rename(MADE, clips_of(MADE)[0].id, f"take {n}")


def name_in(made):
    return clips_of(made)[0].name


@pytest.fixture
def home(own_data_home):
    return own_data_home


@pytest.fixture
def path(tmp_path, home):
    """A saved project, closed."""
    folder = tmp_path / "my films é"
    folder.mkdir()
    with closing(new_untitled(home)) as opened:
        opened.note(MADE)
        return opened.save_as(folder / "film", MADE)


def crashed(path, home, *names):
    """Leave the project as a crash does, after edits that were flushed."""
    opened = open_project(path, home)
    for n in names:
        opened.note(named(n))
        opened.flush()
    abandon(opened)
    return opened


def files_in(folder):
    return sorted(each.name for each in folder.iterdir())


# --- new, saved, opened


def test_a_new_project_writes_nothing_before_its_first_edit(home):
    with closing(new_untitled(home)) as opened:
        assert opened.path is None
        assert opened.name == ""
        assert opened.project == Project()
        assert not opened.flush()
    assert not (home / "autosave").exists()


def test_an_untitled_project_gets_a_name_and_leaves_nothing_behind(home, tmp_path):
    with closing(new_untitled(home)) as opened:
        with pytest.raises(InputError, match="no name yet"):
            opened.save(MADE)
        opened.note(MADE)
        assert opened.flush()
        assert len(files_in(home / "autosave")) == 2, "the file and its lock"
        assert opened.save_as(tmp_path / "film", MADE) == tmp_path / "film.lsp"
        assert files_in(home / "autosave") == []
        assert opened.name == "film"
        opened.note(named(1))
        opened.flush()
        opened.save(named(1))
    assert files_in(tmp_path) == ["film.lsp"]
    assert name_in(read_project(tmp_path / "film.lsp")) == "take 1"
    assert [each.name for each in recent_projects(home)] == ["film"]


def test_edits_that_were_all_undone_are_not_offered_again(home, path):
    with closing(open_project(path, home)) as opened:
        opened.note(named(1))
        opened.flush()
        opened.note(opened.project)
    with closing(open_project(path, home)) as opened:
        assert opened.recovery is None


def test_edits_that_were_discarded_are_not_offered_again(home, path):
    with closing(open_project(path, home)) as opened:
        opened.note(named(1))
        opened.flush()
        opened.note(named(2))
        opened.discard_journal()
    with closing(open_project(path, home)) as opened:
        assert opened.recovery is None
        assert name_in(opened.project) == ""


def test_edits_that_were_neither_saved_nor_discarded_are_offered_again(home, path):
    with closing(open_project(path, home)) as opened:
        opened.note(named(1))
    with closing(open_project(path, home)) as opened:
        assert name_in(opened.recovery.project) == "take 1"
        opened.discard_journal()


def test_an_edit_that_is_newer_than_the_save_stays_in_the_journal(home, path):
    opened = open_project(path, home)
    opened.note(named(1))
    saved = named(1)
    opened.note(saved)
    opened.note(named(2))  # while the save waits for its worker
    opened.save(saved)
    assert opened.has_pending
    opened.flush()
    abandon(opened)
    with closing(open_project(path, home)) as again:
        assert name_in(again.project) == "take 1"
        assert name_in(again.recovery.project) == "take 2"
        again.discard_journal()


def test_noting_is_quick_and_never_waits_for_the_disk(home, path):
    with closing(open_project(path, home)) as opened:
        held, go = threading.Event(), threading.Event()

        def hold_the_disk():
            with opened._disk:
                held.set()
                go.wait(5)

        thread = threading.Thread(target=hold_the_disk)
        thread.start()
        held.wait(5)
        began = time.perf_counter()
        for n in range(100):
            opened.note(named(n))
            opened.add_blob(b"tile")
        spent = time.perf_counter() - began
        go.set()
        thread.join()
        opened.discard_journal()
    assert spent < 1.0


def test_fields_of_a_newer_program_survive_edit_and_save(home, path):
    data = json.loads(to_json(MADE)) | {"schema": SCHEMA + 3, "mood": 1}
    data["sequences"][0]["tracks"][0]["clips"][0]["shine"] = "s"
    with closing(ProjectFile(path, writable=True)) as file:
        file.save(json.dumps(data).encode(), file.document().digest)
    with closing(open_project(path, home)) as opened:
        edited = rename(opened.project, clips_of(opened.project)[0].id, "x")
        opened.note(edited)
        opened.flush()
        opened.save(edited)
    with closing(ProjectFile(path, writable=False)) as file:
        saved = json.loads(file.document().json)
    assert saved["schema"] == SCHEMA + 3
    assert saved["mood"] == 1
    assert saved["sequences"][0]["tracks"][0]["clips"][0]["shine"] == "s"
    assert saved["sequences"][0]["tracks"][0]["clips"][0]["name"] == "x"


def test_a_document_in_json_can_be_read(tmp_path):
    (tmp_path / "film.json").write_bytes(to_json(MADE))
    assert read_project(tmp_path / "film.json") == MADE
    with pytest.raises(InputError, match="cannot be read"):
        read_project(tmp_path / "gone.json")


# --- save as, copies, backups, blobs


def test_save_as_goes_on_in_the_new_file_and_leaves_the_old_as_saved(home, path):
    target = path.with_name("second.lsp")
    with closing(open_project(path, home)) as opened:
        tile = opened.add_blob(b"tile")
        opened.note(named(1))
        opened.flush()
        opened.save_as(target, named(1))
        assert opened.path == target
        assert opened.blob(tile) == b"tile"
    with closing(open_project(path, home)) as old:
        assert name_in(old.project) == ""
        assert old.recovery is None
        assert old.locked_by is None
    assert name_in(read_project(target)) == "take 1"


def test_a_copy_is_written_beside_and_work_goes_on_here(home, path):
    with closing(open_project(path, home)) as opened:
        tile = opened.add_blob(b"tile")
        opened.note(named(1))
        copy = opened.save_copy(path.with_name("copy"), named(1))
        assert opened.path == path
        assert opened.has_pending
        with pytest.raises(InputError, match="is this project"):
            opened.save_copy(path, named(1))
        opened.discard_journal()
    with closing(open_project(copy, home)) as other:
        assert name_in(other.project) == "take 1"
        assert other.blob(tile) == b"tile"
    assert name_in(read_project(path)) == ""


def test_blobs_reach_the_file_whichever_way_it_is_saved(home, tmp_path):
    with closing(new_untitled(home)) as opened:
        first = opened.add_blob(b"first")
        opened.note(MADE)
        opened.flush()
        second = opened.add_blob(b"second")
        opened.save_as(tmp_path / "a", MADE)
        third = opened.add_blob(b"third")
        assert [opened.blob(each) for each in (first, second, third)] == [
            b"first",
            b"second",
            b"third",
        ]
        opened.save(MADE)
    with closing(open_project(tmp_path / "a.lsp", home)) as opened:
        assert opened.blob(second) == b"second"
        assert opened.blob("ab" * 20) is None
        assert opened.prune_blobs([first, third]) == 1
        assert opened.blob(second) is None


def test_the_ten_newest_backups_are_kept(home, path, monkeypatch):
    monkeypatch.setattr(project_copies, "_APART_S", 0.0)
    with closing(open_project(path, home)) as opened:
        for n in range(12):
            opened.note(state := named(n))
            opened.save(state)
    found = backups_of(path, home)
    assert len(found) == 10
    assert [name_in(read_project(each)) for each in found] == [
        f"take {n}" for n in range(11, 1, -1)
    ]
    with closing(open_project(found[-1], home)) as backup:
        assert "is a backup" in backup.read_only
        with pytest.raises(ReadOnlyProjectError):
            backup.save(MADE)
        backup.save_as(path.with_name("restored"), backup.project)
        assert backup.read_only == ""


def test_quick_saves_do_not_push_out_older_backups(home, path):
    with closing(open_project(path, home)) as opened:
        for n in range(15):
            opened.note(state := named(n))
            opened.save(state)
    found = backups_of(path, home)
    assert len(found) == 2
    assert [name_in(read_project(each)) for each in found] == ["take 14", ""]


def test_a_backup_that_fails_does_not_fail_the_save(home, path, caplog):
    (home / "backups").rename(home / "kept")
    (home / "backups").write_bytes(b"in the way")
    with closing(open_project(path, home)) as opened:
        opened.note(state := named(1))
        opened.save(state)
    assert "No backup" in caplog.text
    assert name_in(read_project(path)) == "take 1"
    (home / "backups").unlink()
    (home / "kept").rename(home / "backups")


# --- after a crash


def test_a_crash_loses_nothing_that_was_flushed(home, path):
    crashed(path, home, *range(5))
    opened = open_project(path, home)
    with closing(opened):
        assert name_in(opened.project) == ""
        assert opened.recovery.edits == 5
        assert opened.recovery.saved < opened.recovery.time <= time.time()
        assert opened.locked_by is None, "its process no longer holds it"
        state = opened.recover()
        assert name_in(state) == "take 4"
        opened.note(state := rename(state, clips_of(state)[0].id, "later"))
        opened.flush()
        abandon(opened)
    with closing(open_project(path, home)) as again:
        assert again.recovery.edits == 6
        assert name_in(again.recovery.project) == "later"
        again.save(again.recover())
    with closing(open_project(path, home)) as saved:
        assert saved.recovery is None
        assert name_in(saved.project) == "later"


def test_a_recovery_that_is_not_decided_is_offered_again(home, path):
    crashed(path, home, 1)
    for _ in range(2):
        with closing(open_project(path, home)) as opened:
            assert opened.recovery.edits == 1
    with closing(open_project(path, home)) as opened:
        opened.recover()
    with closing(open_project(path, home)) as opened:
        assert opened.recovery.edits == 1
        opened.discard_journal()


def test_the_last_saved_state_can_be_chosen(home, path):
    crashed(path, home, 1)
    with closing(open_project(path, home)) as opened:
        opened.discard_journal()
        assert opened.recovery is None
        assert name_in(opened.project) == ""
        opened.note(named(2))
        opened.flush()
        abandon(opened)
    with closing(open_project(path, home)) as opened:
        assert name_in(opened.recovery.project) == "take 2"
        assert opened.recovery.edits == 1
        opened.discard_journal()


def test_a_copy_of_the_recovered_state_can_be_kept(home, path):
    for expected in (2, 3):
        crashed(path, home, 1)
        with closing(open_project(path, home)) as opened:
            copy = opened.keep_copy()
            assert opened.recovery is None
            with pytest.raises(InputError):
                opened.keep_copy()
        assert copy.parent == path.parent
        assert "recovered" in copy.name
        assert name_in(read_project(copy)) == "take 1"
        assert name_in(read_project(path)) == ""
        assert len(files_in(path.parent)) == expected


def test_who_edits_before_deciding_gets_a_copy(home, path):
    crashed(path, home, 1)
    with closing(open_project(path, home)) as opened:
        opened.note(named(7))
        opened.flush()
        assert "was kept as" in opened.warnings[-1]
        opened.save(named(7))
    (copy,) = [each for each in path.parent.iterdir() if each != path]
    assert name_in(read_project(copy)) == "take 1"
    assert name_in(read_project(path)) == "take 7"


def test_untitled_projects_of_crashed_windows_are_found(home):
    lost = new_untitled(home)
    for n in range(3):
        lost.note(named(n))
        lost.flush()
    living = new_untitled(home)
    living.note(named(9))
    living.flush()
    abandon(lost)
    (found,) = recoverable(home)
    assert found.edits == 3
    opened = open_project(found.path, home)
    assert opened.path is None
    assert recoverable(home) == (), "a window has it"
    assert name_in(opened.recover()) == "take 2"
    opened.close()
    (found,) = recoverable(home)
    discard_recoverable(found, home)
    assert recoverable(home) == ()
    living.discard_journal()
    living.close()
    assert files_in(home / "autosave") == []


def test_a_recovered_untitled_project_can_be_saved(home, tmp_path):
    lost = new_untitled(home)
    tile = lost.add_blob(b"tile")
    lost.note(named(1))
    lost.flush()
    abandon(lost)
    with closing(open_project(recoverable(home)[0].path, home)) as opened:
        opened.save_as(tmp_path / "a", opened.recover())
        assert opened.blob(tile) == b"tile"
    assert recoverable(home) == ()
    assert files_in(home / "autosave") == []
    assert name_in(read_project(tmp_path / "a.lsp")) == "take 1"


def test_a_journal_that_is_damaged_gives_what_is_good_of_it(home, path):
    crashed(path, home, *range(5))
    import sqlite3

    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE journal SET data = 'x' WHERE seq = 4")
        connection.commit()
    with closing(open_project(path, home)) as opened:
        assert name_in(opened.recovery.project) == "take 2"
        assert opened.recovery.lost == 2
        assert "2 of 5 unsaved steps" in opened.warnings[0]
        opened.discard_journal()


# --- other windows


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


# --- disks and files that go wrong


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


def test_a_project_that_vanished_is_written_anew(home, path):
    with closing(open_project(path, home)) as opened:
        tile = opened.add_blob(b"tile")
        opened.save(MADE)
        path.unlink()
        opened.note(named(1))
        opened.flush()
        assert not path.exists()
        assert len(list((home / "autosave").glob("*.lsp"))) == 1, "its edits are kept elsewhere"
        opened.save(named(1))
        opened.note(named(2))
        opened.flush()
        opened.discard_journal()
        assert opened.blob(tile) == b"tile"
    assert name_in(read_project(path)) == "take 1"
    assert files_in(path.parent) == ["film.lsp"]


def test_a_folder_that_vanished_is_told_and_not_made_again(home, path):
    with closing(open_project(path, home)) as opened:
        path.parent.rename(path.parent.with_name("elsewhere"))
        opened.note(named(1))
        with pytest.raises(StorageError) as caught:
            opened.save(named(1))
        assert "another name" in caught.value.remedy
        assert not path.parent.exists()
        opened.flush()
        opened.discard_journal()


def test_a_file_that_took_its_place_is_not_overwritten(home, path):
    with closing(open_project(path, home)) as opened:
        path.unlink()
        path.write_bytes(b"something else")
        opened.note(named(1))
        with pytest.raises(ProjectChangedError, match="another file"):
            opened.save(named(1))
        opened.discard_journal()
    assert path.read_bytes() == b"something else"


def test_the_same_document_in_its_place_is_no_other_file(home, path):
    with closing(open_project(path, home)) as opened:
        whole = path.read_bytes()
        path.unlink()
        path.write_bytes(whole)  # as a program does that synchronizes folders
        opened.note(state := named(1))
        opened.save(state)
        opened.note(named(2))
        opened.flush()
        assert not list((home / "autosave").glob("*.lsp"))
        opened.discard_journal()
    assert name_in(read_project(path)) == "take 1"


def test_edits_of_a_project_whose_file_is_gone_are_offered_at_the_start(home, path):
    with closing(open_project(path, home)):
        second = open_project(path, home)
        second.note(named(2))
        second.flush()
        abandon(second)
    path.unlink()
    (found,) = recoverable(home)
    assert found.origin == path
    with closing(open_project(found.path, home)) as opened:
        assert name_in(opened.recover()) == "take 2"
        opened.discard_journal()


def test_edits_in_the_data_folder_that_were_saved_are_not_offered(home, path):
    with closing(open_project(path, home)) as first:
        second = open_project(path, home)
        second.note(named(2))
        second.flush()
        abandon(second)
        first.note(state := named(2))
        first.save(state)
    with closing(open_project(path, home)) as opened:
        assert opened.recovery is None
    assert files_in(home / "autosave") == []


def test_a_lock_without_its_file_is_cleared_away(home):
    lost = new_untitled(home)
    lost.note(named(1))
    lost.flush()
    held = lost._spare.file.path
    abandon(lost)
    held.unlink()
    assert recoverable(home) == ()
    assert files_in(home / "autosave") == []


def test_an_untitled_project_that_a_window_has_is_not_opened_twice(home):
    with closing(new_untitled(home)) as opened:
        opened.note(named(1))
        opened.flush()
        with pytest.raises(ProjectLockedError):
            open_project(opened._spare.file.path, home)
        opened.discard_journal()


def test_names_that_are_long_or_no_unicode_will_do(home, tmp_path):
    for name in ("é" * 110, os.fsdecode(b"caf\xe9"), "50% ?#"):
        with closing(new_untitled(home)) as opened:
            path = opened.save_as(tmp_path / name, MADE)
        crashed(path, home, 1)
        with closing(open_project(path, home)) as opened:
            assert name_in(opened.recovery.project) == "take 1"
            assert name_in(read_project(opened.keep_copy())) == "take 1"
        assert len(backups_of(path, home)) == 1


@pytest.mark.parametrize("kind", ["loop", "pipe"])
def test_paths_that_lead_nowhere_are_told(home, tmp_path, kind):
    path = tmp_path / "a.lsp"
    path.symlink_to(path) if kind == "loop" else os.mkfifo(path)
    with pytest.raises(InputError) as caught:
        open_project(path, home)
    assert caught.value.remedy


def test_a_link_leads_to_the_project_itself(home, path, tmp_path):
    link = tmp_path / "link.lsp"
    link.symlink_to(path)
    with closing(open_project(link, home)) as opened:
        assert opened.path == path
        opened.note(state := named(1))
        opened.save(state)
    assert link.is_symlink()
    assert name_in(read_project(path)) == "take 1"


def test_large_files_are_not_backed_up_at_every_save(home, path, monkeypatch):
    monkeypatch.setattr(project_copies, "_LARGE_BYTES", 10_000)
    with closing(open_project(path, home)) as opened:
        for n in range(3):
            opened.note(state := named(n))
            opened.save(state)
    assert [name_in(read_project(each)) for each in backups_of(path, home)] == [""]


def test_a_damaged_project_names_its_newest_backup(home, path):
    size = path.stat().st_size
    os.truncate(path, size // 2)
    with pytest.raises(DamagedProjectError, match="damaged") as caught:
        open_project(path, home)
    backup = Path(caught.value.remedy.partition(": ")[2])
    assert read_project(backup).sequences == MADE.sequences


def test_a_project_that_is_damaged_while_it_is_open_is_saved_whole(home, path):
    opened = open_project(path, home)
    with closing(opened):
        whole = path.read_bytes()
        path.write_bytes(whole[:4096] + b"\xaa" * (len(whole) - 4096))
        opened.note(named(1))
        opened.flush()
        opened.save(named(1))
    assert name_in(read_project(path)) == "take 1"


def test_text_that_no_file_can_hold_is_told_and_can_be_corrected(home, path):
    with closing(open_project(path, home)) as opened:
        bad = replace(MADE, media=(replace(MADE.media[0], name="\udcff"), *MADE.media[1:]))
        opened.note(bad)
        with pytest.raises(InputError, match="no Unicode"):
            opened.flush()
        with pytest.raises(InputError, match="no Unicode"):
            opened.save(bad)
        opened.note(named(1))
        assert opened.flush()
        opened.discard_journal()


def test_a_document_that_is_no_project_says_which_file(home, path):
    with closing(ProjectFile(path, writable=True)) as file:
        file.save(b'{"schema": 1, "media": 7}', file.document().digest)
    with pytest.raises(InputError, match=str(path)):
        open_project(path, home)
    assert isinstance(project_files.new_untitled(home), OpenProject)


# --- media


def test_media_are_found_again_where_the_project_was_moved_with_them(home, tmp_path):
    clips = tmp_path / "film" / "clips"
    clips.mkdir(parents=True)
    (clips / "talk.mp4").write_bytes(b"12345")
    item = replace(MADE.media[0], path=str(clips / "talk.mp4"), size=5)
    made = replace(MADE, media=(item, *MADE.media[1:]))
    with closing(new_untitled(home)) as opened:
        opened.save_as(tmp_path / "film" / "cut", made)
    assert read_project(tmp_path / "film" / "cut.lsp").media[0].relative == "clips/talk.mp4"
    (tmp_path / "film").rename(tmp_path / "moved")
    moved = tmp_path / "moved" / "cut.lsp"
    assert read_project(moved).media[0].path == str(tmp_path / "moved" / "clips" / "talk.mp4")
    clips.mkdir(parents=True)
    (clips / "talk.mp4").write_bytes(b"12345")
    assert read_project(moved).media[0].path == str(tmp_path / "moved" / "clips" / "talk.mp4")
    (tmp_path / "moved" / "clips" / "talk.mp4").write_bytes(b"another size")
    assert read_project(moved).media[0].path == str(clips / "talk.mp4")
    with closing(open_project(moved, home)) as opened:
        opened.note(state := opened.project)
        opened.save(state)
        assert read_project(moved).media[0].relative == "../film/clips/talk.mp4"


def test_the_absolute_path_comes_first_where_the_project_was_not_moved(home, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"12345")
    item = replace(MADE.media[0], path=str(tmp_path / "a"), size=5)
    with closing(new_untitled(home)) as opened:
        path = opened.save_as(tmp_path / "cut", replace(MADE, media=(item, *MADE.media[1:])))
    with closing(ProjectFile(path, writable=True)) as file:
        document = file.document()
        file.save(document.json.replace(b'"relative":"a"', b'"relative":"b"'), document.digest)
    assert read_project(path).media[0].path == str(tmp_path / "a")
    (tmp_path / "a").unlink()
    assert read_project(path).media[0].path == str(tmp_path / "b")
    (tmp_path / "b").unlink()
    assert read_project(path).media[0].path == str(tmp_path / "a"), "offline, as it was"
