"""The same scene is told from another one, whatever its size, grade, depth and mouth."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from latentsync_studio.core.picture import Picture, PixelFormat
from latentsync_studio.imaging.quality.likeness import likeness
from tests.imaging.quality.test_face_measures import FACE, HEIGHT, TEN, WIDTH, picture, texture

GRAY = PixelFormat(name="gray", bits=8, sub_x=0, sub_y=0, matrix="bt709", full_range=False)


def scene(seed=0):
    """(240, 320) luma of large blots."""
    small = np.random.default_rng(seed).integers(30, 220, (6, 8)).astype(np.uint8)
    return cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def test_scaled_graded_and_deeper_copies_are_the_same_scene():
    luma = scene()
    graded = np.clip(luma.astype(np.float32) * 0.7 + 25, 0, 255).astype(np.uint8)
    half = Picture(planes=(cv2.resize(luma, (160, 120)),), format=GRAY, index=0, pts=0)
    for other in (
        picture(luma),
        picture(graded),
        picture(luma.astype(np.uint16) << 2, fmt=TEN),
        half,
    ):
        assert likeness(other, picture(luma), FACE) > 0.95


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_another_scene_is_another_one(seed):
    assert abs(likeness(picture(scene(seed)), picture(scene()), FACE)) < 0.5


def test_what_the_face_does_is_left_out_unless_it_fills_the_picture():
    luma = scene()
    covered = luma.copy()
    x0, y0 = FACE[:468, :2].min(axis=0).astype(int)
    x1, y1 = FACE[:468, :2].max(axis=0).astype(int)
    covered[y0:y1, x0:x1] = texture(3)[y0:y1, x0:x1]
    assert likeness(picture(covered), picture(luma), FACE) > 0.99
    assert likeness(picture(covered), picture(luma), None) < 0.99
    large = FACE * np.array([1.0, 1.0, 1.0]) * 3 - np.array([320.0, 260.0, 0.0])
    assert np.isfinite(likeness(picture(luma), picture(luma), large.astype(np.float32)))


def test_a_black_picture_says_nothing():
    black = picture(np.full((HEIGHT, WIDTH), 16, np.uint8))
    assert np.isnan(likeness(black, picture(scene()), FACE))
