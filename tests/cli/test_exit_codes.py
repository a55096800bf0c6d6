"""Every kind of end has its exit code, and none shows a traceback."""

from __future__ import annotations

import json

import pytest

from latentsync_studio.cli.app import run
from latentsync_studio.cli.exit_codes import BAD_INPUT, INTERNAL, INTERRUPTED, USAGE, exit_code
from latentsync_studio.core import errors
from latentsync_studio.services import inspect


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.Cancelled("Stopped."), INTERRUPTED),
        (errors.InputError("No such file."), BAD_INPUT),
        (errors.DiskFullError("Full."), BAD_INPUT),
        (errors.StorageError("Unreadable."), BAD_INPUT),
        (errors.InvalidSettingError("Unknown."), USAGE),
        (errors.UnknownNameError("engine", "x", ["mouthbank"]), USAGE),
        (errors.to_studio_error(ZeroDivisionError("a bug")), INTERNAL),
    ],
)
def test_each_kind_of_error_has_its_code(error, code):
    assert exit_code(error) == code


@pytest.mark.parametrize(
    "arguments",
    [["no-such-command"], ["render"], ["probe"], ["probe", "a", "b"], ["cache", "shrink"]],
)
def test_a_mistake_on_the_command_line_is_told_and_ends_with_2(arguments, capsys):
    assert run(arguments) == USAGE
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("Error: ")
    assert "--help" in told.err


def test_a_choice_that_is_none_is_told_without_words_of_a_library(capsys):
    assert run(["render", "a.mp4", "b.wav", "-o", "c.mp4", "--length-policy", "most"]) == USAGE
    told = capsys.readouterr().err
    assert "'most' is not one of" in told
    assert "Value error" not in told


def test_a_mistake_on_the_command_line_is_one_json_object_with_json(capsys):
    assert run(["probe", "--json", "a", "b"]) == USAGE
    told = json.loads(capsys.readouterr().out)
    assert told["error"] == "usage"
    assert "b" in told["message"]


def test_an_error_is_one_json_object_with_code_message_and_remedy(capsys, tmp_path):
    assert run(["probe", str(tmp_path / "none.mp4"), "--json"]) == BAD_INPUT
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    told = json.loads(out)
    assert told["error"] == "missing-file"
    assert "none.mp4" in told["message"]
    assert told["remedy"]


def test_a_fault_of_the_program_is_logged_and_told_without_a_traceback(
    capsys, monkeypatch, own_data_home
):
    def broken(*_):
        raise ZeroDivisionError("somebody divided by zero")

    monkeypatch.setattr(inspect, "list_engines", broken)
    assert run(["engines"]) == INTERNAL
    told = capsys.readouterr().err
    assert "somebody divided by zero" in told
    assert "Traceback" not in told
    log = own_data_home / "logs" / "faults.log"
    assert str(log) in told
    text = log.read_text(encoding="utf-8")
    assert "Traceback" in text
    assert "['engines']" in text


def test_ctrl_c_outside_of_a_job_ends_with_4(capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(inspect, "list_engines", interrupted)
    assert run(["engines"]) == INTERRUPTED
    assert "again" in capsys.readouterr().err


def test_without_arguments_the_help_is_shown(capsys):
    assert run([]) == 0
    assert "render" in capsys.readouterr().out
