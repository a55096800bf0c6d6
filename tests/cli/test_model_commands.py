"""`models list | verify | convert | path | fetch` for people and as JSON."""

import json
import subprocess
import sys

import pytest

from latentsync_studio.cli.app import run
from latentsync_studio.cli.exit_codes import BAD_INPUT, DONE, USAGE
from tests.storage.weights.weight_stubs import hub_file, published, test_set


@pytest.fixture
def answer(capsys):
    """Return a function that runs a command with --json and gives (exit code, object)."""

    def run_json(*words):
        capsys.readouterr()
        code = run([*map(str, words), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run_json


@pytest.fixture
def told(capsys):
    """Return a function that runs a command and gives (exit code, stdout, stderr)."""

    def run_plain(*words):
        capsys.readouterr()
        code = run([*map(str, words)])
        out, err = capsys.readouterr()
        return code, out, err

    return run_plain


def test_the_list_is_a_table_with_state_license_and_commercial_use(told, tmp_path):
    folder = test_set(tmp_path / "ein Satz ü")
    code, text, _ = told("models", "list", "--weights", folder)
    assert code == DONE
    lines = text.splitlines()
    assert " ".join(lines[0].split()) == "MODEL STATE PIXELS SIZE LICENSE COMMERCIAL USE WHERE"
    (row,) = [line for line in lines if line.startswith("latentsync-1.6 ")]
    expected = "latentsync-1.6 missing 512 5.1 GB OpenRAIL++-M with conditions -"
    assert " ".join(row.split()) == expected
    assert sum("test weights" in line for line in lines) == 3
    assert "License OpenRAIL++-M: results may be used commercially within" in text
    assert "models fetch MODEL" in text


def test_the_list_as_json_has_everything_that_is_known(answer):
    code, result = answer("models", "list")
    assert code == DONE
    rows = {row["id"]: row for row in result["models"]}
    assert set(rows) >= {"latentsync-1.5", "latentsync-1.6", "sd-vae-ft-mse", "whisper-tiny"}
    assert rows["latentsync-1.5"]["resolution"] == 256
    assert rows["sd-vae-ft-mse"]["commercial"] == "yes"
    assert rows["syncnet-v2"]["commercial"] == "unknown"


def test_verify_says_test_weights_and_fails_for_damaged_ones(answer, told, tmp_path):
    folder = test_set(tmp_path / "set")
    code, result = answer("models", "verify", "--weights", folder)
    assert (code, result["ok"]) == (DONE, True)
    assert {file["verdict"] for file in result["files"]} == {"test"}
    path = folder / "whisper" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    code, text, _ = told("models", "verify", "--weights", folder)
    assert code == BAD_INPUT
    assert "cut off after 199 of 200 bytes" in text


def test_verify_without_weights_says_so(told):
    code, text, _ = told("models", "verify")
    assert code == DONE
    assert "No weights were found" in text


def test_path_says_where_to_put_a_model(answer, told, own_data_home):
    code, text, _ = told("models", "path")
    assert (code, text.strip()) == (DONE, str(own_data_home / "models"))
    code, result = answer("models", "path", "whisper-tiny")
    expected = own_data_home / "models" / "whisper-tiny" / "whisper" / "tiny.pt"
    assert result == {"path": str(expected), "exists": False}


def test_an_unknown_model_is_a_mistake_on_the_command_line(answer):
    code, result = answer("models", "path", "latentsync")
    assert code == USAGE
    assert "latentsync-1." in result["remedy"]
    assert answer("models", "fetch")[0] == USAGE


def test_convert_and_fetch_say_what_is_missing_and_where_it_goes(answer, told, monkeypatch):
    code, result = answer("models", "convert", "latentsync-1.6")
    assert (code, result["error"]) == (BAD_INPUT, "weights-missing")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    code, _, text = told("models", "fetch", "whisper-tiny")
    assert code == BAD_INPUT
    assert "HF_HUB_OFFLINE is set" in text
    assert "75.6 MB, license MIT" in text
    code, result = answer("models", "fetch", "whisper-tiny")
    assert (code, result["error"]) == (BAD_INPUT, "weights-fetch")


@pytest.mark.slow
def test_the_hub_cache_is_where_its_variables_say(tmp_path, monkeypatch):
    from latentsync_studio.storage.weights.cards import card

    vae = card("sd-vae-ft-mse")
    cache = tmp_path / "andere Platte" / "hub"
    hub_file(cache, vae.repository, published(vae.id, tmp_path), vae.revision)
    monkeypatch.delenv("HF_HUB_CACHE")
    monkeypatch.setenv("HF_HOME", str(cache.parent))
    command = [sys.executable, "-m", "latentsync_studio", "models", "list", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    rows = {row["id"]: row for row in json.loads(done.stdout)["models"]}
    assert (rows[vae.id]["state"], rows[vae.id]["origin"]) == ("found", "hub cache")
