"""Who has a project open: the living, the dead, and those on other machines."""

import json

import pytest

from latentsync_studio.storage.project_lock import ProjectLock
from tests.storage.faulty_files import FaultyFiles, in_child


@pytest.fixture
def project(tmp_path):
    return tmp_path / "my film.lsp"


def changed(lock, **fields):
    held = json.loads(lock.path.read_bytes())
    lock.path.write_text(json.dumps(held | fields))


def test_a_second_window_is_told_who_has_it(project):
    first, second = ProjectLock(project), ProjectLock(project)
    assert first.take() is None
    assert first.is_ours()
    held = second.take()
    assert held is not None
    assert f"process {held.owner.pid} on {held.host}" in str(held)
    assert not second.is_ours()
    second.release()
    assert first.is_ours()
    first.release()
    assert second.take() is None
    second.release()
    assert list(project.parent.iterdir()) == []


def test_the_lock_of_a_dead_process_is_stale(project):
    assert in_child(lambda: ProjectLock(project).take()) == 0
    lock = ProjectLock(project)
    assert lock.path.exists()
    assert lock.holder() is None
    assert lock.take() is None
    assert lock.is_ours()


def test_a_reused_process_id_does_not_keep_a_lock_alive(project):
    first = ProjectLock(project)
    first.take()
    changed(first, owner=[json.loads(first.path.read_bytes())["owner"][0], "another start"])
    assert ProjectLock(project).holder() is None


def test_a_lock_of_another_machine_holds_until_it_is_taken_over(project):
    first, second = ProjectLock(project), ProjectLock(project)
    first.take()
    changed(first, host="elsewhere", owner=[999_999_999, "x"])
    assert "on elsewhere" in str(second.take())
    assert second.take(over=True) is None
    assert second.is_ours()
    assert not first.is_ours()


@pytest.mark.parametrize("content", [b"", b"[]", b'{"owner": 1}', b"\xff"])
def test_a_lock_that_cannot_be_read_does_not_lock_anybody_out(project, content, caplog):
    lock = ProjectLock(project)
    lock.path.write_bytes(content)
    assert lock.take() is None
    assert lock.is_ours()
    assert "cannot be read" in caplog.text


@pytest.mark.parametrize("operation", ["create", "write", "fsync", "replace"])
def test_a_lock_that_cannot_be_written_is_an_error_of_the_system(project, operation):
    lock = ProjectLock(project, FaultyFiles(1, only=[operation]))
    with pytest.raises(OSError, match="Input/output error"):
        lock.take()
    assert not lock.is_ours()
    assert list(project.parent.iterdir()) == []
