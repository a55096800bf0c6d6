"""The compositor: what has no weight stays the decoded source, what has weight moves as told."""

import numpy as np
import pytest

from latentsync_studio.core.engine import Patch
from latentsync_studio.core.picture import Box, Picture, PixelFormat
from latentsync_studio.core.settings.pages import ComposeSettings
from latentsync_studio.imaging.edges import feathered
from latentsync_studio.imaging.masked import Look, composite
from latentsync_studio.imaging.pixels import window_rgb
from tests.imaging.faces import plain_face

FORMATS = {
    "yuv420p": (8, 1, 1),
    "yuv422p": (8, 1, 0),
    "yuv444p": (8, 0, 0),
    "yuv420p10le": (10, 1, 1),
}
HEIGHT, WIDTH = 96, 128
CENTER = (64.0, 52.0)


def picture(name="yuv420p"):
    bits, sub_x, sub_y = FORMATS[name]
    rng = np.random.default_rng(5)
    kind = np.uint8 if bits == 8 else np.uint16
    scale = 1 << (bits - 8)
    planes = [(rng.integers(70, 150, (HEIGHT, WIDTH)) * scale).astype(kind)]
    small = (HEIGHT >> sub_y, WIDTH >> sub_x)
    slope = np.add.outer(np.arange(small[0]), np.arange(small[1])) * 20 // sum(small)
    planes += [((118 + slope) * scale).astype(kind), ((138 - slope) * scale).astype(kind)]
    for plane in planes:
        plane.flags.writeable = False
    layout = PixelFormat(
        name=name, bits=bits, sub_x=sub_x, sub_y=sub_y, matrix="bt709", full_range=False
    )
    return Picture(planes=tuple(planes), format=layout, index=0, pts=0)


def landmarks():
    return plain_face(CENTER, 48.0)


def look(usable=1.0, **settings):
    return Look(settings=ComposeSettings(**settings), usable=usable)


def patch(at=(30, 24), size=(60, 68), color=(200, 60, 60)):
    rows, columns = size
    pixels = np.full((rows, columns, 3), color, np.uint8)
    alpha = np.zeros((rows, columns), np.uint8)
    alpha[6:-6, 6:-6] = 255
    transform = np.array([[1.0, 0.0, at[0]], [0.0, 1.0, at[1]]])
    return Patch(frame=0, pixels=pixels, alpha=alpha, transform=transform)


@pytest.mark.parametrize("name", FORMATS)
def test_planes_outside_of_the_alpha_are_identical_to_the_source(name):
    before = picture(name)
    after = composite(before, patch(), landmarks(), look())
    touched = np.zeros((HEIGHT, WIDTH), bool)
    touched[30:78, 36:92] = True
    for plane, old in zip(after.planes, before.planes, strict=True):
        rows, columns = HEIGHT // plane.shape[0], WIDTH // plane.shape[1]
        sites = touched.reshape(plane.shape[0], rows, plane.shape[1], columns).any((1, 3))
        assert np.array_equal(plane[~sites], old[~sites])
        assert not np.array_equal(plane[sites], old[sites])


@pytest.mark.parametrize("name", FORMATS)
def test_full_weight_shows_the_patch(name):
    after = composite(picture(name), patch(), landmarks(), look())
    inside = window_rgb(after, Box(x0=44, y0=38, x1=84, y1=70)).astype(int)
    assert np.abs(inside - (200, 60, 60)).max() <= 3


def test_zero_strength_returns_the_same_picture():
    before = picture()
    assert composite(before, patch(), landmarks(), look(strength=0.0)) is before
    assert composite(before, patch(), landmarks(), look(usable=0.0)) is before


def test_half_strength_lies_half_way():
    before = picture("yuv444p")
    box = Box(x0=50, y0=40, x1=80, y1=66)
    start = window_rgb(before, box).astype(float)
    half = composite(before, patch(), landmarks(), look(strength=0.5))
    expected = (start + np.array([200, 60, 60])) / 2
    assert np.abs(window_rgb(half, box) - expected).max() <= 3


def test_a_patch_that_hangs_over_the_edge_is_clipped():
    before = picture()
    after = composite(before, patch(at=(-20, -30)), landmarks(), look())
    assert after is not before
    assert composite(before, patch(at=(500, 0)), landmarks(), look()) is before


def test_a_turned_patch_lands_where_its_transform_says():
    turned = patch(at=(0, 0), size=(40, 40))
    angle = np.radians(30)
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shift = np.array([64.0, 48.0]) - spin @ (20.0, 20.0)
    turned = Patch(frame=0, pixels=turned.pixels, alpha=turned.alpha, transform=np.c_[spin, shift])
    before = picture("yuv444p")
    after = composite(before, turned, landmarks(), look())
    middle = window_rgb(after, Box(x0=62, y0=46, x1=66, y1=50)).astype(int)
    assert np.abs(middle - (200, 60, 60)).max() <= 2
    changed = np.argwhere(after.planes[0] != before.planes[0])
    assert np.abs(changed - (48, 64)).max() <= 21


def test_feathering_softens_inwards_only():
    weight = np.zeros((60, 60), np.float32)
    weight[10:50, 10:50] = 1.0
    soft = feathered(weight, 6.0)
    assert np.all(soft <= weight)
    assert soft[30, 30] == pytest.approx(1.0, abs=1e-3)
    assert 0.0 < soft[30, 14] < 0.9


def test_color_match_pulls_skin_to_the_source():
    before = picture("yuv444p")
    box = Box(x0=40, y0=66, x1=88, y1=76)  # skin below the lips
    plain = composite(before, patch(color=(150, 110, 110)), landmarks(), look())
    matched = composite(before, patch(color=(150, 110, 110)), landmarks(), look(color_match=1.0))
    target = window_rgb(before, box).astype(float).mean((0, 1))
    far = np.abs(window_rgb(plain, box).astype(float).mean((0, 1)) - target).max()
    near = np.abs(window_rgb(matched, box).astype(float).mean((0, 1)) - target).max()
    assert near < 0.3 * far
