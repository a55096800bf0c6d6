"""The table of commands and its keys."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtGui import QKeySequence

from latentsync_studio.ui.actions.keymaps import MASKING, PRESETS
from latentsync_studio.ui.actions.registry import ActionRegistry
from latentsync_studio.ui.actions.table import BY_ID, COMMANDS, MENUS


def test_every_command_has_a_name_of_its_own_and_stands_in_a_menu():
    assert len(BY_ID) == len(COMMANDS)
    assert {command.menu for command in COMMANDS} <= {name for name, _ in MENUS}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_key_does_one_thing(preset):
    keys = Counter(
        QKeySequence(key).toString() for keys in PRESETS[preset].values() for key in keys
    )
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize("preset", PRESETS)
def test_keys_are_of_commands_that_exist_and_qt_knows_them(preset):
    assert set(PRESETS[preset]) <= set(BY_ID)
    for keys in PRESETS[preset].values():
        for key in keys:
            assert QKeySequence(key).toString(), key


def test_an_own_key_takes_the_place_of_the_preset_s(qapp):
    registry = ActionRegistry()
    assert registry["sequence.razor"].shortcut() == QKeySequence("Ctrl+K")
    registry.use_keys("resolve", {"sequence.razor": ("Shift+X",), "no.such": ("F5",)})
    assert registry["sequence.razor"].shortcut() == QKeySequence("Shift+X")
    assert registry["tool.select"].shortcut() == QKeySequence("A")
    assert registry.conflict("edit.copy", "Shift+X") == "sequence.razor"
    assert registry.conflict("sequence.razor", "Shift+X") is None


def test_an_action_works_once_it_is_bound(qapp):
    registry, done = ActionRegistry(), []
    registry.trigger("edit.copy")
    registry.bind("edit.copy", lambda: done.append("copy"))
    registry.trigger("edit.copy")
    registry.bind("tool.snap", done.append)
    registry.trigger("tool.snap")
    registry.check("tool.snap", checked=False)
    assert done == ["copy", True]
    assert not registry["edit.paste"].isEnabled()


def test_of_a_group_one_stays_checked(qapp):
    registry, done = ActionRegistry(), []
    registry.bind("tool.select", lambda: done.append("select"))
    registry.bind("tool.razor", lambda: done.append("razor"))
    registry.check("tool.select", checked=True)
    assert done == []
    registry.trigger("tool.select")  # once more: a click on the button of the tool in hand
    assert registry["tool.select"].isChecked()
    registry.trigger("tool.razor")
    assert not registry["tool.select"].isChecked()
    assert done == ["select", "razor"]


def test_keys_of_mask_tools_count_only_while_one_is_in_hand(qapp):
    registry = ActionRegistry()
    out, onion = registry["mark.out"], registry["mask.onion"]
    assert set(MASKING) <= set(BY_ID)
    assert (out.shortcut(), onion.shortcuts()) == (QKeySequence("O"), [])
    registry.use_mask_keys(True)
    assert (out.shortcuts(), onion.shortcut()) == ([], QKeySequence("O"))
    assert registry.conflict("mask.onion", "O") is None
    assert registry.conflict("mask.onion", "X") == "mask.swap"
    registry.use_mask_keys(False)
    assert (out.shortcut(), onion.shortcuts()) == (QKeySequence("O"), [])
