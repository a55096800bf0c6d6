"""Ctrl-C and SIGTERM stop a render cleanly, and the same command goes on."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import clips
import pytest

from latentsync_studio.cli.exit_codes import DONE, INTERRUPTED
from latentsync_studio.cli.interrupts import stop_on_signals


def start(output):
    """Start rendering the sample in a process of its own."""
    video, audio = clips.SAMPLE / "portrait.mp4", clips.SAMPLE / "speech.wav"
    words = ["render", str(video), str(audio), "-o", str(output), "--no-measure", "--json"]
    return subprocess.Popen(
        [sys.executable, "-m", "latentsync_studio", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until_drawing(process):
    """Read progress until the first frames are drawn."""
    for line in process.stderr:
        if line.startswith("{"):
            moment = json.loads(line)
            if moment["stage"] == "render" and moment["done"] > 0:
                return
    raise AssertionError("The render ended before it drew anything.")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_a_render_and_the_same_command_goes_on(tmp_path, number):
    output = tmp_path / "result.mp4"
    with start(output) as process:
        wait_until_drawing(process)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED
    lines = [json.loads(line) for line in err.splitlines()]
    assert any("Stopping" in line.get("note", "") for line in lines)
    told = json.loads(out)
    assert told["error"] == "cancelled"
    assert "same command again" in told["remedy"]
    assert not output.exists()
    with start(output) as process:
        out, _ = process.communicate(timeout=240)
    assert process.returncode == DONE
    report = json.loads(out)
    assert report["frames"] == 192
    assert report["windows_reused"] > 0


def test_the_first_signal_sets_the_flag_and_the_handlers_come_back(capfd):
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with stop_on_signals() as stop:
        assert not stop.is_set()
        signal.raise_signal(signal.SIGINT)
        assert stop.is_set()
    assert "again leaves" in capfd.readouterr().err
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_second_signal_leaves_at_once_without_a_half_written_file(tmp_path):
    script = (
        "import signal\n"
        "from pathlib import Path\n"
        "from latentsync_studio.cli.interrupts import stop_on_signals\n"
        "from latentsync_studio.media.part_file import PartFile\n"
        f"part = PartFile(Path({str(tmp_path / 'film.mp4')!r}))\n"
        "part.write(b'half')\n"
        "with stop_on_signals():\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "    print('still here')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == INTERRUPTED
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []
