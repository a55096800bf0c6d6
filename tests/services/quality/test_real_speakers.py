"""Real people: their own speech fits their mouths better than foreign speech, however measured."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.quality.curves import Curve
from latentsync_studio.core.quality.limits import Limits
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.engines.speech_shapes.network import speech_shapes
from latentsync_studio.media.audio import read_mono
from latentsync_studio.services.inspect import analysed
from latentsync_studio.services.quality.summing import Mouth, Shown, mouth_of, quality_of
from latentsync_studio.services.wiring import open_services

RATE_HZ = 16_000
VIDEOS = ("demo1_video.mp4", "demo2_video.mp4", "talker3.mp4")
SOUNDS = (*VIDEOS, "demo1_audio.wav", "demo2_audio.wav", "speech1.wav")


@pytest.fixture(scope="module")
def mouths(shared_clips, tmp_path_factory):
    """Name of a clip -> apertures and widths, (T,) each; it is analysed when it is asked for."""
    folder, known = tmp_path_factory.mktemp("people"), {}

    def mouth(name):
        if name not in known:
            with open_services(folder) as services:
                found = analysed(shared_clips / name, services, CallbackProgress()).analysis
            frames = np.arange(found.n_frames, dtype=np.int32)
            known[name] = mouth_of(found.tracks[0], frames)
        return known[name]

    return mouth


@pytest.fixture(scope="module")
def sounds(shared_clips):
    """Name of a file -> its samples; each is read when it is asked for."""
    return cache(lambda name: read_mono(shared_clips / name))


@pytest.fixture(scope="module")
def heard(sounds):
    """(file, whether it runs backwards) -> its shapes."""
    return cache(
        lambda name, backwards=False: speech_shapes(
            np.ascontiguousarray(sounds(name)[::-1]) if backwards else sounds(name)
        )
    )


def figures(mouth, shapes, late_s=0.0):
    """What is measured of a mouth beside speech that begins `late_s` before its first frame."""
    count = len(mouth[0])
    shown = Shown(
        frames=FrameRange(0, count),
        rate=Fraction(25),
        seconds=(np.arange(count) + 0.5) / 25 + late_s,
        source=np.arange(count, dtype=np.int32),
        face=None,
    )
    found = quality_of(shown, None, shapes, mouth=Mouth(*map(Curve.of, mouth)))
    return {name: figure.result for name, figure in found.figures.items()}


@pytest.mark.slow
@pytest.mark.parametrize("video", VIDEOS)
def test_own_speech_fits_better_than_any_foreign_speech(mouths, heard, video):
    mouth = mouths(video)
    own = figures(mouth, heard(video))
    assert own["agreement"] > Limits().agreement
    assert abs(own["lag_frames"]) <= 1.5
    for other in SOUNDS:
        if other == video:
            continue
        foreign = figures(mouth, heard(other))
        assert own["agreement"] > foreign["agreement"] + 0.1, other
        met = own["closure_recall"], foreign["closure_recall"]
        assert not np.isfinite(met).all() or met[0] > met[1], other


@pytest.mark.slow
def test_own_speech_fits_better_than_the_same_moved_or_backwards(mouths, heard):
    better = total = 0
    for video in VIDEOS:
        mouth = mouths(video)
        own = figures(mouth, heard(video))["agreement"]
        others = [
            figures(mouth, heard(name, backwards=True))["agreement"]
            for name in SOUNDS
        ]  # fmt: skip
        others += [
            figures(mouth, heard(video), sign * late)["agreement"]
            for late in (1.0, 1.5, 2.0, 2.5, 3.0)
            for sign in (1, -1)
        ]
        known = [value for value in others if np.isfinite(value)]
        better, total = better + sum(own > value for value in known), total + len(known)
    assert better / total > 0.97


@pytest.mark.slow
def test_sound_that_is_moved_moves_the_lag_that_is_found(mouths, sounds):
    mouth, pcm = mouths("demo2_video.mp4"), sounds("demo2_video.mp4")
    at_rest = figures(mouth, speech_shapes(pcm))["lag_frames"]
    for frames in (-5, -2, 0, 3, 5):
        shift = round(frames * RATE_HZ / 25)
        moved = np.concatenate([np.zeros(max(shift, 0), np.float32), pcm[max(-shift, 0) :]])
        assert figures(mouth, speech_shapes(moved))["lag_frames"] == pytest.approx(
            at_rest - frames, abs=1
        )


@pytest.mark.slow
def test_a_mouth_that_goes_on_in_silence_leaks(mouths, sounds):
    mouth, pcm = mouths("demo2_video.mp4"), sounds("demo2_video.mp4")
    leaks = []
    for silent_s in (0.0, 10.0):
        sound = pcm.copy()
        sound[4 * RATE_HZ : round((4 + silent_s) * RATE_HZ)] = 0.0
        leaks.append(figures(mouth, speech_shapes(sound))["silence_leak"])
    assert leaks[-1] > leaks[0] + 0.2
