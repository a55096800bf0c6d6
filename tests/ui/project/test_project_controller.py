"""The open project: saved, journaled, opened, left and closed as the user sees it."""

import os
import sqlite3
from contextlib import closing

import pytest
from PySide6.QtWidgets import QFileDialog

from latentsync_studio.core.settings.fields import apply
from latentsync_studio.core.timeline.edits.media import set_settings
from latentsync_studio.core.timeline.model import Project
from latentsync_studio.services.project_files import (
    new_untitled,
    open_project,
    read_project,
    recoverable,
)
from latentsync_studio.storage.project_lock import ProjectLock
from latentsync_studio.storage.sizes import disk_full
from latentsync_studio.ui.project import questions
from latentsync_studio.ui.project.pair_dialog import PairDialog
from tests.ui.desk import answer


def reseeded(seed):
    return lambda project: set_settings(project, apply(project.settings, {"seed": seed}))


def edit(desk, seed):
    assert desk.workbench.store.edit(f"Seed {seed}", reseeded(seed))


def seed_of(project):
    return project.settings.seed


def made(path, seed=5):
    """A saved project."""
    opened = new_untitled(path.parent)
    opened.save_as(path, reseeded(seed)(Project()))
    opened.close()
    return path


def crashed(path, seed):
    """A saved project with an edit that its window did not save; the window is gone."""
    opened = open_project(path)
    opened.note(reseeded(seed)(opened.project))
    opened.close()
    return path


def opened(qtbot, desk, path):
    desk.project.open(path)
    qtbot.waitUntil(lambda: desk.project.path == path)


def pick(qtbot, dialog, path):
    """Choose a file in an open file dialog, as typing its name and Return do."""
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
    dialog.setDirectory(str(path.parent))
    dialog.selectFile(path.name)
    dialog.accept()


def test_a_new_window_has_an_untitled_project_without_changes(desk):
    assert desk.project.path is None
    assert not desk.project.is_modified
    assert desk.project.may_close(desk)


def test_saving_asks_for_a_name_once_and_undo_of_all_edits_is_unmodified(qtbot, desk, tmp_path):
    edit(desk, 3)
    assert desk.project.is_modified
    desk.workbench.actions.trigger("file.save")
    pick(qtbot, desk.project._saving.dialog, tmp_path / "talk ü.lsp")
    qtbot.waitUntil(lambda: desk.said("Saved talk ü.lsp"))
    assert desk.project.path == tmp_path / "talk ü.lsp"
    assert not desk.project.is_modified
    assert seed_of(read_project(desk.project.path)) == 3
    edit(desk, 4)
    assert desk.project.is_modified
    desk.workbench.actions.trigger("edit.undo")
    assert not desk.project.is_modified
    edit(desk, 9)
    desk.workbench.actions.trigger("file.save")
    qtbot.waitUntil(lambda: not desk.project.is_saving)
    assert seed_of(read_project(desk.project.path)) == 9


def test_edits_made_while_it_is_being_saved_keep_it_modified(qtbot, desk, tmp_path):
    opened(qtbot, desk, made(tmp_path / "a.lsp"))
    edit(desk, 6)
    desk.project.save()
    edit(desk, 7)
    qtbot.waitUntil(lambda: not desk.project.is_saving)
    assert desk.project.is_modified
    assert seed_of(read_project(tmp_path / "a.lsp")) == 6


def test_a_copy_leaves_the_project_where_it_is(qtbot, desk, tmp_path):
    opened(qtbot, desk, made(tmp_path / "a.lsp"))
    edit(desk, 6)
    desk.workbench.actions.trigger("file.save_copy")
    pick(qtbot, desk.project._saving.dialog, tmp_path / "b.lsp")
    qtbot.waitUntil(lambda: desk.said("A copy is in"))
    assert desk.project.path == tmp_path / "a.lsp"
    assert desk.project.is_modified
    assert seed_of(read_project(tmp_path / "b.lsp")) == 6


def test_an_edit_is_in_the_journal_within_a_quarter_of_a_second(qtbot, desk, tmp_path):
    path = made(tmp_path / "a.lsp")
    opened(qtbot, desk, path)
    edit(desk, 77)

    def is_journaled():
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute("SELECT count(*) FROM journal").fetchone()[0] == 1

    qtbot.waitUntil(is_journaled, timeout=250)


@pytest.mark.parametrize("name", [None, "a.lsp"])
def test_a_window_that_is_shut_without_a_word_leaves_its_edits_to_be_recovered(
    qtbot, desk, tmp_path, name, own_data_home
):
    if name:
        opened(qtbot, desk, made(tmp_path / name))
    edit(desk, 8)
    desk.shut()
    if name:
        again = open_project(tmp_path / name)
        assert seed_of(again.recovery.project) == 8
        again.discard_journal()
        again.close()
    else:
        (found,) = recoverable()
        assert found.edits == 1
        found.path.unlink()


