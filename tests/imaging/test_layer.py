from dataclasses import replace

import numpy as np
import pytest

from latentsync_studio.core.picture import Picture
from latentsync_studio.imaging.fit import conformed
from latentsync_studio.imaging.layer import coverage, layer_of, matte_of
from tests.media.movies import pixel_format


def pair(name, size=(40, 48), full_range=False):
    """A picture of noise, and the same with a soft blob changed, in luma and chroma alike."""
    fmt = pixel_format(name, full_range=full_range)
    rng = np.random.default_rng(5)
    kind = np.uint8 if fmt.bits == 8 else np.uint16
    planes, changed = [], []
    for number in range(1 if name.startswith("gray") else 3):
        sub = (fmt.sub_y, fmt.sub_x) if number else (0, 0)
        rows, columns = (-(-side >> by) for side, by in zip(size, sub, strict=True))
        plane = rng.integers(40, 200, (rows, columns)).astype(kind) << (fmt.bits - 8)
        y, x = np.mgrid[:rows, :columns] / np.array([rows, columns])[:, None, None]
        weight = np.clip(1.3 - ((x - 0.5) ** 2 + (y - 0.6) ** 2) * 30, 0, 1)
        planes.append(plane)
        changed.append(np.rint(plane + weight * 17).astype(kind))
    source = Picture(planes=tuple(planes), format=fmt, index=0, pts=0)
    return source, replace(source, planes=tuple(changed))


def laid_over(source, layer):
    """Planes that a host shows: the layer's where its alpha is 1, else the source's."""
    covered, shown = layer.planes[-1] > 0, []
    for below, above in zip(source.planes, layer.planes[:-1], strict=True):
        rows, columns = below.shape
        y, x = (-(-whole // part) for whole, part in zip(covered.shape, below.shape, strict=True))
        ends = (0, rows * y - covered.shape[0]), (0, columns * x - covered.shape[1])
        sites = np.pad(covered, ends).reshape(rows, y, columns, x).any(axis=(1, 3))
        shown.append(np.where(sites, above, below))
    return shown


FORMATS = ["yuv420p", "yuv422p10le", "yuv444p", "gray", "gbrp", "yuv411p", "yuv420p12le"]


@pytest.mark.parametrize("size", [(40, 48), (39, 47)])
@pytest.mark.parametrize("name", FORMATS)
def test_over_its_source_the_layer_is_the_composed_picture(name, size):
    source, composed = pair(name, size)
    layer = layer_of(source, composed)
    shown = laid_over(source, layer)
    for mine, wanted in zip(shown, composed.planes, strict=True):
        np.testing.assert_array_equal(mine, wanted)
    assert set(np.unique(layer.planes[-1])) == {0, (1 << source.format.bits) - 1}
    assert layer.planes[-1].mean() < 0.6 * layer.planes[-1].max()


@pytest.mark.parametrize("name", ["yuv420p", "gbrp", "yuv420p12le"])
def test_straight_and_premultiplied_are_the_same(name):
    source, composed = pair(name)
    layer = layer_of(source, composed)
    top = (1 << source.format.bits) - 1
    alpha = layer.planes[-1] / top
    luma, black = layer.planes[0], 0 if name == "gbrp" else 16 << (source.format.bits - 8)
    premultiplied = luma.astype(float) - black
    np.testing.assert_array_equal((luma.astype(float) - black) * alpha, premultiplied)


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("yuv420p", "gbrap16le"),
        ("yuv411p", "gbrap16le"),
        ("yuv422p10le", "gbrap16le"),
        ("gray", "gbrap16le"),
        ("gbrp", "yuva444p10le"),
        ("yuv444p", "yuva420p"),
        ("gbrp", "yuva420p"),
    ],
)
def test_in_other_colors_nothing_mixes_with_the_black_around(name, stored):
    source, composed = pair(name)
    fmt = pixel_format(stored.replace("gbra", "gbr").replace("yuva", "yuv"))
    layer = layer_of(source, composed, fmt)
    if (name, stored) != ("yuv444p", "yuva420p"):  # the same colors: sites are averaged later
        assert layer.format == fmt
        size = composed.width, composed.height
        below, wanted = conformed(source, fmt, size), conformed(composed, fmt, size)
        shown = laid_over(below, layer)
        for mine, full in zip(shown, wanted.planes, strict=True):
            np.testing.assert_array_equal(mine, full)
    covered = layer.planes[-1] > 0
    assert covered.any()
    rows, columns = (side // 2 for side in covered.shape)
    sites = covered.reshape(rows, 2, columns, 2).sum(axis=(1, 3))
    if fmt.sub_x and fmt.sub_y:
        assert set(np.unique(sites)) == {0, 4}


def test_where_nothing_changes_the_layer_is_clear():
    source, _ = pair("yuv420p")
    layer = layer_of(source, source)
    assert not layer.planes[-1].any()
    assert set(np.unique(layer.planes[0])) == {16}
    assert set(np.unique(layer.planes[1])) == {128}
    same = replace(source, planes=tuple(plane.copy() for plane in source.planes))
    assert not coverage(source, same).any()


def test_holes_are_covered_and_sites_are_whole():
    source, _ = pair("yuv420p")
    luma = source.planes[0].copy()
    luma[10:21, 10:21] += 9
    luma[14:16, 14:16] -= 9  # as it was
    covered = coverage(source, replace(source, planes=(luma, *source.planes[1:])))
    assert covered[8:24, 8:24].all()  # and a site around
    assert covered.sum() == 16 * 16


@pytest.mark.parametrize("name", ["yuv422p10le", "gbrp"])
def test_the_matte_is_white_where_the_layer_covers(name):
    source, composed = pair(name)
    matte, covered = matte_of(source, composed), coverage(source, composed)
    white = 235 * 4 if name.startswith("yuv") else 255
    np.testing.assert_array_equal(matte.planes[0] == white, covered)
    assert len(matte.planes) == 3
