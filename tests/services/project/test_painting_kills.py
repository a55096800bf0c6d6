"""A process that paints is killed at any moment: at most the stroke in the making is lost."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from latentsync_studio.services.mask_tiles import FileTiles, MaskTiles
from latentsync_studio.services.project_files import new_untitled, open_project, read_project
from tests.services.project.painter import canvas_in, strokes_in
from tests.services.project.states import MADE

ROOT = Path(__file__).parents[3]
KILLS = int(os.environ.get("STUDIO_KILLS", "5"))


def killed(home, path, first, after_s):
    """Let a process paint and kill it; the number of the last stroke that it said was safe."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.services.project.painter", str(home), str(path), str(first)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    with process, process.stdout as told:
        lines = [told.readline()]
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL)
        lines += told.read().splitlines()
    assert process.returncode == -signal.SIGKILL
    return max(int(line) for line in lines)


@pytest.mark.slow
@pytest.mark.timeout(300 + KILLS)
def test_killed_while_painting_a_project_has_every_stroke_but_the_last(tmp_path):
    luck, home = random.Random(7), tmp_path / "home"
    with closing(new_untitled(home)) as opened:
        path = opened.save_as(tmp_path / "gemält 描く", MADE)
    held, recovered = 0, 0
    for _ in range(KILLS):
        last = killed(home, path, held, luck.uniform(0, 0.06))
        with closing(open_project(path, home)) as opened:
            recovered += opened.recovery is not None
            project = opened.recover()
            found = strokes_in(canvas_in(project, MaskTiles(opened)))
            assert found[: last + 1] == list(range(last + 1))
            assert len(found) <= last + 2, "the one in the making may have been safe already"
            opened.save(project)
        with closing(FileTiles(path)) as tiles:
            assert strokes_in(canvas_in(read_project(path), tiles)) == found
        held = len(found)
        if held > 60:  # the canvas is nearly full
            break
    assert recovered > 0
