"""The README claims only what exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from latentsync_studio.__main__ import window_paths
from latentsync_studio.cli.app import run
from latentsync_studio.core.settings.fields import describe
from latentsync_studio.core.settings.pages import RenderSettings
from latentsync_studio.storage.presets import list_presets
from latentsync_studio.ui.actions.keymaps import DEFAULT_PRESET, PRESETS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CODE = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)


def commands():
    """Return the words of every command line of ours in the README."""
    lines = [line for block in CODE for line in block.splitlines() if not line.startswith("#")]
    found = [line.partition("latentsync-studio ")[2] for line in lines]
    words = [shlex.split(line, comments=True) for line in found if line]
    return [each for each in words if window_paths(each) is None]


def rows(heading):
    """Return the cells of the table under the line that begins with `heading`."""
    table = README.partition(heading)[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]


def test_all_pictures_and_files_that_it_names_are_there():
    named = re.findall(r"\]\(([^)#:]+)\)", README)
    assert len(named) >= 5
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_ci_installs_tests_and_completes_the_system_as_it_says():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    setup, test = next(
        line for block in CODE for line in block.split("\n") if "[test]" in line
    ).split(" && ", 2)[1:]
    assert setup.replace("pip install", "pip install -q") in script
    assert script.rstrip().endswith(test)
    packages = next(block for block in CODE if "apt-get" in block).partition("install -y ")[2]
    assert packages.strip() in script


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_its_command_lines_use_options_that_exist(words, capsys):
    assert run([words[0], "--help"]) == 0
    told = capsys.readouterr().out
    for option in (word for word in words if word.startswith("-")):
        assert option in told


def test_its_table_of_commands_is_complete(capsys):
    run(["--help"])
    known = re.findall(r"^  ([a-z]+)  ", capsys.readouterr().out, re.MULTILINE)
    listed = {cell.split()[0].strip("`") for cell, *_ in rows("| command |")}
    assert listed == set(known)


def test_its_table_of_settings_is_complete():
    told = {key.strip("`"): (default, values) for key, default, values in rows("| key |")}
    real = {field.key: field for field in describe(RenderSettings)}
    assert set(told) == set(real)
    for key, field in real.items():
        default = {"bool": ("off", "on")[field.default is True]}.get(field.kind)
        if default is None:
            default = field.default if isinstance(field.default, str) else f"{field.default:g}"
        assert told[key] == (default, field.allowed())


def test_its_table_of_presets_is_complete():
    told = {name for cell, *_ in rows("| preset |") for name in re.findall(r"`(\w+)`", cell)}
    assert told == {saved.path.stem for saved in list_presets() if saved.is_shipped}


def test_its_keys_are_those_of_the_first_preset():
    known = {key for keys in PRESETS[DEFAULT_PRESET].values() for key in keys}
    words = [word for _, cell in rows("| to do |") for word in cell.split()]
    told = {word if len(word) == 1 else word.rstrip(";,") for word in words}
    assert len(told) > 40
    assert told - known == set()
