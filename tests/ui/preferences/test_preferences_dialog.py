"""Preferences count at once and are there at the next start."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QPushButton, QWidget

from latentsync_studio.core.errors import InvalidSettingError
from latentsync_studio.services.preferences import load_preferences
from latentsync_studio.ui.preferences.dialog import PreferencesDialog
from latentsync_studio.ui.preferences.shortcuts import ShortcutsPage
from latentsync_studio.ui.window_commands import WindowCommands
from tests.ui.desk import Looks


def test_a_change_is_told_and_saved_a_moment_later(workbench, own_data_home, qtbot):
    told = []
    workbench.preferences.changed.connect(lambda before, after: told.append(after))
    workbench.preferences.set("editing.still_seconds", 3.0)
    assert told[0].editing.still_seconds == pytest.approx(3.0)
    qtbot.waitUntil(
        lambda: load_preferences(own_data_home).editing.still_seconds == pytest.approx(3.0),
        timeout=10_000,
    )


def test_a_value_that_cannot_be_is_refused(workbench):
    before = workbench.preferences.current
    with pytest.raises(InvalidSettingError):
        workbench.preferences.set("performance.worker_threads", 0)
    assert workbench.preferences.current is before


def test_layouts_are_kept_as_they_are(workbench, own_data_home):
    workbench.preferences.remember_window(b"\x00geometry\xff", b"docks")
    workbench.preferences.close()
    assert load_preferences(own_data_home).layout_of("window") == b"\x00geometry\xff"


def test_the_dialog_changes_the_theme_live(workbench, qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    WindowCommands(workbench, window)
    dialog = PreferencesDialog(workbench)
    qtbot.addWidget(dialog)
    editor = dialog.forms["appearance"].editors["theme"]
    editor.box.setCurrentIndex(editor.box.findData("light"))
    editor.box.activated.emit(1)
    assert workbench.look.theme.name == "light"
    assert workbench.actions["window.light"].isChecked()
    workbench.actions.trigger("window.light")
    assert workbench.look.theme.name == "dark"
    assert editor.value() == "dark"


def test_switches_of_the_timeline_are_remembered(workbench, qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    WindowCommands(workbench, window)
    workbench.session.switch(snapping=False)
    assert not workbench.preferences.current.editing.snapping
    workbench.preferences.set("editing.snapping", value=True)
    assert workbench.session.is_snapping


@pytest.fixture
def keys(workbench, qtbot):
    page = ShortcutsPage(workbench.actions, workbench.preferences)
    qtbot.addWidget(page)
    return page


def visible(page):
    items = [page.tree.topLevelItem(row) for row in range(page.tree.topLevelItemCount())]
    return [item.text(0) for item in items if not item.isHidden()]


def test_a_new_key_takes_it_from_the_command_that_had_it(keys, workbench):
    keys.choose("sequence.razor")
    keys.keys.setKeySequence(QKeySequence("M"))
    assert "Add marker" in keys.note.text()
    keys.set_button.click()
    assert workbench.actions["sequence.razor"].shortcut() == QKeySequence("M")
    assert workbench.actions["mark.add"].shortcuts() == []
    assert workbench.preferences.current.shortcuts.overrides["sequence.razor"] == ("M",)
    keys.choose("mark.add")
    keys.reset_button.click()
    keys.reset_all_button.click()
    assert workbench.actions["mark.add"].shortcut() == QKeySequence("M")


def test_commands_are_found_by_name_and_by_key(keys):
    keys.search.setText("ripple del")
    assert visible(keys) == ["Ripple delete"]
    keys.search.setText("ctrl+k")
    assert visible(keys) == ["Split at playhead"]


def test_another_preset_counts_at_once(keys, workbench):
    keys.preset.setCurrentIndex(keys.preset.findData("resolve"))
    keys.preset.activated.emit(1)
    assert workbench.actions["tool.select"].shortcut() == QKeySequence("A")
    assert workbench.preferences.current.shortcuts.preset == "resolve"


@pytest.fixture
def asked(workbench, qtbot):
    """Return a function that asks and gives the open question, and what is told."""
    workbench.media = workbench.spans = workbench.playback = Looks()
    told = []
    workbench.message.connect(lambda text, _level, _buttons: told.append(text))
    dialog = PreferencesDialog(workbench)
    qtbot.addWidget(dialog)

    def ask():
        dialog.clearing.ask(dialog)
        qtbot.waitUntil(lambda: dialog.clearing.dialog is not None, timeout=10_000)
        return dialog.clearing.dialog

    return ask, told


def test_the_cache_is_cleared_only_when_that_is_answered(asked, workbench, services, qtbot):
    ask, told = asked
    key = "ab" * 32
    services.store.put(key, "patches", b"a mouth" * 300_000)
    question = ask()
    assert question.entries.text().endswith("2 MiB in 1 piece(s)")
    question.reject()
    assert services.store.has(key)
    ask().choose("clear")
    qtbot.waitUntil(lambda: told != [], timeout=10_000)
    assert not services.store.has(key)
    assert told == ["2 MiB are free again, of 1 stored piece(s)."]
    assert workbench.spans.looks == 3  # spans, pictures and media


def test_what_unfinished_jobs_need_stays_and_is_told_unless_it_is_ticked(asked, services, qtbot):
    ask, told = asked
    mine, proxy = services.store.owned_by("job"), "cd" * 20
    mine.put("ab" * 32, "patches", b"a mouth" * 300_000)
    for shelf in (services.proxies, services.frames):
        with shelf.writing(proxy) as file:
            file.write(b"a movie")
    ask().choose("clear")
    qtbot.waitUntil(lambda: len(told) == 1, timeout=10_000)
    assert "2 MiB stay, as unfinished jobs need them" in told[0]
    assert services.proxies.find(proxy) is services.frames.find(proxy) is None
    question = ask()
    assert not question.entries.isEnabled()
    assert not question.proxies.isEnabled()
    assert not question.frames.isEnabled()
    assert not question.buttons["clear"].isEnabled()
    question.kept.setChecked(True)
    question.choose("clear")
    qtbot.waitUntil(lambda: len(told) == 2, timeout=10_000)
    assert services.store.info().entries == 0
    services.store.unpin("job")


def test_return_presses_no_button_that_changes_something(workbench, qtbot):
    dialog = PreferencesDialog(workbench)
    qtbot.addWidget(dialog)
    assert [b.text() for b in dialog.findChildren(QPushButton) if b.autoDefault()] == ["Close"]
