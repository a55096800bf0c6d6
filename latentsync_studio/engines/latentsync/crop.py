"""The square that the model sees, cut out of a picture's own planes in one resampling."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import cv2
import numpy as np

from latentsync_studio.core.arrays import frozen
from latentsync_studio.imaging.affine import inverse, resampled
from latentsync_studio.imaging.color import levels, to_rgb

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F64, Plane, Rgb8
    from latentsync_studio.core.picture import Picture, PixelFormat

_BEYOND = 127  # grey outside of the picture, as in training
_DEPTH = 14  # bits while resampling: rounding chroma to 8 costs whole steps of blue


def align(picture: Picture, transform: F64, resolution: int) -> Rgb8:
    """Cut the square out of a picture.

    Each plane is resampled once, chroma straight from its own coarser grid.

    Args:
        picture: any format; alpha is ignored.
        transform: (2, 3) display px -> px of the square, pixel middles at +0.5.
        resolution: side of the square, px.

    Returns:
        u8 (resolution, resolution, 3) RGB, read-only; grey where the picture does not reach.
    """
    fmt = picture.format
    extra = max(0, _DEPTH - fmt.bits)
    planes: list[Plane] = []
    has_color = len(picture.planes) > 2
    for number, plane in enumerate(picture.planes[: 3 if has_color else 1]):
        step = (1 << fmt.sub_x, 1 << fmt.sub_y) if number else (1, 1)
        to_square = transform * np.array([*step, 1.0])
        beyond = _grey(fmt, is_chroma=number > 0) << extra
        deep = np.left_shift(plane, extra, dtype=np.uint16)
        planes.append(resampled(deep, to_square, (resolution, resolution), beyond=beyond))
    return _rgb(planes, fmt, extra)


def patch_transform(transform: F64) -> F64:
    """Where a redrawn square goes, for `Patch`: (2, 3), px of the square -> display px."""
    return inverse(transform)


def _rgb(planes: list[Plane], fmt: PixelFormat, extra: int) -> Rgb8:
    """Planes of one size whose samples have `extra` bits more than the format's -> u8 RGB."""
    if len(planes) < 3:
        planes = [planes[0]] + [np.full_like(planes[0], levels(fmt).neutral << extra)] * 2
    matrix = to_rgb(fmt) * [0.5**extra, 0.5**extra, 0.5**extra, 1.0]
    rgb = cv2.convertScaleAbs(cv2.transform(cv2.merge(planes), matrix))  # saturates twice
    return cast("Rgb8", frozen(rgb))


def _grey(fmt: PixelFormat, *, is_chroma: bool) -> int:
    lev = levels(fmt)
    if is_chroma and fmt.matrix != "rgb":
        return lev.neutral
    return round(lev.black + lev.luma_span * _BEYOND / 255)
