"""Pictures of other sizes and formats in a frame."""

import numpy as np
import pytest

from latentsync_studio.core.picture import Box, Picture, PixelFormat
from latentsync_studio.imaging.fit import (
    black_picture,
    conformed,
    fitted_box,
    mixed_pictures,
    placed_rgb,
)
from latentsync_studio.imaging.pixels import window_rgb


def fmt(name="yuv420p", bits=8, sub=(1, 1), matrix="bt709", *, full=False):
    return PixelFormat(
        name=name, bits=bits, sub_x=sub[0], sub_y=sub[1], matrix=matrix, full_range=full
    )


FORMATS = [
    fmt(),
    fmt(matrix="bt601"),
    fmt("yuv422p10le", 10, (1, 0)),
    fmt("yuv444p", sub=(0, 0), full=True),
    fmt("yuv420p12le", 12, matrix="bt2020"),
    fmt("gbrp", sub=(0, 0), matrix="rgb", full=True),
]
RGB = fmt("gbrp", sub=(0, 0), matrix="rgb", full=True)


def colored(size, color):
    planes = tuple(np.full((size[1], size[0]), value, np.uint8) for value in color)
    return Picture(planes=planes, format=RGB, index=7, pts=3)


def rgb(picture):
    return window_rgb(picture, Box(x0=0, y0=0, x1=picture.width, y1=picture.height))


@pytest.mark.parametrize("target", FORMATS, ids=lambda f: f"{f.name}-{f.matrix}")
@pytest.mark.parametrize("source", FORMATS, ids=lambda f: f"{f.name}-{f.matrix}")
def test_colors_survive_every_change_of_format(source, target):
    for color in ((200, 30, 60), (10, 180, 90), (128, 128, 128), (255, 255, 255), (0, 0, 0)):
        first = conformed(colored((32, 16), color), source, (32, 16))
        second = conformed(first, target, (32, 16))
        assert second.format == target
        assert np.abs(rgb(second).astype(int) - color).max() <= 3


def test_what_fits_already_is_the_same_object():
    picture = conformed(colored((32, 16), (9, 90, 200)), fmt(), (32, 16))
    assert conformed(picture, fmt(), (32, 16)) is picture
    image = np.zeros((16, 32, 3), np.uint8)
    assert placed_rgb(image, Box(x0=0, y0=0, x1=32, y1=16), (32, 16)) is image


@pytest.mark.parametrize(
    ("size", "frame", "aspect", "box"),
    [
        ((100, 100), (200, 100), 1.0, (50, 0, 150, 100)),
        ((100, 100), (100, 200), 1.0, (0, 50, 100, 150)),
        ((640, 360), (1920, 1080), 1.0, (0, 0, 1920, 1080)),
        ((720, 576), (1024, 576), 64 / 45, (0, 0, 1024, 576)),
        ((1080, 1920), (1920, 1080), 1.0, (656, 0, 1264, 1080)),
        ((4, 1000), (100, 100), 1.0, (48, 0, 50, 100)),
    ],
)
def test_it_lies_in_the_middle_as_large_as_fits(size, frame, aspect, box):
    found = fitted_box(size, frame, aspect)
    assert (found.x0, found.y0, found.x1, found.y1) == box


def test_around_it_is_black_in_every_plane():
    picture = conformed(colored((20, 20), (200, 30, 60)), fmt(), (60, 20))
    assert not rgb(picture)[:, :18].any()
    assert not rgb(picture)[:, 42:].any()
    assert np.abs(rgb(picture)[4:16, 24:36].astype(int) - (200, 30, 60)).max() <= 3
    assert (picture.index, picture.pts) == (7, 3)


def test_odd_sizes_and_deep_samples_work():
    picture = conformed(colored((33, 17), (200, 30, 60)), fmt("yuv420p10le", 10), (51, 31))
    assert [plane.shape for plane in picture.planes] == [(31, 51), (16, 26), (16, 26)]
    assert {plane.dtype for plane in picture.planes} == {np.dtype(np.uint16)}


def test_black_is_black_and_a_mix_lies_between():
    for target in FORMATS:
        black = black_picture(target, (20, 10))
        assert not rgb(black).any()
        white = conformed(colored((20, 10), (255, 255, 255)), target, (20, 10))
        middle = rgb(mixed_pictures(black, white, 0.25))
        assert np.abs(middle.astype(int) - 64).max() <= 2
