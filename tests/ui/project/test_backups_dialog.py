"""Backups are reached from the menu and from the error of a damaged project."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox

from latentsync_studio.services.project_backups import is_backup
from latentsync_studio.services.project_files import read_project
from tests.ui.project.test_project_controller import edit, opened, pick, seed_of


@pytest.fixture
def saved(qtbot, desk, tmp_path):
    """A project that was saved in the window, which then begins another one."""
    path = tmp_path / "my film ü.lsp"
    edit(desk, 21)
    desk.workbench.actions.trigger("file.save")
    pick(qtbot, desk.project._saving.dialog, path)
    qtbot.waitUntil(lambda: desk.said("Saved my film"))
    desk.project.new()
    qtbot.waitUntil(lambda: not path.with_name(f".{path.name}.lock").exists())
    return path


def asked(qtbot, desk):
    qtbot.waitUntil(lambda: desk.project.commands.dialog is not None)
    return desk.project.commands.dialog


def test_a_backup_is_listed_with_time_and_size_opened_read_only_and_saved_elsewhere(
    qtbot, desk, saved, tmp_path
):
    saved.unlink()
    desk.workbench.actions.trigger("file.open_backup")
    dialog = asked(qtbot, desk)
    assert dialog.projects.itemText(0).startswith("my film ü")
    row = dialog.backups.topLevelItem(0)
    assert row.text(0).startswith("20")
    assert any(letter.isdigit() for letter in row.text(1))
    dialog.buttons.button(QDialogButtonBox.StandardButton.Open).click()
    home = desk.workbench.home
    qtbot.waitUntil(lambda: desk.project.path is not None and is_backup(desk.project.path, home))
    backup = desk.project.path
    assert seed_of(desk.workbench.store.project) == 21
    assert "is a backup" in desk.project.read_only
    assert desk.said("save it under another name")
    desk.workbench.actions.trigger("file.save")
    asking = desk.project._saving.dialog
    assert not is_backup(tmp_path / asking.directory().path(), home)
    assert asking.selectedFiles()[0].endswith("my film ü (backup).lsp")
    pick(qtbot, asking, tmp_path / "rescued.lsp")
    qtbot.waitUntil(lambda: desk.said("Saved rescued.lsp"))
    assert seed_of(read_project(tmp_path / "rescued.lsp")) == 21
    qtbot.waitUntil(lambda: tmp_path / "rescued.lsp" in desk.project.recent())
    assert backup not in desk.project.recent()


def test_the_error_of_a_damaged_project_leads_to_its_backups(qtbot, desk, saved):
    saved.write_bytes(saved.read_bytes()[:3000])
    desk.project.open(saved)
    qtbot.waitUntil(lambda: desk.said("is damaged"))
    desk.buttons["Open a backup..."]()
    dialog = asked(qtbot, desk)
    assert dialog.projects.itemText(0).startswith("my film ü")
    QTest.keyClick(dialog.backups, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: seed_of(desk.workbench.store.project) == 21)


def test_without_backups_it_is_told_when_they_are_made(qtbot, desk):
    desk.workbench.actions.trigger("file.open_backup")
    qtbot.waitUntil(lambda: desk.said("There are no backups yet"))
    assert desk.project.commands.dialog is None


def test_other_errors_offer_no_backups(qtbot, desk, tmp_path):
    desk.project.open(tmp_path / "none.lsp")
    qtbot.waitUntil(lambda: desk.said("There is no file"))
    assert desk.buttons == {}


def test_a_backup_of_the_project_that_is_open_comes_first(qtbot, desk, saved, tmp_path):
    other = tmp_path / "other.lsp"
    edit(desk, 5)
    desk.workbench.actions.trigger("file.save")
    pick(qtbot, desk.project._saving.dialog, other)
    qtbot.waitUntil(lambda: desk.said("Saved other"))
    desk.project.new()
    opened(qtbot, desk, saved)
    desk.workbench.actions.trigger("file.open_backup")
    dialog = asked(qtbot, desk)
    names = [dialog.projects.itemText(k).split()[0] for k in range(dialog.projects.count())]
    assert names == ["my", "other"]
    dialog.projects.setCurrentIndex(1)
    assert dialog.backups.topLevelItemCount() == 1
    dialog.reject()
    assert desk.project.commands.dialog is None
