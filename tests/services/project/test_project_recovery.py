"""After a crash all that was flushed is offered, and never lost by accident."""

import sqlite3
import time
from contextlib import closing

import pytest

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.timeline.edits.clips import rename
from latentsync_studio.services.project_files import (
    discard_recoverable,
    new_untitled,
    open_project,
    read_project,
    recoverable,
)
from tests.core.timeline.cuts import clips_of
from tests.services.project.states import abandon, crashed, files_in, name_in, named, with_tiles


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
    lost.note(with_tiles(named(1), tile))
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
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE journal SET data = 'x' WHERE seq = 4")
        connection.commit()
    with closing(open_project(path, home)) as opened:
        assert name_in(opened.recovery.project) == "take 2"
        assert opened.recovery.lost == 2
        assert "2 of 5 unsaved steps" in opened.warnings[0]
        opened.discard_journal()
