"""Every setting of the look changes something, and only where it should."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from latentsync_studio.core.engine import Patch
from latentsync_studio.core.picture import Box, Picture, PixelFormat
from latentsync_studio.core.settings.fields import describe
from latentsync_studio.core.settings.pages import ComposeSettings
from latentsync_studio.imaging.finish import noise_level
from latentsync_studio.imaging.masked import Look, composite, shown_weight
from latentsync_studio.imaging.regions import REGIONS, Regions
from tests.imaging.faces import plain_face

WIDTH, HEIGHT = 240, 240
CENTER, EYES = (120.0, 120.0), 100.0
FACE = plain_face(CENTER, EYES)
AT, SIDE = (24, 20), 190  # the patch
FORMATS = {
    f"{name}{bits}": (f"{name}p" + ("" if bits == 8 else "10le"), bits, *subsampling)
    for name, subsampling in (("yuv420", (1, 1)), ("yuv422", (1, 0)), ("yuv444", (0, 0)))
    for bits in (8, 10)
}


def picture(kind="yuv4448"):
    """Skin with the noise of a camera."""
    name, bits, sub_x, sub_y = FORMATS[kind]
    rng, scale = np.random.default_rng(3), 1 << (bits - 8)
    dtype = np.uint8 if bits == 8 else np.uint16
    luma = 130 + 20 * np.sin(np.arange(WIDTH) / 40) + rng.normal(0, 4, (HEIGHT, WIDTH))
    planes = [np.rint(luma * scale).astype(dtype)]
    small = (HEIGHT >> sub_y, WIDTH >> sub_x)
    planes += [np.full(small, level * scale, dtype) for level in (110, 150)]
    for plane in planes:
        plane.flags.writeable = False
    fmt = PixelFormat(
        name=name, bits=bits, sub_x=sub_x, sub_y=sub_y, matrix="bt709", full_range=False
    )
    return Picture(planes=tuple(planes), format=fmt, index=4, pts=4)


def patch():
    """Another mouth in a soft oval: smooth skin of another color, with a few edges."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    waves = 14 * np.sin(rows / 9) * np.sin(columns / 7) + 6 * np.sin(columns / 1.3)
    pixels = np.stack([level + waves for level in (190, 115, 100)], axis=-1)
    alpha = np.zeros((SIDE, SIDE), np.uint8)
    cv2.ellipse(alpha, (SIDE // 2, SIDE // 2), (72, 76), 0, 0, 360, 255, cv2.FILLED)
    alpha = cv2.GaussianBlur(alpha, (0, 0), 4)
    transform = np.array([[1.0, 0.0, AT[0]], [0.0, 1.0, AT[1]]])
    return Patch(frame=0, pixels=pixels.astype(np.uint8), alpha=alpha, transform=transform)


def composed(kind="yuv4448", **settings):
    return composite(picture(kind), patch(), FACE, Look(settings=ComposeSettings(**settings)))


def alpha_map():
    whole = np.zeros((HEIGHT, WIDTH), np.float32)
    whole[AT[1] : AT[1] + SIDE, AT[0] : AT[0] + SIDE] = patch().alpha / 255
    return whole


def region(*names):
    """(H, W) of some regions, where the patch lies."""
    whole = np.zeros((HEIGHT, WIDTH), np.float32)
    box = Box(x0=AT[0], y0=AT[1], x1=AT[0] + SIDE, y1=AT[1] + SIDE)
    whole[box.y0 : box.y1, box.x0 : box.x1] = Regions(box, FACE).of(names)
    return whole


def within(px):
    """How near a pixel is to the edge of the patch's mask: 1 within `px`."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * px + 1, 2 * px + 1))
    alpha = alpha_map()
    return ((cv2.dilate(alpha, kernel) > 0.01) & (cv2.erode(alpha, kernel) < 0.99)).astype(float)


# setting -> a value other than the default, and where it may change something
CASES = {
    "strength": (0.5, alpha_map),
    **{name: (0.3, lambda name=name: region(name) * (alpha_map() > 0)) for name in REGIONS},
    "grow": (7.0, lambda: within(9)),
    "feather": (12.0, lambda: within(36)),
    "color_match": (1.0, alpha_map),
    "detail": (1.0, lambda: alpha_map() * (1 - region("lips", "mouth"))),
    "sharpen": (1.0, lambda: alpha_map() * region("lips", "mouth")),
    "grain": (1.0, alpha_map),
}


def test_all_settings_of_the_look_are_tried_here():
    assert set(CASES) == {field.name for field in describe(ComposeSettings)}


@pytest.mark.parametrize("name", CASES)
def test_a_setting_has_an_effect_and_only_where_it_should(name):
    value, where = CASES[name]
    usual, changed = composed(), composed(**{name: value})
    place = where()
    luma = np.abs(changed.planes[0].astype(int) - usual.planes[0])
    chroma = [np.abs(a.astype(int) - b) for a, b in zip(changed.planes, usual.planes, strict=True)]
    difference = np.maximum.reduce(chroma)
    assert difference[place > 0.9].mean() > 0.8, "no effect"
    assert difference[place == 0].max() == 0, "an effect elsewhere"
    assert difference[place < 0.004].max() <= 1, "an effect elsewhere"
    assert luma.max() > 2


def test_shrinking_takes_the_edge_in():
    small, usual = composed(grow=-8.0), composed()
    differs = small.planes[0] != usual.planes[0]
    assert differs.any()
    assert not differs[within(10) == 0].any()
    source = picture().planes[0]
    assert (small.planes[0] != source).sum() < (usual.planes[0] != source).sum()


@pytest.mark.parametrize("kind", FORMATS)
def test_outside_of_the_mask_every_plane_is_the_decoded_source(kind):
    before = picture(kind)
    everything = {
        "feather": 3.0, "grow": 5.0, "color_match": 0.5, "detail": 1.0, "sharpen": 1.0,
        "grain": 1.0, "jaw": 0.5, "lips": 0.8, "strength": 0.9,
    }  # fmt: skip
    look = Look(settings=ComposeSettings(**everything))
    after = composite(before, patch(), FACE, look)
    box, weight = shown_weight((WIDTH, HEIGHT), patch(), FACE, look)
    touched = np.zeros((HEIGHT, WIDTH), bool)
    touched[box.y0 : box.y1, box.x0 : box.x1] = weight > 0
    assert touched.mean() > 0.2
    for plane, old in zip(after.planes, before.planes, strict=True):
        rows, columns = HEIGHT // plane.shape[0], WIDTH // plane.shape[1]
        sites = touched.reshape(plane.shape[0], rows, plane.shape[1], columns).any((1, 3))
        assert np.array_equal(plane[~sites], old[~sites])
        assert not np.array_equal(plane[sites], old[sites])


def test_a_grown_mask_comes_to_nothing_before_the_patch_ends():
    look = Look(settings=ComposeSettings(grow=64.0))
    _, weight = shown_weight((WIDTH, HEIGHT), patch(), FACE, look)
    assert max(weight[0].max(), weight[-1].max(), weight[:, 0].max(), weight[:, -1].max()) == 0
    assert weight[SIDE // 2, 8] > 0.9


def test_grain_is_the_same_for_a_frame_and_another_for_the_next():
    assert np.array_equal(composed(grain=1.0).planes[0], composed(grain=1.0).planes[0])
    look = Look(settings=ComposeSettings(grain=1.0))
    still = picture()
    first, second = (
        composite(replace(still, index=n), patch(), FACE, look).planes[0] for n in (4, 5)
    )
    assert not np.array_equal(first, second)


def test_grain_brings_the_noise_of_the_patch_to_that_of_the_source():
    where = np.zeros((HEIGHT, WIDTH), bool)
    where[160:180, 70:170] = True
    source = noise_level(picture().planes[0], where)
    plain = noise_level(composed().planes[0], where)
    matched = noise_level(composed(grain=1.0).planes[0], where)
    assert plain < 0.3 * source
    assert matched == pytest.approx(source, rel=0.35)


def test_protection_scales_the_patch_and_at_zero_nothing_is_touched():
    look = Look(settings=ComposeSettings(), usable=0.0)
    before = picture()
    assert composite(before, patch(), FACE, look) is before
    full, half = (
        composed(),
        composite(before, patch(), FACE, Look(settings=ComposeSettings(), usable=0.5)),
    )
    expected = (before.planes[0].astype(float) + full.planes[0]) / 2
    assert np.abs(half.planes[0] - expected).max() <= 1.5
