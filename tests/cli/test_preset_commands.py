"""Named settings are saved, listed, used and deleted."""

from __future__ import annotations

import json

import pytest

from latentsync_studio.cli.app import run
from latentsync_studio.cli.exit_codes import BAD_INPUT, DONE, USAGE
from latentsync_studio.cli.render_options import Choices

SHIPPED = ["Animation", "Fast draft", "Film", "Interview", "Natural", "Singing", "Streaming"]
SHIPPED += ["Strong", "Subtle"]


@pytest.fixture
def answer(capsys):
    """Return a function that runs a command with --json and gives (exit code, object)."""

    def run_json(*words):
        code = run(["presets", *words, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run_json


def test_the_shipped_presets_are_listed(answer, capsys):
    code, told = answer("list")
    assert code == DONE
    assert [p["name"] for p in told["presets"]] == SHIPPED
    assert all(p["shipped"] and p["notes"] for p in told["presets"])
    assert run(["presets", "list"]) == DONE
    assert "natural     shipped  " in capsys.readouterr().out


def test_a_saved_preset_can_be_used_changed_and_deleted(answer, own_data_home):
    code, told = answer("save", "mine", "--preset", "subtle", "--strength", "lips=0.5")
    assert (code, told["shipped"]) == (DONE, False)
    assert told["file"] == str(own_data_home / "presets" / "mine.json")
    settings = Choices(preset="mine").settings()
    assert (settings.compose.lips, settings.compose.cheeks) == (0.5, 0.6)
    code, error = answer("save", "Mine", "--set", "seed=3")
    assert code == BAD_INPUT
    assert "--force" in error["remedy"]
    assert answer("save", "mine", "--set", "seed=3", "--notes", "for me", "--force")[0] == DONE
    assert Choices(preset="mine").settings().compose.lips == 1.0
    mine = answer("list")[1]["presets"][0]
    assert (mine["settings"], mine["notes"]) == ({"seed": 3}, "for me")
    assert answer("remove", "mine") == (DONE, {"removed": "mine"})
    assert len(answer("list")[1]["presets"]) == len(SHIPPED)


def test_what_cannot_be_saved_or_deleted_is_told(answer):
    assert answer("save", "../..")[0] == BAD_INPUT
    assert answer("save", "mine", "--set", "compose.lipz=1")[0] == USAGE
    assert answer("remove", "natural")[0] == BAD_INPUT
    assert answer("remove", "nothing")[0] == USAGE
    assert len(answer("list")[1]["presets"]) == len(SHIPPED)
