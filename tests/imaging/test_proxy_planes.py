"""Small pictures: RGB at any size, and 8-bit 4:2:0 with the same meaning."""

import numpy as np
import pytest

from latentsync_studio.core.picture import Box, Picture, PixelFormat
from latentsync_studio.imaging.color import from_rgb, levels
from latentsync_studio.imaging.pixels import sized_picture, sized_rgb, window_rgb
from latentsync_studio.imaging.proxy_planes import proxy_format, proxy_planes

ORANGE = np.array([200.0, 120.0, 40.0])


def flat(matrix, bits=8, *, full=False, sub=(1, 1), planes=3):
    """A picture of 60 x 40 px of one color."""
    fmt = PixelFormat(
        name="test", bits=bits, sub_x=sub[0], sub_y=sub[1], matrix=matrix, full_range=full
    )
    lev = levels(fmt)
    offset = lev.black if matrix == "rgb" else np.array([lev.black, lev.neutral, lev.neutral])
    values = np.rint(from_rgb(fmt) @ ORANGE + offset).astype(int)
    kind = np.uint8 if bits == 8 else np.uint16
    sizes = [(40, 60)] + [(40 >> sub[1], 60 >> sub[0])] * 2 + [(40, 60)]
    made = [np.full(size, v, kind) for size, v in zip(sizes, [*values, 0], strict=True)]
    return Picture(planes=tuple(made[:planes]), format=fmt, index=0, pts=0)


FORMATS = [
    flat("bt709"),
    flat("bt601", full=True),
    flat("bt2020", 10),
    flat("bt709", 12, sub=(1, 0)),
    flat("bt709", sub=(0, 0)),
    flat("rgb", full=True, sub=(0, 0)),
    flat("rgb", 16, full=True, sub=(0, 0)),
    flat("rgb", full=True, sub=(0, 0), planes=4),
]


@pytest.mark.parametrize("picture", FORMATS)
def test_a_small_picture_has_the_color_of_the_large_one(picture):
    for size in [(30, 20), (60, 40), (17, 11), (90, 60), (1, 1)]:
        rgb = sized_rgb(picture, *size)
        assert rgb.shape == (size[1], size[0], 3)
        assert np.abs(rgb.astype(float) - ORANGE).max() <= 2.5


@pytest.mark.parametrize("picture", FORMATS)
def test_proxy_planes_mean_the_same_color(picture):
    planes = proxy_planes(picture, 30, 20)
    assert [plane.shape for plane in planes] == [(20, 30), (10, 15), (10, 15)]
    assert {plane.dtype for plane in planes} == {np.dtype(np.uint8)}
    small = Picture(planes=planes, format=proxy_format(picture.format), index=0, pts=0)
    assert np.abs(sized_rgb(small, 30, 20).astype(float) - ORANGE).max() <= 4


def test_a_grey_picture_becomes_one_with_neutral_color():
    grey = Picture(
        planes=(np.full((40, 60), 90, np.uint8),),
        format=PixelFormat(name="gray", bits=8, sub_x=0, sub_y=0, matrix="bt709", full_range=True),
        index=0,
        pts=0,
    )
    planes = proxy_planes(grey, 30, 20)
    assert [int(p.min()) for p in planes] == [int(p.max()) for p in planes] == [90, 128, 128]
    rgb = sized_rgb(grey, 30, 20)
    assert np.abs(rgb.astype(int) - 90).max() <= 1


def test_the_brightest_deep_samples_do_not_overflow():
    fmt = PixelFormat(
        name="yuv420p10le", bits=10, sub_x=1, sub_y=1, matrix="bt709", full_range=False
    )
    sizes = (40, 60), (20, 30), (20, 30)
    white = Picture(
        planes=tuple(np.full(size, 1023, np.uint16) for size in sizes), format=fmt, index=0, pts=0
    )
    assert all(int(plane.min()) == 255 for plane in proxy_planes(white, 60, 40))


@pytest.mark.parametrize("picture", FORMATS)
def test_a_sized_picture_means_the_same_color_and_has_chroma_for_every_pixel(picture):
    for width, height in ((30, 20), (17, 11), (60, 40)):
        small = sized_picture(picture, width, height)
        assert {plane.shape for plane in small.planes} == {(height, width)}
        assert (small.format.sub_x, small.format.sub_y, len(small.planes)) == (0, 0, 3)
        rgb = window_rgb(small, Box(x0=0, y0=0, x1=width, y1=height))
        assert np.abs(rgb.astype(float) - ORANGE).max() <= 2.5
        assert not any(plane.flags.writeable for plane in small.planes)
