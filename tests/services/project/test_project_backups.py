"""Backups are listed with time and size; projects with work that was not saved are known."""

import time
from contextlib import closing

import pytest

from latentsync_studio.services.project_backups import is_backup, list_backups
from latentsync_studio.services.project_files import open_project, with_unsaved_work
from tests.services.project.states import MADE, abandon, crashed, name_in, named


def test_the_backups_of_projects_are_listed_also_where_the_file_is_gone(home, path, tmp_path):
    path.unlink()
    never = tmp_path / "never.lsp"
    (found,) = list_backups([never, path, path], home)
    assert found.project == path
    (backup,) = found.backups
    assert backup.size == backup.path.stat().st_size > 0
    assert abs(backup.time - time.time()) < 60
    assert is_backup(backup.path, home)
    assert not is_backup(path, home)


def test_a_backup_opens_read_only_and_is_saved_elsewhere(home, path, tmp_path):
    (found,) = list_backups([path], home)
    with closing(open_project(found.backups[0].path, home)) as opened:
        assert "is a backup" in opened.read_only
        opened.save_as(tmp_path / "rescued", opened.project)
    with closing(open_project(tmp_path / "rescued.lsp", home)) as opened:
        assert opened.project.sequences == MADE.sequences


def test_work_that_a_crash_left_is_seen_without_opening_the_project(home, path, tmp_path):
    assert with_unsaved_work([path, tmp_path / "none.lsp"], home) == frozenset()
    crashed(path, home, 3)
    assert with_unsaved_work([path, tmp_path / "none.lsp"], home) == {path}
    opened = open_project(path, home)
    assert with_unsaved_work([path], home) == frozenset()  # a window works on it
    assert name_in(opened.recover()) == "take 3"
    abandon(opened)
    assert with_unsaved_work([path], home) == {path}


@pytest.mark.parametrize("content", [b"", b"text", b"SQLite format 3\0" + b"x" * 200])
def test_what_is_no_project_has_no_unsaved_work(home, tmp_path, content):
    other = tmp_path / "other.lsp"
    other.write_bytes(content)
    assert with_unsaved_work([other], home) == frozenset()


def test_work_that_went_to_the_data_folder_counts_too(home, path):
    opened = open_project(path, home)
    opened._held.lock.path.unlink()  # as if another window had taken it over
    opened.note(named(4))
    opened.flush()
    abandon(opened)
    assert with_unsaved_work([path], home) == {path}
    with closing(open_project(path, home)) as again:
        again.save(again.recover())
    assert with_unsaved_work([path], home) == frozenset()
