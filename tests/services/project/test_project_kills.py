"""A process that works on a project is killed at any moment, many times: nothing is lost."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from latentsync_studio.services.project_files import (
    new_untitled,
    open_project,
    read_project,
    recoverable,
)
from tests.services.project.worker import MADE, number_in

ROOT = Path(__file__).parents[3]
KILLS = int(os.environ.get("STUDIO_KILLS", "10"))  # STUDIO_KILLS=2000 for the long run


def killed(home, first, after_s, path=None):
    """Let a process work and kill it; what it told: the last (flushed, saved) numbers."""
    words = [str(home), str(first), *([] if path is None else [str(path)])]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.services.project.worker", *words],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    with process, process.stdout as told:
        line = told.readline()  # the first state is safe
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL)
        lines = [line, *told.read().splitlines()]
    assert process.returncode == -signal.SIGKILL
    numbers = dict.fromkeys("fs", first)
    for each in lines:
        text = each.decode().strip()
        numbers[text[0]] = int(text[1:])
        numbers["f"] = max(numbers.values())
    return numbers["f"], numbers["s"]


@pytest.mark.slow
@pytest.mark.timeout(300 + KILLS)
def test_killed_at_any_moment_a_project_has_all_that_was_flushed_and_saved(home, tmp_path):
    luck = random.Random(5)
    with closing(new_untitled(home)) as opened:
        path = opened.save_as(tmp_path / "a", MADE)
    saved = in_journal = 0
    for _ in range(KILLS):
        flushed, saved = killed(home, saved, luck.uniform(0, 0.15), path)
        best = max((tmp_path / f"{name}.lsp" for name in "ab"), key=_number_saved)
        assert saved <= _number_saved(best) <= flushed + 1
        for other in tmp_path.glob("[ab].lsp"):
            assert number_in(read_project(other)) <= flushed + 1, "every file is whole"
        opened = open_project(best, home)
        with closing(opened):
            assert opened.locked_by is None
            newest = opened.recovery.project if opened.recovery else opened.project
            assert flushed <= number_in(newest) <= flushed + 1
            in_journal += opened.recovery is not None
            opened.save(opened.recover())
            saved, path = number_in(newest), best
    assert in_journal > 0


@pytest.mark.slow
def test_killed_before_it_has_a_name_a_project_is_found_with_all_that_was_flushed(home):
    luck = random.Random(6)
    for _ in range(max(5, KILLS // 6)):
        flushed, _ = killed(home, 0, luck.uniform(0, 0.1))
        (found,) = recoverable(home)
        with closing(open_project(found.path, home)) as opened:
            assert flushed <= number_in(opened.recover()) <= flushed + 1
            opened.discard_journal()
    assert recoverable(home) == ()


@pytest.fixture
def home(tmp_path):
    """A data folder in which killed processes may leave temporary files."""
    return tmp_path / "home"


def _number_saved(path):
    return number_in(read_project(path)) if path.exists() else -1
