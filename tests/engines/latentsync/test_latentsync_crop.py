"""The square out of a picture's planes, and back into the frame."""

import numpy as np
import pytest

from latentsync_studio.core.engine import Patch
from latentsync_studio.core.picture import Box, Picture, PixelFormat
from latentsync_studio.core.settings.pages import ComposeSettings
from latentsync_studio.engines.latentsync.crop import align, patch_transform
from latentsync_studio.imaging.affine import applied, inverse
from latentsync_studio.imaging.color import from_rgb, levels
from latentsync_studio.imaging.masked import Look, composite
from latentsync_studio.imaging.pixels import window_rgb

HEIGHT, WIDTH = 240, 320
FORMATS = {
    "yuv420p": ("bt709", 8, 1, 1, False),
    "yuv444p10le": ("bt601", 10, 0, 0, True),
    "gbrp": ("rgb", 8, 0, 0, True),
}


def waves(x, y):
    """Smooth colors, (..., 3) 40..215."""
    red = 128 + 60 * np.sin(x / 14) + 25 * np.cos(y / 23)
    green = 120 + 50 * np.cos((x + y) / 25)
    blue = 130 + 40 * np.sin(y / 19 - x / 40)
    return np.stack([red, green, blue], axis=-1)


def picture(name):
    """The waves, exact at the middle of every pixel; chroma averaged over its site."""
    matrix, bits, sub_x, sub_y, full = FORMATS[name]
    fmt = PixelFormat(
        name=name, bits=bits, sub_x=sub_x, sub_y=sub_y, matrix=matrix, full_range=full
    )
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    lev = levels(fmt)
    offset = np.array([lev.black, lev.neutral, lev.neutral]) if matrix != "rgb" else lev.black
    samples = waves(x, y) @ from_rgb(fmt).T + offset
    planes = []
    for k in range(3):
        plane = samples[..., k]
        if k:
            plane = plane.reshape(HEIGHT >> sub_y, 1 << sub_y, WIDTH >> sub_x, 1 << sub_x)
            plane = plane.mean((1, 3))
        planes.append(np.rint(plane).astype(np.uint8 if bits == 8 else np.uint16))
        planes[-1].flags.writeable = False
    return Picture(planes=tuple(planes), format=fmt, index=3, pts=3)


def square_at(center, scale, degrees, resolution=96):
    angle = np.radians(degrees)
    part = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    part = part * [[1.2], [0.9]]  # the model's square is stretched
    return np.column_stack([part, np.full(2, resolution / 2) - part @ np.array(center)])


@pytest.mark.parametrize("name", FORMATS)
def test_every_pixel_of_the_square_has_the_color_of_its_place(name):
    there = square_at((160.3, 121.8), 0.9, 12)
    square = align(picture(name), there, 96)
    y, x = np.mgrid[0:96, 0:96] + 0.5
    places = applied(inverse(there), np.stack([x, y], axis=-1))
    error = square - waves(places[..., 0], places[..., 1])
    assert np.abs(error).max() < 3.5
    assert np.abs(error.mean((0, 1))).max() < 0.4
    assert (square.shape, square.dtype) == ((96, 96, 3), np.uint8)
    assert not square.flags.writeable


@pytest.mark.parametrize("name", ["yuv444p10le", "gbrp"])
def test_an_upright_square_of_the_picture_s_own_size_is_not_resampled_at_all(name):
    source = picture(name)
    square = align(source, np.array([[1.0, 0, -40], [0, 1, -60]]), 96)
    own = window_rgb(source, Box(x0=40, y0=60, x1=136, y1=156))
    assert np.abs(square.astype(int) - own).max() <= 1


def test_a_picture_without_color_gives_grey():
    fmt = PixelFormat(name="gray", bits=8, sub_x=0, sub_y=0, matrix="bt709", full_range=True)
    plane = np.full((50, 50), 90, np.uint8)
    grey = Picture(planes=(plane,), format=fmt, index=0, pts=0)
    square = align(grey, square_at((25, 25), 4, 5), 96)
    assert (square[30:60, 30:60] == 90).all()


@pytest.mark.parametrize("name", FORMATS)
def test_beyond_the_picture_lies_middle_grey(name):
    square = align(picture(name), square_at((0, 0), 0.8, 0), 96)
    assert np.abs(square[:40, :40].astype(int) - 127).max() <= 1
    gone = align(picture(name), square_at((-900, 90), 0.8, 0), 96)
    assert np.abs(gone.astype(int) - 127).max() <= 1


@pytest.mark.parametrize("scale", [0.55, 1.0, 2.1])
def test_a_square_put_back_untouched_lands_on_itself(scale):
    source = picture("yuv420p")
    there = square_at((158.4, 119.7), scale, -9)
    square = align(source, there, 96)
    alpha = np.zeros((96, 96), np.uint8)
    alpha[2:-2, 2:-2] = 255
    patch = Patch(frame=0, pixels=square, alpha=alpha, transform=patch_transform(there))
    after = composite(
        source, patch, np.zeros((478, 3), np.float32), Look(settings=ComposeSettings())
    )
    for plane, old in zip(after.planes, source.planes, strict=True):
        error = plane.astype(float) - old
        assert abs(error[error != 0].mean()) < 0.35 if error.any() else True
        assert np.abs(error).max() <= 4
