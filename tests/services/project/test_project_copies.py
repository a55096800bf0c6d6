"""Save as, copies, backups, blobs."""

from contextlib import closing

import pytest

from latentsync_studio.core.errors import InputError
from latentsync_studio.services.project_files import (
    backups_of,
    new_untitled,
    open_project,
    read_project,
)
from latentsync_studio.storage import project_copies
from latentsync_studio.storage.project_errors import (
    ReadOnlyProjectError,
)
from tests.services.project.states import MADE, name_in, named, with_tiles


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
        opened.note(painted := with_tiles(named(1), tile))
        copy = opened.save_copy(path.with_name("copy"), painted)
        assert opened.path == path
        assert opened.has_pending
        with pytest.raises(InputError, match="is this project"):
            opened.save_copy(path, named(1))
        opened.discard_journal()
    with closing(open_project(copy, home)) as other:
        assert name_in(other.project) == "take 1"
        assert other.blob(tile) == b"tile"
    assert name_in(read_project(path)) == ""


def test_blobs_that_the_document_names_reach_the_file_whichever_way_it_is_saved(home, tmp_path):
    with closing(new_untitled(home)) as opened:
        first = opened.add_blob(b"first")
        opened.note(with_tiles(MADE, first))
        opened.flush()
        second = opened.add_blob(b"second")
        opened.save_as(tmp_path / "a", with_tiles(MADE, first, second))
        third = opened.add_blob(b"third")
        opened.save(with_tiles(MADE, first, second, third))
    with closing(open_project(tmp_path / "a.lsp", home)) as opened:
        found = [opened.blob(each) for each in (first, second, third, "ab" * 20)]
        assert found == [b"first", b"second", b"third", None]


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
