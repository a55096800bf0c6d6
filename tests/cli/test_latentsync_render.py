"""The diffusion engine from the command line: all stages real, weights tiny and random."""

import json
import os
import signal
import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from latentsync_studio.cli.app import run
from latentsync_studio.cli.exit_codes import BAD_INPUT, DONE, USAGE
from tests.engines.latentsync.weight_files import write_tiny_set
from tests.services.conftest import cut_clip, cut_speech

ROOT = Path(__file__).parents[2]
FRAMES = 24  # two windows; the second one begins earlier, to be whole
QUICK = ("--engine", "latentsync", "--no-measure", "--json", "--set", "latentsync.steps=2")


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Return (clip, speech, folder of weights)."""
    folder = tmp_path_factory.mktemp("latentsync")
    clip = cut_clip(folder / "a clip.mp4", FRAMES)
    return clip, cut_speech(folder / "speech.wav", FRAMES / 25), write_tiny_set(folder / "w")


def words(inputs, output, *more):
    clip, speech, weights = inputs
    named = ["render", str(clip), str(speech), "-o", str(output)]
    return [*named, "--weights", str(weights), *QUICK, *more]


def rendered(inputs, output, home, *more):
    """Render in this process, which has loaded its libraries; return the report."""
    told = StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(told):
        patch.setenv("LATENTSYNC_STUDIO_HOME", str(home))
        code = run(words(inputs, output, *more))
    assert code == DONE, told.getvalue()
    return json.loads(told.getvalue())


@pytest.fixture(scope="module")
def undisturbed(inputs, tmp_path_factory):
    """Return (movie, report) of a render that nobody disturbs."""
    folder = tmp_path_factory.mktemp("undisturbed")
    report = rendered(inputs, folder / "out.mp4", folder / "home")
    return (folder / "out.mp4").read_bytes(), report


def killed(inputs, output, home):
    """Render in another process and kill it when its first frames are through."""
    with subprocess.Popen(
        [sys.executable, "-m", "latentsync_studio", *words(inputs, output)],
        cwd=ROOT,
        env={**os.environ, "LATENTSYNC_STUDIO_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stderr:
            moment = json.loads(line) if line.startswith("{") else {}
            if moment.get("stage") == "render" and moment.get("done", 0) > 0:
                break
        process.send_signal(signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_after_its_first_window_it_goes_on_to_the_same_movie(inputs, undisturbed, tmp_path):
    movie, report = undisturbed
    assert (report["engine"], report["precision"]) == ("latentsync", "fp32")
    assert report["weights"] == "test weights, 64 px"
    assert "64 px" in report["rung"]
    assert (report["engine_calls"], report["patched_frames"]) == (2, FRAMES)
    output = tmp_path / "out.mp4"
    killed(inputs, output, tmp_path / "home")
    assert not output.exists()
    told = rendered(inputs, output, tmp_path / "home")
    assert told["windows_reused"] >= 1
    assert told["engine_calls"] <= 1
    assert output.read_bytes() == movie


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_devices_make_the_very_same_movie_as_one(inputs, undisturbed, tmp_path):
    output = tmp_path / "out.mp4"
    told = rendered(inputs, output, tmp_path / "home", "--devices", "cpu,cpu")
    assert told["engine_calls"] == 2
    assert told["weights"] == "test weights, 64 px"
    assert output.read_bytes() == undisturbed[0]


def test_without_weights_it_tells_files_sizes_licenses_and_what_works_now(inputs, tmp_path, capsys):
    clip, speech, _ = inputs
    output = tmp_path / "out.mp4"
    command = ["render", str(clip), str(speech), "-o", str(output), *QUICK]
    assert run(command) == BAD_INPUT
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert problem["code"] == "weights-missing"
    for word in ("latentsync_unet.pt", "5.1 GB", "OpenRAIL", "latentsync-1.6"):
        assert word in problem["message"]
    assert "--engine mouthbank works now" in problem["remedy"]
    assert not output.exists()


def test_engines_tell_which_can_run_and_why_not(inputs, capsys):
    assert run(["engines", "--json"]) == DONE
    bank, diffusion = json.loads(capsys.readouterr().out)["engines"]
    assert (bank["id"], bank["default"], bank["available"]) == ("mouthbank", True, True)
    assert (diffusion["id"], diffusion["available"]) == ("latentsync", False)
    assert "latentsync_unet.pt" in diffusion["reason"]
    assert run(["engines", "--weights", str(inputs[2]), "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["engines"][1]["available"]
    assert run(["engines"]) == DONE
    assert "models fetch" in capsys.readouterr().out


@pytest.mark.parametrize("devices", ["cpu,,cpu", ","])
def test_devices_without_a_name_are_a_mistake(inputs, tmp_path, capsys, devices):
    assert run(words(inputs, tmp_path / "out.mp4", "--devices", devices)) == USAGE
    assert "--devices" in json.loads(capsys.readouterr().out)["remedy"]


def test_a_preset_may_name_the_engine_and_the_command_line_overrides_it(inputs, tmp_path, capsys):
    save = ["presets", "save", "mine", "--engine", "latentsync", "--set", "latentsync.steps=7"]
    assert run([*save, "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["engine"] == "latentsync"
    clip, speech, _ = inputs
    command = ["render", str(clip), str(speech), "-o", str(tmp_path / "out.mp4"), "--json"]
    assert run([*command, "--preset", "mine"]) == BAD_INPUT  # it would take that engine
    assert "weights-missing" in capsys.readouterr().out
    picked = [*command, "--preset", "mine", "--engine", "mouthbnk"]
    assert run(picked) == USAGE
    assert "mouthbank" in capsys.readouterr().out
