"""The list of recent projects."""

import os
from pathlib import Path

import pytest

from latentsync_studio.storage.paths import recent_file
from latentsync_studio.storage.recent import forget_recent, recent_projects, remember_recent
from tests.storage.faulty_files import FaultyFiles


def names(home):
    return [each.name for each in recent_projects(home)]


def test_the_latest_comes_first_and_each_once(tmp_path):
    for name in ("a", "b", "c", "a"):
        remember_recent(tmp_path / f"{name}.lsp", tmp_path)
    assert names(tmp_path) == ["a", "c", "b"]
    forget_recent(tmp_path / "c.lsp", tmp_path)
    assert names(tmp_path) == ["a", "b"]


def test_twelve_are_kept(tmp_path):
    for n in range(20):
        remember_recent(tmp_path / f"{n}.lsp", tmp_path)
    assert names(tmp_path) == [str(n) for n in range(19, 7, -1)]


def test_it_says_whether_a_file_is_there(tmp_path):
    (tmp_path / "a.lsp").touch()
    for name in ("a", "b"):
        remember_recent(tmp_path / f"{name}.lsp", tmp_path)
    assert [each.is_there for each in recent_projects(tmp_path)] == [False, True]


def test_names_that_are_no_unicode_come_back(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.lsp")
    remember_recent(path, tmp_path)
    assert Path(recent_projects(tmp_path)[0].path) == path


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'[{"path": 1}]', b"\xff"])
def test_a_damaged_list_is_an_empty_one(tmp_path, content, caplog):
    recent_file(tmp_path).write_bytes(content)
    assert recent_projects(tmp_path) == ()
    assert "cannot be read" in caplog.text
    remember_recent(tmp_path / "a.lsp", tmp_path)
    assert names(tmp_path) == ["a"]


def test_a_list_that_cannot_be_written_stops_nobody(tmp_path, caplog):
    remember_recent(tmp_path / "a.lsp", tmp_path, FaultyFiles(1, only=["write"]))
    assert recent_projects(tmp_path) == ()
    assert "cannot be written" in caplog.text
