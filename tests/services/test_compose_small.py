"""Patches over smaller pictures, for looking: where they lie in the large one, and as strong."""

import cv2
import numpy as np
import pytest

from latentsync_studio.core.engine import FadedPatch, Patch
from latentsync_studio.imaging.blend import placed
from latentsync_studio.services.compose import _smaller


def mouth(side: int, frame: int = 0) -> Patch:
    rng = np.random.default_rng(side)
    noise = rng.integers(0, 256, (side, side, 3), dtype=np.uint8)
    alpha = np.zeros((side, side), np.uint8)
    cv2.circle(alpha, (side // 2, side // 2), side * 2 // 5, 255, -1)
    return Patch(
        frame=frame,
        pixels=cv2.GaussianBlur(noise, (0, 0), 2),
        alpha=cv2.GaussianBlur(alpha, (0, 0), side / 30),
        transform=np.array([[0.9, 0.1, 300.0], [-0.1, 0.9, 700.0]]),
    )


def middle(alpha, box):
    rows, columns = np.indices(alpha.shape)
    total = alpha.sum()
    return np.array(
        [(columns * alpha).sum() / total + box.x0, (rows * alpha).sum() / total + box.y0]
    )


@pytest.mark.parametrize("side", [232, 231, 97])
@pytest.mark.parametrize("scale", [0.5, 0.281, 0.12])
def test_a_patch_that_is_halved_first_lies_where_it_lay_and_looks_the_same(side, scale):
    patch = mouth(side)
    moved = patch.transform * scale
    whole = Patch(frame=0, pixels=patch.pixels, alpha=patch.alpha, transform=moved)
    box, pixels, alpha = placed(whole, 404, 719)
    small = _smaller(patch, (scale, scale))
    assert len(small.alpha) < side
    other, seen, weight = placed(small, 404, 719)
    assert other == box
    assert np.abs(middle(weight, box) - middle(alpha, box)).max() < 0.05
    assert np.abs(weight - alpha).mean() < 0.03
    assert np.abs(seen.astype(int) - pixels)[alpha > 0.5].mean() < 4


def test_what_has_hardly_more_pixels_than_the_picture_stays_as_it_is():
    patch = mouth(97)
    assert _smaller(patch, (0.6, 0.6)).alpha is patch.alpha


def test_both_mouths_of_a_fade_are_made_smaller():
    faded = FadedPatch.of(mouth(232), mouth(96))
    small = _smaller(faded, (0.25, 0.25))
    assert (small.alpha.shape, small.right.alpha.shape) == ((58, 58), (24, 24))
