"""Files that vanish, are replaced, damaged, linked or strangely named."""

import os
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from latentsync_studio.core.errors import InputError, StorageError
from latentsync_studio.services import project_files
from latentsync_studio.services.open_project import OpenProject
from latentsync_studio.services.project_files import (
    backups_of,
    new_untitled,
    open_project,
    read_project,
    recoverable,
)
from latentsync_studio.storage import project_copies
from latentsync_studio.storage.project import ProjectFile
from latentsync_studio.storage.project_errors import (
    DamagedProjectError,
    ProjectChangedError,
    ProjectLockedError,
)
from tests.services.project.states import MADE, abandon, crashed, files_in, name_in, named


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
