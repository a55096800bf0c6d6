"""Progress: one form for terminals, one for programs, one for log files."""

from __future__ import annotations

import io
import json
from threading import Event

import pytest

from latentsync_studio.cli.progress_bar import (
    JsonLines,
    Moment,
    PlainLines,
    Speed,
    shown_progress,
)
from latentsync_studio.core.errors import Cancelled
from latentsync_studio.core.progress import ProgressReport


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def moment(done, total=100, stage="render", rate=None, left=None):
    return Moment(
        stage=stage,
        done=done,
        total=total,
        frames_per_second=rate,
        seconds_left=left,
        memory_mib=412.0,
        note="",
    )


def report(done, total=100, stage="render"):
    return ProgressReport(stage=stage, done=done, total=total)


def test_speed_and_time_left_come_from_the_last_seconds():
    speed = Speed()
    assert speed.take(report(0), 0.0) == (None, None)
    assert speed.take(report(50), 2.0) == (25.0, 2.0)


def test_a_new_stage_forgets_the_speed_of_the_last_one():
    speed = Speed()
    speed.take(report(0), 0.0)
    speed.take(report(50), 1.0)
    assert speed.take(report(0, stage="mux"), 1.1) == (None, None)


def test_a_slow_start_does_not_spoil_the_speed_for_long():
    speed = Speed()
    speed.take(report(0), 0.0)
    speed.take(report(1), 10.0)
    speed.take(report(41), 12.0)
    rate, _ = speed.take(report(61), 13.0)
    assert rate == pytest.approx(20.0)


def test_json_lines_hold_the_first_and_the_last_moment_but_not_every_frame():
    clock, out = Clock(), io.StringIO()
    lines = JsonLines(out, clock)
    for done in range(101):
        lines.show(moment(done))
        clock.now += 0.01
    told = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [told[0]["done"], told[-1]["done"]] == [0, 100]
    assert 4 <= len(told) <= 8
    assert set(told[0]) == set(Moment.__struct_fields__)


def test_plain_lines_are_few_and_say_speed_time_left_and_memory():
    clock, out = Clock(), io.StringIO()
    lines = PlainLines(out, clock)
    for done in range(0, 101, 10):
        lines.show(moment(done, rate=31.4, left=75.0))
        clock.now += 1.0
    told = out.getvalue().splitlines()
    assert len(told) == 3
    assert told[1] == "Drawing: 50/100, 31.4 frames/s, 1:15 left, 412 MiB"
    assert told[2] == "Drawing: 100/100, 31.4 frames/s, 412 MiB"


def test_a_stage_without_known_length_is_counted():
    out = io.StringIO()
    PlainLines(out, Clock()).show(moment(7, total=0, stage="speech"))
    assert out.getvalue() == "Listening: 7, 412 MiB\n"


def test_progress_goes_to_stderr_and_stops_when_asked(capsys):
    stop = Event()
    with shown_progress(stop, as_json=True) as progress:
        progress.report("render", 1, 2)
        stop.set()
        with pytest.raises(Cancelled):
            progress.report("render", 2, 2)
    told = capsys.readouterr()
    assert told.out == ""
    assert json.loads(told.err)["memory_mib"] > 1


def test_a_terminal_gets_a_bar_with_the_same_figures(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "120")
    with shown_progress(Event(), as_json=False) as progress:
        progress.report("analyse", 0, 50)
        progress.report("analyse", 50, 50)
    told = capsys.readouterr().err
    assert "Finding faces" in told
    assert "50/50" in told
    assert "MiB" in told