@pytest.mark.parametrize(
    ("key", "seed", "is_modified"),
    [
        (questions.RECOVER, 8, True),
        (questions.LAST_SAVED, 5, False),
        (questions.KEEP_COPY, 5, False),
    ],
)
def test_what_a_crash_left_is_recovered_dropped_or_kept_as_a_copy(
    qtbot, desk, tmp_path, key, seed, is_modified
):
    path = crashed(made(tmp_path / "a.lsp"), 8)
    desk.project.open(path)
    dialog = answer(qtbot, desk, key)
    assert "a.lsp" in dialog.accessibleDescription()
    qtbot.waitUntil(lambda: desk.project.path == path)
    assert seed_of(desk.workbench.store.project) == seed
    assert desk.project.is_modified is is_modified
    copies = [each for each in tmp_path.glob("*.lsp") if each != path]
    assert [seed_of(read_project(each)) for each in copies] == ([8] if key == "keep_copy" else [])


def test_cancelling_the_recovery_opens_nothing_and_loses_nothing(qtbot, desk, tmp_path):
    path = crashed(made(tmp_path / "a.lsp"), 8)
    desk.project.open(path)
    answer(qtbot, desk, questions.CANCEL)
    qtbot.waitUntil(lambda: ProjectLock(path).holder() is None and desk.project._files.pending == 0)
    assert desk.project.path is None
    desk.project.open(path)
    answer(qtbot, desk, questions.RECOVER)
    qtbot.waitUntil(lambda: seed_of(desk.workbench.store.project) == 8)


def test_an_untitled_project_of_a_crash_is_offered_at_the_start(qtbot, desk, own_data_home):
    lost = new_untitled()
    lost.note(reseeded(12)(lost.project))
    lost.close()
    desk.project.begin()
    dialog = answer(qtbot, desk, questions.RECOVER)
    assert "no name" in dialog.accessibleDescription()
    qtbot.waitUntil(lambda: seed_of(desk.workbench.store.project) == 12)
    assert desk.project.path is None
    assert desk.project.is_modified
    desk.close()
    answer(qtbot, desk, questions.DISCARD)
    qtbot.waitUntil(lambda: desk.is_shut)
    assert recoverable() == ()


def test_a_crash_of_an_untitled_project_can_be_deleted_or_left_for_later(qtbot, desk):
    for seed in (1, 2):
        lost = new_untitled()
        lost.note(reseeded(seed)(lost.project))
        lost.close()
    desk.project.begin()
    answer(qtbot, desk, questions.DELETE)
    answer(qtbot, desk, questions.LATER)
    qtbot.waitUntil(lambda: desk.project._files.pending == 0)
    (left,) = recoverable()
    left.path.unlink()


def test_a_project_of_another_window_can_be_opened_to_read_or_not_at_all(qtbot, desk, tmp_path):
    path = made(tmp_path / "a.lsp")
    other = open_project(path)
    desk.project.open(path)
    dialog = answer(qtbot, desk, questions.CANCEL)
    assert f"process {os.getpid()}" in dialog.accessibleDescription()
    qtbot.waitUntil(lambda: desk.project._files.pending == 0)
    assert desk.project.path is None
    desk.project.open(path)
    answer(qtbot, desk, questions.READ_ONLY)
    qtbot.waitUntil(lambda: desk.project.path == path)
    assert desk.project.read_only
    assert desk.said("another window")
    edit(desk, 3)
    desk.project.save()
    assert desk.project._saving.dialog is not None  # under another name only
    other.close()


def test_what_cannot_be_opened_is_told_and_leaves_the_project(qtbot, desk, tmp_path):
    edit(desk, 3)
    before = desk.workbench.store.project
    (tmp_path / "empty.lsp").write_bytes(b"")
    desk.project.open_paths([tmp_path / "empty.lsp"])
    answer(qtbot, desk, questions.DISCARD)
    qtbot.waitUntil(lambda: desk.said("empty"))
    assert desk.workbench.store.project is before
    assert desk.project.is_modified


def test_a_newer_file_is_refused_in_words(qtbot, desk, tmp_path):
    path = made(tmp_path / "a.lsp")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version=99")
    desk.project.open(path)
    qtbot.waitUntil(lambda: desk.said("newer program"))
    assert desk.said("Update the program")


def test_a_save_that_fails_is_told_and_the_project_stays_modified(qtbot, desk, tmp_path):
    path = made(tmp_path / "a.lsp")
    opened(qtbot, desk, path)
    edit(desk, 4)
    qtbot.waitUntil(lambda: desk.project._files.pending == 0)
    path.unlink()
    path.write_bytes(b"another file")
    desk.project.save()
    qtbot.waitUntil(lambda: desk.said("another file"))
    assert desk.project.is_modified
    assert "Save as..." in desk.buttons
    desk.buttons["Save as..."]()
    pick(qtbot, desk.project._saving.dialog, tmp_path / "b.lsp")
    qtbot.waitUntil(lambda: desk.project.path == tmp_path / "b.lsp")
    assert not desk.project.is_modified


