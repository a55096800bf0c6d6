"""A project is made, edited, saved and opened; what was saved is what opens."""

import json
import threading
import time
from contextlib import closing

import pytest

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.timeline.document import to_json
from latentsync_studio.core.timeline.edits.clips import rename
from latentsync_studio.core.timeline.model import SCHEMA, Project
from latentsync_studio.services.project_files import (
    new_untitled,
    open_project,
    read_project,
    recent_projects,
)
from latentsync_studio.storage.project import ProjectFile
from tests.core.timeline.cuts import clips_of
from tests.services.project.states import MADE, abandon, files_in, name_in, named


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


def test_a_newer_edit_that_is_in_the_journal_before_the_save_begins_stays_there(home, path):
    opened, saved = open_project(path, home), named(1)
    opened.note(saved)
    opened.note(named(2))
    opened.flush()
    opened.save(saved)
    assert opened.has_pending
    opened.flush()
    abandon(opened)
    with closing(open_project(path, home)) as again:
        assert name_in(again.project) == "take 1"
        assert name_in(again.recovery.project) == "take 2"
        again.discard_journal()


def test_an_older_edit_in_the_journal_is_gone_with_the_save(home, path):
    opened, saved = open_project(path, home), named(2)
    opened.note(named(1))
    opened.flush()
    opened.note(saved)
    opened.save(saved)
    assert not opened.has_pending
    abandon(opened)
    with closing(open_project(path, home)) as again:
        assert name_in(again.project) == "take 2"
        assert again.recovery is None


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
