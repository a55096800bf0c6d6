"""Whatever stdout and stderr are: any encoding, full, closed, or read by nobody."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from latentsync_studio.cli.app import run
from latentsync_studio.cli.exit_codes import BAD_INPUT, DONE, INTERRUPTED
from latentsync_studio.cli.output import told_warnings
from latentsync_studio.core.settings.presets import Preset
from latentsync_studio.services import inspect
from latentsync_studio.storage.presets import save_preset


def program(*words, **options):
    """Run the program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "latentsync_studio", *words],
        check=False,
        timeout=60,
        **{"stderr": subprocess.PIPE, **options},
    )


@pytest.mark.parametrize("words", [["--json"], []])
def test_names_that_the_encoding_lacks_are_still_told(tmp_path, words):
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    name = str(tmp_path / "日本語 😀.mp4")
    done = program("probe", name, *words, env=environment, stdout=subprocess.PIPE)
    assert done.returncode == BAD_INPUT
    assert b"Unicode" not in done.stderr
    if words:
        assert "日本語 😀.mp4" in json.loads(done.stdout)["message"]
    else:
        assert rb"\u65e5" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
@pytest.mark.parametrize("words", [["engines"], ["engines", "--json"], ["--help"]])
def test_a_full_device_is_told_plainly(words):
    with Path("/dev/full").open("wb") as full:
        done = program(*words, stdout=full)
    assert done.returncode == BAD_INPUT
    assert b"No space left" in done.stderr
    assert b"report this" not in done.stderr
    assert b"Exception ignored" not in done.stderr


@pytest.mark.parametrize("words", [["engines"], ["engines", "--json"], ["--help"]])
def test_a_reader_that_went_away_is_no_error(words):
    reading, writing = os.pipe()
    os.close(reading)
    done = program(*words, stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (DONE, b"")


def test_closed_streams_do_not_stop_a_command():
    script = f"exec {sys.executable} -m latentsync_studio engines >&- 2>&-"
    done = subprocess.run(["sh", "-c", script], check=False, timeout=60)
    assert done.returncode == DONE


def test_messages_that_nobody_reads_change_no_exit_code(tmp_path):
    (tmp_path / "file").touch()
    reading, writing = os.pipe()
    os.close(reading)
    words = ["demo", "-o", str(tmp_path / "file" / "demo")]
    done = program(*words, stderr=writing)
    os.close(writing)
    assert done.returncode == BAD_INPUT


def test_ctrl_c_while_the_program_is_loaded_ends_with_4_in_one_line():
    script = (
        "import sys, signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # may be ignored, as in CI
        "class Interrupt:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'latentsync_studio.cli':\n"
        "            signal.raise_signal(signal.SIGINT)\n"
        "from latentsync_studio.__main__ import main\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        "sys.exit(main())\n"
    )
    for words, stream in (([], "stderr"), (["--json"], "stdout")):
        done = subprocess.run(
            [sys.executable, "-c", script, "engines", *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == INTERRUPTED
        assert "Traceback" not in done.stderr
        assert getattr(done, stream).count("\n") == 1
    assert json.loads(done.stdout)["error"] == "cancelled"


def test_what_is_logged_is_a_json_line_with_json_and_plain_without(capfd, monkeypatch):
    def noisy(*_):
        logging.getLogger("latentsync_studio.storage").warning("A stored entry is %s.", "dropped")
        return []

    monkeypatch.setattr(inspect, "list_engines", noisy)
    assert run(["engines", "--json"]) == DONE
    assert json.loads(capfd.readouterr().err) == {"note": "A stored entry is dropped."}
    monkeypatch.setattr(inspect, "list_engines", lambda *_: noisy() or [_engine()])
    assert run(["engines"]) == DONE
    assert capfd.readouterr().err == "A stored entry is dropped.\n"


def _engine():
    return inspect.EngineListing(id="one", title="One", default=True)


def test_what_a_preset_sets_in_vain_is_a_json_line_with_json(capsys, tmp_path):
    save_preset(Preset(name="new", engine="mouthbank", settings={"warp.drive": 9}))
    gone = str(tmp_path / "gone.mp4")
    words = ["render", gone, gone, "-o", str(tmp_path / "out.mp4"), "--preset", "new", "--json"]
    assert run(words) == BAD_INPUT
    (line,) = capsys.readouterr().err.splitlines()
    assert "warp.drive" in json.loads(line)["note"]


def test_what_is_logged_stands_above_the_bar(capsys):
    from rich.progress import Progress

    console = Console(stderr=True, force_terminal=True, width=60)
    with told_warnings(as_json=False), Progress(console=console) as bars:
        bars.add_task("drawing", total=2)
        logging.getLogger("latentsync_studio").warning("A stored entry is dropped.")
    told = capsys.readouterr().err
    line = next(line for line in told.splitlines() if "dropped" in line)
    assert "drawing" not in line
    assert told.rindex("drawing") > told.index("dropped")
