"""Measures of pictures: each falls or rises with what it names, and is ideal on the source."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import inf

import cv2
import numpy as np
import pytest

from latentsync_studio.core.picture import Box, Picture, PixelFormat
from latentsync_studio.imaging.quality.color_difference import ciede2000, lab_of
from latentsync_studio.imaging.quality.face_crop import SIDE, face_view, luma_view, mouth_luma
from latentsync_studio.imaging.quality.flicker import flicker, movement
from latentsync_studio.imaging.quality.outside import outside_psnr
from latentsync_studio.imaging.quality.seam import SeamView, changed_weight
from latentsync_studio.imaging.quality.sharpness import sharpness
from tests.imaging.faces import plain_face

YUV = PixelFormat(name="yuv420p", bits=8, sub_x=1, sub_y=1, matrix="bt709", full_range=False)
TEN = PixelFormat(name="yuv420p10le", bits=10, sub_x=1, sub_y=1, matrix="bt709", full_range=False)
WIDTH, HEIGHT = 320, 240
FACE = plain_face((160.0, 130.0), 100.0)
BOX = Box(x0=100, y0=90, x1=220, y1=190)


def texture(seed: int = 0) -> np.ndarray:
    """(240, 320) luma with detail of all sizes."""
    rng = np.random.default_rng(seed)
    layers = [
        cv2.resize(rng.random((HEIGHT // k, WIDTH // k)), (WIDTH, HEIGHT)) for k in (1, 4, 16)
    ]
    return np.asarray(60 + 100 * np.mean(layers, axis=0), np.uint8)


def picture(luma: np.ndarray, u: int = 110, v: int = 150, fmt: PixelFormat = YUV) -> Picture:
    half = (HEIGHT // 2, WIDTH // 2)
    chroma = tuple(np.full(half, c, luma.dtype) for c in (u, v))
    return Picture(planes=(luma, *chroma), format=fmt, index=0, pts=0)


def ellipse() -> np.ndarray:
    weight = np.zeros((BOX.height, BOX.width), np.float32)
    cv2.ellipse(weight, (60, 50), (45, 35), 0, 0, 360, 1.0, -1)
    return cv2.GaussianBlur(weight, (0, 0), 4)


def laid(luma: np.ndarray, by: float) -> np.ndarray:
    """`by` levels more under the ellipse."""
    out = luma.astype(np.float32)
    out[BOX.y0 : BOX.y1, BOX.x0 : BOX.x1] += by * ellipse()
    return np.clip(np.rint(out), 0, 255).astype(np.uint8)


def test_a_view_moves_with_the_eyes_and_shows_the_mouth_below_its_middle():
    to_view = face_view(FACE)
    mouth = to_view[:, :2] @ (160.0, 130.0) + to_view[:, 2]
    assert mouth[0] == pytest.approx(SIDE / 2, abs=5)
    assert SIDE / 2 < mouth[1] < 0.8 * SIDE
    angle = np.radians(20.0)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = FACE.copy()
    turned[:, :2] = FACE[:, :2] @ turn.T
    again = face_view(turned)
    np.testing.assert_allclose(
        again[:, :2] @ (turn @ (160.0, 130.0)) + again[:, 2], mouth, atol=1e-3
    )
    assert face_view(np.full((478, 3), np.nan, np.float32)) is None


def test_a_view_is_the_same_at_any_depth_and_scale():
    smooth = cv2.GaussianBlur(texture(), (0, 0), 6)
    seen = luma_view(picture(smooth), face_view(FACE)).astype(int)
    deep = picture(smooth.astype(np.uint16) * 4, fmt=TEN)
    assert np.abs(luma_view(deep, face_view(FACE)).astype(int) - seen).max() <= 1
    large = cv2.resize(smooth, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    quadruple = Picture(planes=(large, large, large), format=YUV, index=0, pts=0)
    assert np.abs(luma_view(quadruple, face_view(FACE * 4)).astype(int) - seen).mean() < 1.5


def test_blurring_the_mouth_lowers_sharpness_step_by_step():
    luma = texture()
    blurred = [luma] + [cv2.GaussianBlur(luma, (0, 0), sigma) for sigma in (0.5, 0.8, 1.2, 2, 3)]
    found = [sharpness(mouth_luma(picture(each), FACE)) for each in blurred]
    assert all(later < before for before, later in pairwise(found))
    assert found[-1] < 0.05 * found[0]


def test_sharpness_does_not_depend_on_contrast_or_depth():
    luma = texture()
    plain = sharpness(luma)
    assert sharpness(np.asarray(luma // 2 + 60, np.uint8)) == pytest.approx(plain, rel=0.05)
    assert sharpness(luma.astype(np.uint16) * 4, 10) == pytest.approx(plain, rel=0.01)


def test_the_mouth_is_looked_at_pixel_by_pixel_until_it_is_very_large():
    assert mouth_luma(picture(texture()), FACE).shape == (80, 100)
    large = np.zeros((2400, 3200), np.uint8)
    assert mouth_luma(picture(large), FACE * 10).shape == (200, 250)
    outside = FACE + np.array([500, 0, 0], np.float32)
    assert mouth_luma(picture(texture()), outside) is None


def test_motion_is_no_flicker_and_change_of_light_is():
    smooth = cv2.GaussianBlur(texture(), (0, 0), 2)[50:146, 50:146]
    moved = np.roll(cv2.GaussianBlur(texture(), (0, 0), 2), 2, axis=1)[50:146, 50:146]
    assert flicker(smooth, smooth) == 0.0
    assert movement(smooth, smooth) == 0.0
    assert movement(smooth, moved) > 1.5
    assert flicker(smooth, moved) < 0.35 * movement(smooth, moved)
    levels = [flicker(smooth, np.asarray(smooth + by, np.uint8)) for by in (2, 5, 10)]
    assert levels == sorted(levels)
    assert levels[-1] > 8


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [  # of the test data that Sharma, Wu and Dalal published
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, -1.0, 2.0), (50.0, 0.0, 0.0), 2.3669),
        ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0011), 7.2195),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_color_differences_are_those_that_were_published(one, other, expected):
    assert ciede2000(np.array(one), np.array(other)) == pytest.approx(expected, abs=1e-4)
    assert ciede2000(np.array(other), np.array(one)) == pytest.approx(expected, abs=1e-4)


def test_colors_are_those_of_the_standard():
    found = lab_of(np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.2, 0.4, 0.6]]))
    known = [[100, 0, 0], [53.24, 80.09, 67.20], [0, 0, 0], [42.01, -0.15, -32.85]]
    np.testing.assert_allclose(found, known, atol=0.06)


def test_a_drawn_seam_raises_gradient_and_color_step_by_step():
    luma = cv2.GaussianBlur(texture(), (0, 0), 2)
    view = SeamView((WIDTH, HEIGHT), BOX, ellipse())
    found = view.of(*(picture(laid(luma, by)) for by in (0, 10, 25, 60)))
    assert [each.gradient for each in found] == sorted(each.gradient for each in found)
    assert [each.color for each in found] == sorted(each.color for each in found)
    assert found[2].gradient > 1.5 * found[0].gradient
    assert found[2].color > found[0].color + 3


def test_a_seam_is_the_same_at_any_depth_and_in_grey():
    luma = laid(cv2.GaussianBlur(texture(), (0, 0), 2), 25)
    view = SeamView((WIDTH, HEIGHT), BOX, ellipse())
    plain = picture(luma)
    deep = Picture(
        planes=tuple(plane.astype(np.uint16) * 4 for plane in plain.planes),
        format=TEN,
        index=0,
        pts=0,
    )
    grey = Picture(planes=(luma,), format=YUV, index=0, pts=0)
    steps, same, colorless = view.of(plain, deep, grey)
    np.testing.assert_allclose(same, steps, rtol=0.02)
    assert colorless.gradient == steps.gradient
    assert colorless.color > 3


def test_where_nothing_shows_there_is_no_seam():
    nothing = SeamView((WIDTH, HEIGHT), BOX, np.zeros((BOX.height, BOX.width), np.float32))
    assert not nothing.is_there
    assert np.isnan(nothing.of(picture(texture()))[0]).all()


def test_a_patch_that_ends_at_the_picture_is_looked_at_as_well():
    box = Box(x0=0, y0=160, x1=319, y1=239)
    view = SeamView((WIDTH, HEIGHT), box, np.ones((79, 319), np.float32))
    assert view.is_there
    assert np.isfinite(view.of(picture(texture()))[0]).all()


def test_what_was_redrawn_is_found_by_how_it_differs():
    luma = cv2.GaussianBlur(texture(), (0, 0), 2)
    noise = np.random.default_rng(3).integers(-3, 4, luma.shape)
    noisy = np.clip(laid(luma, 30) + noise, 0, 255).astype(np.uint8)
    whole = Box(x0=40, y0=40, x1=300, y1=220)
    weight = changed_weight(picture(noisy), picture(luma), whole)
    true = np.zeros((HEIGHT, WIDTH), np.float32)
    true[BOX.y0 : BOX.y1, BOX.x0 : BOX.x1] = ellipse()
    true = true[40:220, 40:300] > 0.5
    assert (weight > 0.5)[true].mean() > 0.9
    assert (weight > 0.5)[~true].mean() < 0.1
    assert not changed_weight(picture(luma), picture(luma), whole).any()


def test_outside_of_the_mask_only_the_very_same_is_exact():
    luma, weight = texture(), ellipse()
    source, result = picture(luma), picture(laid(luma, 40))
    weight[laid(luma, 40)[90:190, 100:220] == luma[90:190, 100:220]] = 0.0
    assert outside_psnr(source, source, None) == inf
    assert outside_psnr(result, source, BOX, weight) == inf
    assert outside_psnr(result, source, BOX) == inf
    assert outside_psnr(result, source, None) < 40
    other = luma.copy()
    other[5, 5] += 1
    assert 60 < outside_psnr(picture(other), source, BOX, weight) < 120
    inside = luma.copy()
    inside[91, 101] += 1  # a corner of the box, where the weight is 0
    assert outside_psnr(picture(inside), source, BOX, weight) < 120
    chroma = replace(source, planes=(luma, source.planes[1] + 0, np.full_like(source.planes[2], 9)))
    assert outside_psnr(chroma, source, BOX, weight) < 40