def test_an_unchanged_project_stays_so_where_another_name_cannot_be_written(
    qtbot, desk, tmp_path, monkeypatch
):
    path = made(tmp_path / "a.lsp")
    opened(qtbot, desk, path)

    def full(_path, _project):
        raise disk_full(10**9, 10**6, tmp_path)

    with monkeypatch.context() as patched:
        patched.setattr(desk.project._open, "save_as", full)
        desk.project.save_as()
        pick(qtbot, desk.project._saving.dialog, tmp_path / "b.lsp")
        qtbot.waitUntil(lambda: desk.said("The disk is full"))
    assert not desk.project.is_modified
    assert desk.project.path == path
    assert desk.said("Preferences, Performance, Clear the cache), then try again")
    assert not desk.said("same command")
    edit(desk, 4)
    assert desk.project.is_modified
    desk.workbench.actions.trigger("edit.undo")
    assert not desk.project.is_modified


@pytest.mark.parametrize("key", [questions.SAVE, questions.DISCARD, questions.CANCEL])
def test_closing_with_unsaved_changes_asks_first(qtbot, desk, tmp_path, key):
    path = made(tmp_path / "a.lsp")
    opened(qtbot, desk, path)
    edit(desk, 6)
    assert not desk.close()
    assert not desk.close()  # the question is open
    answer(qtbot, desk, key)
    if key == questions.CANCEL:
        assert not desk.is_shut
        assert desk.project.is_modified
        return
    qtbot.waitUntil(lambda: desk.is_shut)
    again = open_project(path)
    assert again.recovery is None
    assert again.locked_by is None
    assert seed_of(again.project) == (6 if key == questions.SAVE else 5)
    again.close()


def test_escape_at_the_question_keeps_the_window_open(qtbot, desk):
    edit(desk, 6)
    desk.close()
    desk.question.reject()
    assert desk.question is None
    assert not desk.is_shut
    desk.close()
    assert desk.question is not None  # it is asked again


def test_cancelling_the_name_of_an_untitled_project_keeps_the_window_open(qtbot, desk):
    edit(desk, 6)
    desk.close()
    answer(qtbot, desk, questions.SAVE)
    desk.project._saving.dialog.reject()
    assert not desk.is_shut
    assert desk.project.is_modified


def test_a_new_project_forgets_the_old_one(qtbot, desk, tmp_path):
    path = made(tmp_path / "a.lsp")
    opened(qtbot, desk, path)
    edit(desk, 6)
    desk.workbench.actions.trigger("file.new")
    answer(qtbot, desk, questions.DISCARD)
    assert desk.project.path is None
    assert not desk.project.is_modified
    assert seed_of(desk.workbench.store.project) == 0
    qtbot.waitUntil(lambda: ProjectLock(path).holder() is None)
    assert seed_of(read_project(path)) == 5


def test_projects_that_were_open_are_recent_as_long_as_they_exist(qtbot, desk, tmp_path):
    first, second = made(tmp_path / "a.lsp"), made(tmp_path / "b.lsp")
    for path in (first, second):
        opened(qtbot, desk, path)
    qtbot.waitUntil(lambda: desk.project.recent() == (second, first))
    first.unlink()
    desk.project.begin()
    qtbot.waitUntil(lambda: desk.project.recent() == (second,))


def test_opening_what_is_open_does_nothing(qtbot, desk, tmp_path):
    path = made(tmp_path / "a.lsp")
    opened(qtbot, desk, path)
    desk.project.open(path)
    assert desk.said("is open already")


def test_undo_names_the_step_and_rests_during_a_drag(desk):
    actions, store = desk.workbench.actions, desk.workbench.store
    assert not actions["edit.undo"].isEnabled()
    edit(desk, 4)
    assert actions["edit.undo"].text() == "Undo Seed 4"
    gesture = store.gesture("Drag")
    actions.trigger("edit.undo")
    assert seed_of(store.project) == 4
    gesture.cancel()
    actions.trigger("edit.undo")
    assert seed_of(store.project) == 0
    assert actions["edit.redo"].text() == "Redo Seed 4"


def test_the_pair_dialog_takes_two_files_that_exist(qtbot, desk, tmp_path):
    clip, speech = tmp_path / "clip.mp4", tmp_path / "speech.wav"
    for path in (clip, speech):
        path.write_bytes(b"x")
    dialog = PairDialog(desk.workbench.preferences, desk)
    chosen = []
    dialog.chosen.connect(lambda *pair: chosen.append(pair))
    dialog.open()
    assert not dialog.open_button.isEnabled()
    dialog.clip.setText(str(clip))
    assert "speech" in dialog._hint.text()
    dialog.speech.setText(str(speech))
    assert dialog.open_button.isEnabled()
    dialog.open_button.click()
    assert chosen == [(clip, speech)]
