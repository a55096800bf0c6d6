"""Tiles of masks: in every file that names them, gone with a save, there again for undo."""

import logging
from contextlib import closing

from latentsync_studio.services.project_files import open_project, recoverable
from latentsync_studio.storage.project import ProjectFile
from latentsync_studio.storage.project_copies import backups_of
from tests.services.project.states import MADE, abandon, named, with_tiles


def in_file(path):
    with closing(ProjectFile(path, writable=False)) as file:
        return file.blob_digests()


def test_a_save_deletes_what_the_document_does_not_name_and_undo_has_it_all_the_same(home, path):
    with closing(open_project(path, home)) as opened:
        one, two = opened.add_blob(b"one"), opened.add_blob(b"two")
        opened.note(before := with_tiles(MADE, one))
        opened.flush()
        opened.note(after := with_tiles(MADE, two))
        opened.flush()
        assert in_file(path) == {one, two}
        opened.save(after)
        assert in_file(path) == {two}
        assert in_file(backups_of(path, home)[0]) == {two}
        assert opened.blob(one) == b"one"
        opened.note(before)  # undone
        opened.flush()
        assert in_file(path) == {one, two}
        opened.save(before)
    assert in_file(path) == {one}


def test_strokes_that_followed_each_other_between_two_flushes_can_be_undone(home, path):
    with closing(open_project(path, home)) as opened:
        one, two = opened.add_blob(b"one"), opened.add_blob(b"two")
        opened.note(with_tiles(MADE, one))
        opened.note(with_tiles(MADE, two))
        opened.flush()
        assert in_file(path) == {two}, "what no state on the disk names takes no room there"
        opened.note(with_tiles(MADE, one))
        opened.flush()
        assert in_file(path) == {one, two}
        opened.discard_journal()
        opened.save(MADE)
    assert in_file(path) == set()


def test_a_tile_that_comes_before_its_state_is_not_lost_to_a_flush_in_between(home, path):
    with closing(open_project(path, home)) as opened:
        opened.note(named(1))
        tile = opened.add_blob(b"tile")
        opened.flush()
        opened.note(with_tiles(named(1), tile))
        opened.flush()
        abandon(opened)
    with closing(open_project(path, home)) as opened:
        assert opened.blob(tile) == b"tile"
        opened.save(opened.recover())
    assert in_file(path) == {tile}


def test_a_journal_that_begins_anew_drops_what_only_older_states_named(home, path, monkeypatch):
    monkeypatch.setattr("latentsync_studio.storage.project_journal.MAX_DELTAS", 3)
    with closing(open_project(path, home)) as opened:
        tiles = [opened.add_blob(b"%d" % n) for n in range(8)]
        for tile in tiles:
            opened.note(with_tiles(MADE, tile))
            opened.flush()
        assert len(in_file(path)) <= 4
        assert [opened.blob(tile) for tile in tiles] == [b"%d" % n for n in range(8)]
        opened.discard_journal()


def test_the_edits_of_a_project_that_vanished_bring_all_their_tiles(home, path):
    with closing(open_project(path, home)) as opened:
        one = opened.add_blob(b"one")
        opened.save(with_tiles(MADE, one))
        path.unlink()
        two = opened.add_blob(b"two")
        opened.note(with_tiles(MADE, one, two))
        opened.flush()
        abandon(opened)
    (found,) = recoverable(home)
    assert in_file(found.path) == {one, two}
    with closing(open_project(found.path, home)) as again:
        assert again.blob(one) == b"one"
        again.discard_journal()


def test_save_as_leaves_the_old_file_its_tiles_and_takes_those_of_undo_along(home, path):
    with closing(open_project(path, home)) as opened:
        one, two, three = (opened.add_blob(each) for each in (b"one", b"two", b"three"))
        opened.save(with_tiles(MADE, one))
        opened.note(with_tiles(MADE, two))
        opened.flush()
        target = opened.save_as(path.with_name("ünï.lsp"), with_tiles(MADE, three))
        assert in_file(path) == {one}
        assert in_file(target) == {three}
        assert [opened.blob(each) for each in (one, two)] == [b"one", b"two"]


def test_a_damaged_tile_keeps_nothing_else_from_the_disk(home, path, caplog):
    with closing(open_project(path, home)) as opened:
        bad, good = opened.add_blob(b"bad", "ab" * 20), opened.add_blob(b"good")
        opened.save(with_tiles(MADE, bad, good))
        with caplog.at_level(logging.WARNING):
            copy = opened.save_copy(path.with_name("copy"), with_tiles(MADE, bad, good))
    assert good in in_file(copy)
