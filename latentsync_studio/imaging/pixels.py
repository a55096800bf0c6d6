"""Between a picture's own planes and RGB: windows, small copies, and differences put back.

Chroma samples are taken to sit in the middle of the luma samples they cover, in both directions,
so that a difference that is read, changed and written back lands where it came from.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import cv2
import msgspec
import numpy as np

from latentsync_studio.core.arrays import frozen
from latentsync_studio.core.errors import InputError
from latentsync_studio.imaging.color import from_rgb, levels, to_rgb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.arrays import F32, F64, Plane, Rgb8
    from latentsync_studio.core.picture import Box, Copies, Picture, PixelFormat


def window_rgb(picture: Picture, box: Box) -> Rgb8:
    """RGB of a part of a picture.

    Args:
        picture: any format of core.picture; alpha is ignored.
        box: rectangle in pixels, any alignment, inside the picture.

    Returns:
        u8 (box.height, box.width, 3), read-only, equal to that part of the whole picture's RGB.

    Raises:
        InputError: the box does not lie inside the picture.
    """
    _check_inside(picture, box)
    fmt = picture.format
    luma = picture.planes[0][box.y0 : box.y1, box.x0 : box.x1]
    if len(picture.planes) < 3:
        return _to_rgb8([luma, *_neutral(fmt, luma)], fmt)
    if fmt.sub_x == 0 and fmt.sub_y == 0:
        others = [p[box.y0 : box.y1, box.x0 : box.x1] for p in picture.planes[1:3]]
        return _to_rgb8([luma, *others], fmt)
    others = [_chroma_window(p, box, fmt) for p in picture.planes[1:3]]
    return _to_rgb8([_finer(luma), *others], fmt, _finer_bits(luma))


def shrunk_rgb(picture: Picture, long_side: int) -> tuple[Rgb8, float]:
    """The whole picture in RGB, area-averaged so that its long side is at most `long_side`.

    Returns:
        u8 (h, w, 3), read-only, and shrunk pixels per source pixel, 0..1 (never enlarged).

    Raises:
        InputError: `long_side` is less than one pixel.
    """
    if long_side < 1:
        raise InputError(
            f"A picture cannot be shrunk to {long_side} pixels.", remedy="Ask for 1 or more."
        )
    longest = max(picture.width, picture.height)
    scale = min(1.0, long_side / longest)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    fmt = picture.format
    planes = [resized(p, size) for p in picture.planes[: 3 if len(picture.planes) >= 3 else 1]]
    if len(planes) == 1:
        planes += _neutral(fmt, planes[0])
    return _to_rgb8(planes, fmt), scale


def sized_rgb(picture: Picture, width: int, height: int) -> Rgb8:
    """The whole picture in RGB at another size, area-averaged where it shrinks.

    Args:
        picture: any format of core.picture; alpha is ignored.
        width: px, at least 1.
        height: px, at least 1.

    Returns:
        u8 (height, width, 3), read-only.
    """
    planes = [resized(p, (width, height)) for p in picture.planes[:3]]
    if len(planes) < 3:  # grey, with or without alpha
        planes = [planes[0], *_neutral(picture.format, planes[0])]
    return _to_rgb8(planes, picture.format)


def sized_picture(picture: Picture, width: int, height: int) -> Picture:
    """The whole picture at another size, with chroma for every pixel and without alpha.

    Args:
        picture: any format of core.picture.
        width: px, at least 1.
        height: px, at least 1.

    For looking: it is halved as often as that goes and interpolated for the rest, which takes a
    tenth of the time that area means do.
    """
    fmt = picture.format
    name = re.sub(r"yuva?4\d\d", "yuv444", fmt.name).replace("gbra", "gbr")
    colors = picture.planes[: 3 if len(picture.planes) >= 3 else 1]
    planes = tuple(_halved(plane, (width, height)) for plane in colors)
    return replace(
        picture,
        planes=planes,
        format=msgspec.structs.replace(fmt, name=name, sub_x=0, sub_y=0),
    )


def with_delta(picture: Picture, box: Box, delta: F32, copies: Copies | None = None) -> Picture:
    """Add a difference given in RGB to a picture, in the picture's own planes and depth.

    Luma is changed sample by sample, chroma by the mean over the luma samples of its site.
    Where the difference is zero (for chroma: at all samples of its site) nothing changes, not
    even a sample that lies outside the legal range; a changed sample never goes further out of
    the legal range than it already was.

    Args:
        picture: any format of core.picture; alpha is kept.
        box: rectangle in pixels, any alignment, inside the picture.
        delta: f32 (box.height, box.width, 3), difference of RGB in units of 8 bits, -255..255.
        copies: where the new planes are put.

    Returns:
        A picture whose planes are new; untouched planes are shared with the source.

    Raises:
        InputError: the box does not lie inside the picture, or sizes differ.
    """
    _check_inside(picture, box)
    if delta.shape != (box.height, box.width, 3):
        raise InputError(
            f"A difference of shape {delta.shape} does not fit a box of "
            f"{box.width}x{box.height} pixels.",
            remedy="Hand over an array of shape (height, width, 3).",
        )
    fmt, weights, lev = picture.format, from_rgb(picture.format), levels(picture.format)
    planes = list(picture.planes)
    inside = (slice(box.y0, box.y1), slice(box.x0, box.x1))
    legal = (lev.black, lev.white)
    if fmt.matrix == "rgb":
        changes = cv2.split(delta * np.float32(weights[0, 0]))
        planes[:3] = [
            _added(p, inside, cast("F32", c), legal)
            for p, c in zip(planes[:3], changes, strict=True)
        ]
        return replace(picture, planes=tuple(planes))
    places = copies.planes(picture) if copies is not None and len(planes) == 3 else None
    into: Sequence[Plane | None] = places if places is not None else (None, None, None)
    planes[0] = _added(planes[0], inside, _weighted(delta, weights[0]), legal, into[0])
    if len(planes) >= 3:
        site, mean = _site_means(picture, box, delta)
        legal = (lev.chroma_low, lev.chroma_high)
        for k in (1, 2):
            planes[k] = _added(planes[k], site, _weighted(mean, weights[k]), legal, into[k])
    return replace(picture, planes=tuple(planes))


def _check_inside(picture: Picture, box: Box) -> None:
    if box.clipped(picture.width, picture.height) != box:
        raise InputError(
            f"The box {box.x0},{box.y0}..{box.x1},{box.y1} does not lie inside a picture of "
            f"{picture.width}x{picture.height} pixels.",
            remedy="Clip the box to the picture first.",
        )


def _finer_bits(plane: Plane) -> int:
    """Bits to add before interpolating: a rounding of 8-bit chroma costs a whole step of blue."""
    return 6 if plane.dtype == np.uint8 else 0


def _finer(plane: Plane) -> Plane:
    bits = _finer_bits(plane)
    return np.left_shift(plane, bits, dtype=np.uint16) if bits else plane


def _to_rgb8(planes: Sequence[Plane], fmt: PixelFormat, extra_bits: int = 0) -> Rgb8:
    """Merge three planes of one size and convert them; the result is read-only."""
    merged = cv2.merge([np.ascontiguousarray(p) for p in planes])
    matrix = to_rgb(fmt)
    if extra_bits:
        matrix = matrix * [0.5**extra_bits, 0.5**extra_bits, 0.5**extra_bits, 1.0]
    rgb = cv2.transform(merged, matrix)
    if rgb.dtype != np.uint8:
        rgb = cv2.convertScaleAbs(rgb)  # saturates
    rgb.flags.writeable = False
    return cast("Rgb8", rgb)


def _neutral(fmt: PixelFormat, luma: Plane) -> list[Plane]:
    """Two planes of grey chroma for a picture that has luma only."""
    return [np.full_like(luma, levels(fmt).neutral)] * 2


def _chroma_window(plane: Plane, box: Box, fmt: PixelFormat) -> Plane:
    """The part of a subsampled plane under `box`, interpolated to luma resolution.

    One more sample on each side makes it equal to that part of the whole interpolated plane.
    """
    step_x, step_y = 1 << fmt.sub_x, 1 << fmt.sub_y
    rows, cols = plane.shape
    x0 = max(0, box.x0 // step_x - 1)
    y0 = max(0, box.y0 // step_y - 1)
    x1 = min(cols, -(-box.x1 // step_x) + 1)
    y1 = min(rows, -(-box.y1 // step_y) + 1)
    size = ((x1 - x0) * step_x, (y1 - y0) * step_y)
    large = cv2.resize(_finer(plane[y0:y1, x0:x1]), size, interpolation=cv2.INTER_LINEAR)
    left, top = box.x0 - x0 * step_x, box.y0 - y0 * step_y
    return cast("Plane", large[top : top + box.height, left : left + box.width])


def resized(plane: Plane, size: tuple[int, int]) -> Plane:
    """A plane at `size` (width, height): area mean when it shrinks, linear when it grows.

    Whole ratios are fast; for others, halving first is ten times faster than one step.
    """
    rows, cols = plane.shape
    whole = cols % size[0] == rows % size[1] == 0
    while not whole and cols >= 2 * size[0] and rows >= 2 * size[1] and cols % 2 == rows % 2 == 0:
        cols, rows = cols // 2, rows // 2
        plane = cast("Plane", cv2.resize(plane, (cols, rows), interpolation=cv2.INTER_AREA))
    if (cols, rows) == size:
        return plane
    shrinks = size[0] <= cols and size[1] <= rows
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cast("Plane", cv2.resize(plane, size, interpolation=way))


def _halved(plane: Plane, size: tuple[int, int]) -> Plane:
    """A read-only plane at `size` (width, height)."""
    rows, cols = plane.shape
    while cols >= 2 * size[0] and rows >= 2 * size[1]:
        cols, rows = cols // 2, rows // 2
        plane = cast("Plane", cv2.resize(plane, (cols, rows), interpolation=cv2.INTER_AREA))
    if (cols, rows) != size:
        plane = cast("Plane", cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR))
    return cast("Plane", frozen(plane))


def _weighted(delta: F32, row: F64) -> F32:
    """One channel (h, w): the RGB difference times the three weights of `row`."""
    return cast("F32", cv2.transform(delta, row[None, :]))


def _added(
    plane: Plane,
    inside: tuple[slice, slice],
    change: F32,
    legal: tuple[int, int],
    into: Plane | None = None,
) -> Plane:
    """A read-only copy of `plane`, in `into`, with `change` added, rounded and kept legal."""
    before = cast("Plane", np.ascontiguousarray(plane[inside]))
    depth = cv2.CV_8U if plane.dtype == np.uint8 else cv2.CV_16U
    after = cv2.add(before, change, dtype=depth)
    low = np.minimum(before, plane.dtype.type(legal[0]))
    high = np.maximum(before, plane.dtype.type(legal[1]))
    result = np.empty_like(plane) if into is None else into
    np.copyto(result, plane)
    result[inside] = np.clip(after, low, high)
    result.flags.writeable = False
    return result


def _site_means(picture: Picture, box: Box, delta: F32) -> tuple[tuple[slice, slice], F32]:
    """Mean difference of every chroma site that the box touches, and where these sites are.

    Beyond the box the difference is zero. Beyond the picture (odd sizes) there are no samples,
    so the last one is repeated, which leaves the mean over those that exist.
    """
    step_x, step_y = 1 << picture.format.sub_x, 1 << picture.format.sub_y
    x0, x1 = box.x0 // step_x, -(-box.x1 // step_x)
    y0, y1 = box.y0 // step_y, -(-box.y1 // step_y)
    site = (slice(y0, y1), slice(x0, x1))
    if step_x == step_y == 1:
        return site, delta
    left, right = box.x0 - x0 * step_x, x1 * step_x - box.x1
    top, bottom = box.y0 - y0 * step_y, y1 * step_y - box.y1
    if left or right or top or bottom:
        past_x = max(0, x1 * step_x - picture.width)
        past_y = max(0, y1 * step_y - picture.height)
        sides = ((top, bottom - past_y), (left, right - past_x), (0, 0))
        delta = np.pad(delta, sides)
        delta = np.pad(delta, ((0, past_y), (0, past_x), (0, 0)), mode="edge")
    size = (x1 - x0, y1 - y0)
    return site, cast("F32", cv2.resize(delta, size, interpolation=cv2.INTER_AREA))
