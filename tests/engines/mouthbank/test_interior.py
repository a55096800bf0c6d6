"""The inner mouth drawn into a photograph of a closed one."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.engines.mouthbank.anatomy import IN_LO, IN_UP
from latentsync_studio.engines.mouthbank.interior import InnerMouth

LUMA = np.array([0.299, 0.587, 0.114])
LIGHTS = {"plain": (1.0, 1.0, 1.0), "dim": (0.45, 0.45, 0.45), "blue": (0.75, 0.9, 1.15)}


@pytest.fixture(scope="module")
def still(photograph):
    """Session of a photograph, a plan of it, and its window with an opening of any size."""
    session = photograph.open()
    session.synthesize(FrameRange(0, 1), photograph.pictures[:1], _Never())
    return session, photograph


class _Never:
    def check(self):
        return None


def inner_mouth(still, gap, light=(1.0, 1.0, 1.0)):
    """Picture before and after, and the opening's outline, (18 + 2, 2) px."""
    session, photograph = still
    plan = session._planner.frame(0)
    rgb = np.stack(photograph.pictures[0].planes, axis=-1) * np.array(light)
    before = np.clip(rgb, 0, 255).astype(np.uint8)
    wanted = plan.canonical.copy()
    middle = (wanted[IN_UP] + wanted[IN_LO]) / 2
    arch = gap * np.cos(np.linspace(-1.35, 1.35, 9))
    wanted[IN_UP], wanted[IN_LO] = middle, middle
    wanted[IN_UP, 1] -= 0.2 * arch
    wanted[IN_LO, 1] += 0.8 * arch
    drawn = plan.points + plan.scale * (wanted - plan.canonical) @ plan.rotation.T
    after = before.copy()
    everywhere = np.ones(before.shape[:2], np.float32)
    changed = replace(plan, target=wanted, aperture=gap)
    InnerMouth(session._person).paint(after, drawn, changed, everywhere)
    return before, after, drawn[[78, *IN_UP, 308, *IN_LO[::-1]], :2]


def filled(outline, shape, inwards=0):
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], 1, cv2.LINE_8, 4)
    return cv2.erode(mask, np.ones((3, 3)), iterations=inwards) > 0


@pytest.mark.parametrize("light", LIGHTS.values(), ids=LIGHTS)
@pytest.mark.parametrize("gap", [0.06, 0.16])
def test_the_dark_is_a_share_of_the_skins_brightness_and_redder_than_gray(still, gap, light):
    _, after, outline = inner_mouth(still, gap, light)
    inside = after[filled(outline, after.shape, inwards=1)].astype(float)
    skin = np.array([205, 160, 135]) * light @ LUMA
    luma = inside @ LUMA
    assert np.percentile(luma, 2) > 0.10 * skin
    darkest = inside[luma < 0.45 * skin]
    assert len(darkest) > 10
    assert darkest[:, 0].mean() > 1.3 * darkest[:, 1].mean()


def test_nothing_changes_outside_the_inner_lips(still):
    before, after, outline = inner_mouth(still, 0.12)
    near = cv2.dilate(filled(outline, after.shape).astype(np.uint8), np.ones((5, 5))) > 0
    assert np.array_equal(before[~near], after[~near])
    assert (before != after)[near].any()


@pytest.mark.parametrize("light", LIGHTS.values(), ids=LIGHTS)
def test_teeth_are_bright_below_the_upper_lip_and_dark_at_the_sides(still, light):
    _, after, outline = inner_mouth(still, 0.16, light)
    skin = np.array([205, 160, 135]) * light @ LUMA
    luma = after.astype(float) @ LUMA
    left, right = outline[0, 0], outline[10, 0]
    x, y = int(outline[5, 0]), int(outline[5, 1])
    in_middle = luma[y : y + 7, x - 5 : x + 6].max()
    assert 0.6 * skin < in_middle < 1.15 * skin
    aside = int(left + 0.12 * (right - left))
    column = filled(outline, after.shape, inwards=1)[:, aside]
    assert luma[column, aside].max() < 0.7 * in_middle


def test_a_narrow_gap_shows_no_teeth(still):
    before, after, outline = inner_mouth(still, 0.028)
    changed = (before != after).any(axis=2)
    assert changed.any()
    assert (after[changed] @ LUMA).max() <= (before[changed] @ LUMA).max() + 4
    skin = np.array([205, 160, 135]) @ LUMA
    assert (after[filled(outline, after.shape)] @ LUMA).min() < 0.5 * skin


def test_teeth_appear_without_a_jump(still):
    gaps = np.arange(0.02, 0.17, 0.0025)
    x, y = inner_mouth(still, 0.0)[2][5].astype(int)
    mouths = [inner_mouth(still, gap)[1][y - 4 : y + 10, x - 8 : x + 9] for gap in gaps]
    drawn = np.array([(mouth @ LUMA).mean() for mouth in mouths])
    steps = np.abs(np.diff(drawn))
    assert drawn.max() - drawn.min() > 15
    assert steps.max() < 0.25 * (drawn.max() - drawn.min())


def test_it_draws_the_same_twice(still):
    assert np.array_equal(inner_mouth(still, 0.1)[1], inner_mouth(still, 0.1)[1])
