"""What each window took is written down when it is drawn, and told of what a clip shows."""

from __future__ import annotations

import time

import numpy as np

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.takes import add_take
from latentsync_studio.core.timeline.edits.trim import trim_head
from latentsync_studio.services.timeline.takes import TakeCache
from latentsync_studio.services.timeline.timing import window_times
from latentsync_studio.services.wiring import open_services
from tests.services.timeline.conftest import FRAMES
from tests.services.timeline.projects import SEQUENCE


def told(home, project):
    with open_services(home) as services:
        return window_times(project, SEQUENCE, "c1", TakeCache(services), CallbackProgress())


def test_every_drawn_window_has_its_time_also_for_another_process(home, plain):
    found = told(home, plain)
    assert [each.frames.start for each in found] == list(range(0, FRAMES, 16))
    assert all(each.is_stored and each.engine == "mouthbank" for each in found)
    assert all(0 < each.seconds < 60 for each in found)
    assert all(0 < each.at <= time.time() for each in found)


def test_windows_are_told_where_the_clip_shows_them(home, plain):
    found = told(home, trim_head(plain, "c1", 24, linked=False))
    assert found[0].frames == FrameRange(24, 32)
    assert found[-1].frames.stop == FRAMES


def test_what_another_seed_needs_is_not_stored_and_has_no_time(home, plain):
    found = told(home, add_take(plain, "c1", {"mouthbank.expression": 0.5}, FrameRange(40, 50)))
    fading = FrameRange(36, 54)
    anew = [each for each in found if each.frames.intersection(fading) == each.frames]
    assert anew
    assert not any(each.is_stored for each in anew)
    assert np.isnan([each.seconds for each in anew if 40 <= each.frames.start < 50]).all()
    assert all(each.is_stored for each in found if each not in anew)


def test_a_clip_that_nobody_looked_at_has_no_windows(tmp_path, plain):
    assert told(tmp_path, plain) == ()
