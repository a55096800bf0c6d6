"""A writer was killed in the middle of a transaction; then another file takes that name."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from latentsync_studio.core.errors import StorageError
from latentsync_studio.storage.project import ProjectFile
from latentsync_studio.storage.project_copies import write_project

OLD, NEW = b'{"old":1}', b'{"new":2}'


@pytest.fixture
def half_done(tmp_path):
    """A project file as a kill leaves it: pages are overwritten, a journal tells the old ones."""
    whole, path = tmp_path / "whole.lsp", tmp_path / "a.lsp"
    ProjectFile.create(whole, OLD).close()
    with closing(sqlite3.connect(whole, isolation_level=None)) as writer:
        writer.execute("PRAGMA cache_size=1")  # so that pages reach the file at once
        writer.execute("BEGIN")
        writer.execute("UPDATE document SET json = ?", (bytes(9000),))
        for number in range(40):
            writer.execute("INSERT INTO blobs VALUES (?, ?)", (str(number), bytes(9000)))
        shutil.copy(whole, path)
        shutil.copy(tmp_path / "whole.lsp-journal", tmp_path / "a.lsp-journal")
        writer.execute("ROLLBACK")
    return path


def read(path):
    with closing(ProjectFile(path, writable=True)) as file:
        return file.document().json


def test_what_was_half_done_is_undone_when_the_file_is_opened(half_done):
    assert read(half_done) == OLD


def test_a_new_file_in_its_place_is_not_taken_for_the_old_one(half_done):
    write_project(half_done, NEW)
    assert read(half_done) == NEW
    assert not half_done.with_name("a.lsp-journal").exists()


@pytest.mark.parametrize("left", [None, b"", b"no database at all" * 99])
def test_nor_where_the_old_file_is_gone_or_damaged(half_done, left):
    half_done.unlink()
    if left is not None:
        half_done.write_bytes(left)
    write_project(half_done, NEW)
    assert read(half_done) == NEW


def test_a_file_that_another_program_writes_to_just_now_stays(tmp_path, monkeypatch):
    monkeypatch.setattr("latentsync_studio.storage.project_sqlite._WAIT_S", 0.05)
    path = tmp_path / "a.lsp"
    ProjectFile.create(path, OLD).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageError, match="locked"):
            write_project(path, NEW)
    assert read(path) == OLD
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.lsp"]
