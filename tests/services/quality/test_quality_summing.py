"""From frames to figures: what was done to a mouth is what is found."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from latentsync_studio.core.quality.curves import Curve
from latentsync_studio.core.quality.gate import Limits, judge
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.speech.shapes import CHANNELS, SpeechShapes
from latentsync_studio.services.quality.summing import (
    Mouth,
    Shown,
    heard_closures,
    leak_of,
    openness_at,
    quality_of,
)

RATE = 25
SECONDS = 12
COUNT = RATE * SECONDS
MIDDLES = (np.arange(COUNT) + 0.5) / RATE


def speech(pause: tuple[float, float] = (5.0, 8.0), seed: int = 0) -> SpeechShapes:
    """Syllables at irregular times, some begun by a closure, and a pause."""
    rng = np.random.default_rng(seed)
    rows = SECONDS * 100
    clock = np.arange(rows) / 100
    channels = np.zeros((rows, len(CHANNELS)), np.float32)
    opened, closed = np.zeros(rows), np.zeros(rows)
    at = 0.3
    while at < SECONDS - 0.5:
        opened += rng.uniform(0.4, 1.0) * np.exp(-0.5 * ((clock - at) / 0.06) ** 2)
        if rng.random() < 0.9:
            closed[(clock > at - 0.18) & (clock < at - 0.10)] = 1.0
        at += rng.uniform(0.2, 0.5)
    active = ((clock < pause[0]) | (clock > pause[1])).astype(float)
    channels[:, CHANNELS.index("open")] = np.clip(opened, 0, 1) * active
    channels[:, CHANNELS.index("closed")] = closed * active
    channels[:, CHANNELS.index("activity")] = active
    channels[:, CHANNELS.index("wide")] = channels[:, 0]  # open vowels are wide ones
    loud = np.asarray(channels[:, 0], np.float32)
    return SpeechShapes(channels=channels, loudness=loud, source="network", context_s=0.5)


def shown(seconds: np.ndarray = MIDDLES) -> Shown:
    return Shown(
        frames=FrameRange(0, COUNT),
        rate=Fraction(RATE),
        seconds=seconds,
        source=np.arange(COUNT, dtype=np.int32),
        face=None,
    )


def mouth(shapes: SpeechShapes, late_frames: float = 0.0, noise: float = 0.01) -> np.ndarray:
    """A mouth that follows the speech, `late_frames` late; it may not quite shut."""
    opened = openness_at(shapes, MIDDLES - late_frames / RATE)
    rng = np.random.default_rng(1)
    return 0.25 * np.nan_to_num(opened) + np.abs(rng.normal(0, noise, COUNT))


def figures(
    aperture: np.ndarray,
    shapes: SpeechShapes,
    source: np.ndarray | None = None,
    width: np.ndarray | None = None,
):
    """Figures of a mouth whose width is like its opening where nothing is said of it."""
    wide = Curve.of(aperture if width is None else width, source)
    found = quality_of(shown(), None, shapes, mouth=Mouth(Curve.of(aperture, source), wide))
    return {name: figure.result for name, figure in found.figures.items()}, found


@pytest.mark.parametrize("late", [-5, -3, -1, 0, 2, 5])
def test_a_shift_between_picture_and_sound_is_found(late):
    shapes = speech()
    found, _ = figures(mouth(shapes, late), shapes)
    assert found["lag_frames"] == pytest.approx(late, abs=1)
    assert found["lag_ms"] == pytest.approx(40 * found["lag_frames"])
    assert found["correlation"] > 0.8
    assert found["shifted_agreement"] > 0.8
    assert found["confidence"] > 0.5
    assert found["agreement"] == found["shifted_agreement"] if abs(late) <= 3 else True
    assert found["agreement"] < found["shifted_agreement"] - 0.1 if abs(late) > 4 else True


def test_opening_and_width_count_the_same():
    shapes = speech()
    good = mouth(shapes)
    foreign = mouth(speech(seed=9))
    both, opened, width, none = (
        figures(aperture, shapes, width=wide)[0]["agreement"]
        for aperture, wide in ((good, good), (good, foreign), (foreign, good), (foreign, foreign))
    )
    assert both > 0.8
    assert opened == pytest.approx((both + none) / 2, abs=0.12)
    assert width == pytest.approx((both + none) / 2, abs=0.12)
    unknown = np.full(COUNT, np.nan)
    assert np.isnan(figures(good, shapes, width=unknown)[0]["agreement"])


@pytest.mark.parametrize("late", [-4, 3])
def test_a_shift_is_found_where_few_frames_are_measured(late):
    shapes = speech()
    few = np.where(np.arange(COUNT) % 4 == 0, mouth(shapes, late), np.nan)
    found, _ = figures(few, shapes)
    assert found["lag_frames"] == pytest.approx(late, abs=1)


def test_foreign_speech_scores_worse_and_has_no_lag_worth_telling():
    own, other = speech(seed=0), speech(seed=9)
    good, _ = figures(mouth(own), own)
    bad, found = figures(mouth(own), other)
    assert bad["agreement"] < good["agreement"] - 0.5
    assert bad["correlation"] < good["correlation"] - 0.3
    assert bad["confidence"] < 0.3
    assert "lag_frames" not in {a.measure for a in judge(found, Limits(confidence=0.3)).attentions}


def test_the_more_a_mouth_moves_in_silence_the_higher_is_the_leak():
    shapes = speech()
    still = mouth(shapes, noise=0.0)
    wobble = 0.05 * (1 + np.sin(np.arange(COUNT) * 1.3))
    quiet = (MIDDLES > 5.2) & (MIDDLES < 7.8)
    leaks = [
        figures(still + share * wobble * quiet, shapes)[0]["silence_leak"]
        for share in (0, 0.3, 1.0)
    ]
    assert leaks == sorted(leaks)
    assert leaks[0] < 0.02
    assert leaks[-1] > 0.6
    _, found = figures(still + wobble * quiet, shapes)
    (span,) = judge(found, Limits()).attentions
    assert span.measure == "silence_leak"
    assert span.frames.start >= 5 * RATE - 2
    assert span.frames.stop <= 8 * RATE + 2


def test_a_few_frames_of_short_silences_say_nothing_of_a_leak():
    moving = np.abs(np.sin(np.arange(COUNT) * 0.7))
    short = np.ones(COUNT, bool)
    for start in range(20, 280, 40):
        short[start : start + 5] = False  # one frame of each is left after the mouth came to rest
    assert np.isnan(leak_of(moving, short, RATE))
    long = np.ones(COUNT, bool)
    long[100:130] = False
    assert leak_of(moving, long, RATE) == pytest.approx(1, abs=0.2)
    assert leak_of(moving[::4], long[::4], RATE / 4) > 0  # so it is where few frames are measured
    assert np.isnan(leak_of(np.full(COUNT, np.nan), long, RATE))


def test_lips_that_meet_are_told_from_lips_that_do_not():
    shapes = speech()
    assert len(heard_closures(shapes, MIDDLES)) >= 8
    meeting = mouth(shapes, noise=0.0)
    assert figures(meeting, shapes)[0]["closure_recall"] == 1.0
    assert figures(meeting + 0.05, shapes)[0]["closure_recall"] == 0.0
    few = np.where(np.arange(COUNT) % 2 == 0, meeting, np.nan)
    assert figures(few, shapes)[0]["closure_recall"] == 1.0


def test_a_mouth_that_stands_still_is_said_to():
    shapes = speech()
    assert figures(mouth(shapes), shapes)[0]["movement_share"] == 1.0
    still, found = figures(np.full(COUNT, 0.03), shapes)
    assert still["movement_share"] == 0.0
    assert "movement_share" in {a.measure for a in judge(found, Limits()).attentions}


def test_the_source_against_itself_has_the_same_figures_on_both_sides():
    shapes = speech()
    aperture = mouth(shapes)
    _, found = figures(aperture, shapes, aperture)
    for figure in found.figures.values():
        assert figure.result == figure.source


def test_without_speech_or_a_mouth_nothing_is_made_up():
    nothing = quality_of(shown(), None, None)
    assert not nothing.figures
    assert not nothing.curves
    assert not nothing.spoken.any()
    dumb = quality_of(shown(), None, speech())
    assert set(dumb.curves) == {"openness", "spread"}
    assert not dumb.figures
    blind, _ = figures(np.full(COUNT, np.nan), speech())
    assert all(np.isnan(value) for value in blind.values())
