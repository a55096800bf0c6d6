"""Real people: their own speech fits their mouths better than foreign speech, however measured."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.quality.curves import Curve
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.engines.speech_shapes.network import speech_shapes
from latentsync_studio.media.audio import read_mono
from latentsync_studio.services.inspect import analysed
from latentsync_studio.services.quality.summing import Shown, apertures_of, quality_of
from latentsync_studio.services.wiring import open_services

RATE_HZ = 16_000
PAIRS = (
    ("demo1_video.mp4", "demo1_audio.wav"),
    ("demo2_video.mp4", "demo2_audio.wav"),
    ("talker3.mp4", "speech1.wav"),
)


@pytest.fixture(scope="module")
def mouths(shared_clips, tmp_path_factory):
    """Name of a clip -> (T,) openings of the mouth; each is analysed when it is asked for."""
    folder, known = tmp_path_factory.mktemp("people"), {}

    def mouth(name):
        if name not in known:
            with open_services(folder) as services:
                found = analysed(shared_clips / name, services, CallbackProgress()).analysis
            frames = np.arange(found.n_frames, dtype=np.int32)
            known[name] = apertures_of(found.tracks[0], frames)
        return known[name]

    return mouth


def figures(mouth, pcm):
    frames = FrameRange(0, len(mouth))
    shown = Shown(
        frames=frames,
        rate=Fraction(25),
        seconds=(np.arange(len(mouth)) + 0.5) / 25,
        source=np.arange(len(mouth), dtype=np.int32),
        face=None,
    )
    found = quality_of(shown, None, speech_shapes(pcm), mouth=Curve.of(mouth))
    return {name: figure.result for name, figure in found.figures.items()}


@pytest.mark.slow
@pytest.mark.parametrize(("video", "foreign"), PAIRS)
def test_own_speech_scores_better_than_foreign_speech(shared_clips, mouths, video, foreign):
    own = figures(mouths(video), read_mono(shared_clips / video))
    other = figures(mouths(video), read_mono(shared_clips / foreign))
    assert own["correlation"] > other["correlation"] + 0.02
    for name, sign in (("closure_recall", 1), ("silence_leak", -1)):
        if np.isfinite(own[name]) and np.isfinite(other[name]):
            assert sign * own[name] > sign * other[name], name
    assert abs(own["lag_frames"]) <= 1.5


@pytest.mark.slow
def test_sound_that_is_moved_moves_the_lag_that_is_found(shared_clips, mouths):
    mouth, pcm = mouths("demo2_video.mp4"), read_mono(shared_clips / "demo2_video.mp4")
    at_rest = figures(mouth, pcm)["lag_frames"]
    for frames in (-5, -2, 0, 3, 5):
        shift = round(frames * RATE_HZ / 25)
        moved = np.concatenate([np.zeros(max(shift, 0), np.float32), pcm[max(-shift, 0) :]])
        assert figures(mouth, moved)["lag_frames"] == pytest.approx(at_rest - frames, abs=1)


@pytest.mark.slow
def test_a_mouth_that_goes_on_in_silence_leaks(shared_clips, mouths):
    mouth, pcm = mouths("demo2_video.mp4"), read_mono(shared_clips / "demo2_video.mp4")
    leaks = []
    for silent_s in (0.0, 10.0):
        sound = pcm.copy()
        sound[4 * RATE_HZ : round((4 + silent_s) * RATE_HZ)] = 0.0
        leaks.append(figures(mouth, sound)["silence_leak"])
    assert leaks[-1] > leaks[0] + 0.2
