"""A process that works on a project is killed at any moment, many times: nothing is lost."""

import os
import random
import signal
import time
from contextlib import closing

import pytest
from msgspec.structs import replace

from latentsync_studio.core.timeline.edits.clips import rename
from latentsync_studio.services.project_files import (
    new_untitled,
    open_project,
    read_project,
    recoverable,
)
from tests.core.timeline.cuts import clips_of, project
from tests.storage.faulty_files import start_child

KILLS = int(os.environ.get("STUDIO_KILLS", "10"))  # STUDIO_KILLS=2000 for the long run
SAVE_EVERY, SAVE_AS_EVERY = 5, 17
MADE = replace(project(V1=[(n * 10, 0, 10) for n in range(1500)]), next_id=9000)


def named(n):
    return rename(MADE, clips_of(MADE)[700].id, str(n))


def number_in(made):
    return int(clips_of(made)[700].name or 0)


def works(opened, tell, first):
    """Edit, flush and save without end; tell the number of each state when it is safe."""
    n = first
    while True:
        n += 1
        opened.note(state := named(n))
        opened.add_blob(os.urandom(3000))
        opened.flush()
        tell("f", n)
        if opened.path is not None and n % SAVE_EVERY == 0:
            opened.save(state)
            tell("s", n)
        if opened.path is not None and n % SAVE_AS_EVERY == 0:
            opened.save_as(opened.path.with_name("b" if opened.name == "a" else "a"), state)
            tell("s", n)


def killed(make, first, after_s):
    """Let a child work and kill it; what it told: the last (flushed, saved) numbers."""
    reading, writing = os.pipe()

    def work():
        os.close(reading)
        works(make(), lambda *told: os.write(writing, f"{told[0]}{told[1]}\n".encode()), first)

    pid = start_child(work)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        line = told.readline()  # the first state is safe
        time.sleep(after_s)
        os.kill(pid, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        lines = [line, *told.read().splitlines()]
    assert status == -signal.SIGKILL
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
        flushed, saved = killed(
            lambda path=path: open_project(path, home), saved, luck.uniform(0, 0.15)
        )
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
        flushed, _ = killed(lambda: new_untitled(home), 0, luck.uniform(0, 0.1))
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
