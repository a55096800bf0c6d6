"""The sound under a clip on the frames of its sequence."""

from __future__ import annotations

import numpy as np
import soundfile

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.speech.viseme_lane import visemes_of
from latentsync_studio.core.timeline.edits.move import move
from latentsync_studio.core.timeline.edits.trim import trim_head
from latentsync_studio.services.timeline.heard import PEAKS, SHAPES, heard_under
from latentsync_studio.services.timeline.medium import MediaBook
from latentsync_studio.services.wiring import open_services
from tests.services.timeline.conftest import FRAMES
from tests.services.timeline.projects import SEQUENCE, with_track


def heard(home, project):
    with open_services(home) as services:
        book = MediaBook(services)
        return heard_under(project, SEQUENCE, "c1", services, book, CallbackProgress())


def test_peaks_and_channels_lie_on_the_frames_that_are_shown(home, plain, talk):
    found = heard(home, plain)
    assert len(found.frames) == FRAMES
    assert found.channels.shape == (FRAMES * SHAPES, 7)
    assert (found.low <= found.high).all()
    pcm, _ = soundfile.read(talk[1].path, dtype="float32")
    samples = pcm if pcm.ndim == 1 else pcm.mean(axis=1)
    wanted = [abs(part).max() for part in np.array_split(samples, FRAMES)]
    level = np.maximum(-found.low, found.high).reshape(FRAMES, PEAKS).max(axis=1)
    assert np.corrcoef(level, wanted)[0, 1] > 0.98
    assert len(np.unique(visemes_of(found.channels))) > 4


def test_a_trimmed_clip_shows_its_part_and_moving_changes_nothing(home, plain):
    whole = heard(home, plain)
    part = heard(home, trim_head(plain, "c1", 30, linked=False))
    assert part.frames.start == 30
    assert np.array_equal(part.high, whole.high[30 * PEAKS :])
    assert np.array_equal(part.channels, whole.channels[30 * SHAPES :])
    moved = heard(home, move(plain, ["c1", "c2"], 37))
    assert moved.frames.start == 37
    assert np.array_equal(moved.low, whole.low)


def test_without_a_driving_lane_nothing_is_heard(home, plain):
    assert heard(home, with_track(plain, "A1", speech=None)) is None
