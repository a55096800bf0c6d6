"""A weaker mouth in a span, with soft edges, and what was animated before stays beside it."""

from __future__ import annotations

import pytest

from latentsync_studio.core.mask.keyframes import Key, values_at
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.curves import keys_of, set_curve
from latentsync_studio.core.timeline.edits.weakening import RAMP, STRENGTH, TEXTURE, sharpen, weaken
from tests.ui.timeline.scenes import clip, project


def strengths(found, n=100):
    held = found.sequences[0].tracks[0].clips[0]
    return values_at(keys_of(held, STRENGTH), range(n))


def test_a_span_passes_through_and_the_rest_is_as_before():
    found = strengths(weaken(project(V1=[clip(21, 0, 100)]), "c21", FrameRange(40, 60), 0.0))
    assert (found[40:60] == 0).all()
    assert (found[: 40 - RAMP + 1] == 1).all()
    assert (found[60 + RAMP :] == 1).all()
    assert 0 < found[38] < 1


def test_at_the_ends_of_a_clip_there_is_no_edge():
    found = strengths(weaken(project(V1=[clip(21, 0, 100)]), "c21", FrameRange(0, 100), 0.5))
    assert found == pytest.approx([0.5] * 100)


def test_keys_are_scaled_inside_and_kept_outside():
    before = project(V1=[clip(21, 0, 100)])
    keys = tuple(Key(frame=frame, value=value) for frame, value in ((0, 0.2), (50, 1.0), (99, 0.4)))
    before = set_curve(before, "c21", STRENGTH, keys)
    was, found = strengths(before), strengths(weaken(before, "c21", FrameRange(40, 60), 0.5))
    assert found[45:55] == pytest.approx(was[45:55] / 2, abs=0.02)
    assert found[:30] == pytest.approx(was[:30], abs=0.02)
    assert found[70:] == pytest.approx(was[70:], abs=0.02)


def test_a_span_is_sharpened_towards_the_most_and_its_keys_stay_beside_it():
    before = project(V1=[clip(21, 0, 100)])
    before = set_curve(before, "c21", TEXTURE[1], (Key(frame=0, value=0.2),))
    held = sharpen(before, "c21", FrameRange(40, 60), 0.5).sequences[0].tracks[0].clips[0]
    for key, base, most in zip(TEXTURE, (0.0, 0.2), (1.0, 2.0), strict=True):
        found = values_at(keys_of(held, key), range(100))
        assert found[40:60] == pytest.approx([base + (most - base) / 2] * 20)
        assert found[:36] == pytest.approx([base] * 36)
        assert found[64:] == pytest.approx([base] * 36)
