"""The viewer shows the very frame under the playhead, whatever was asked before."""

from __future__ import annotations

import random

import pytest

from tests.ui.viewer.scenes import number_in


def settled(qtbot, playback):
    qtbot.waitUntil(lambda: playback.pictures.is_exact, timeout=5000)


def test_the_canvas_shows_the_first_frame_of_an_opened_project(panel):
    assert number_in(panel.canvas.composed.picture) == 0
    assert panel.canvas.picture_size == (160, 96)


@pytest.mark.parametrize("seed", [1, 2])
def test_seeking_anywhere_ends_at_the_very_frame(qtbot, panel, workbench, playback, seed):
    draw = random.Random(seed)
    at = 0
    for _ in range(12):
        at = draw.choice([draw.randrange(60), max(at - 1, 0), min(at + 1, 59)])
        workbench.session.seek(at)
        settled(qtbot, playback)
        assert number_in(panel.canvas.composed.picture) == at
