"""A picture of any format as a small 8-bit 4:2:0 one, with the same meaning of its samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import cv2
import numpy as np

from latentsync_studio.core.picture import Matrix, PixelFormat
from latentsync_studio.imaging.color import from_rgb, levels
from latentsync_studio.imaging.pixels import resized, sized_rgb

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import Plane
    from latentsync_studio.core.picture import Picture

_OF_RGB: Final[Matrix] = "bt709"


def proxy_format(source: PixelFormat) -> PixelFormat:
    """What `proxy_planes` makes of a format: matrix and range stay, RGB becomes limited BT.709."""
    is_rgb = source.matrix == "rgb"
    return PixelFormat(
        name="yuv420p",
        bits=8,
        sub_x=1,
        sub_y=1,
        matrix=_OF_RGB if is_rgb else source.matrix,
        full_range=source.full_range and not is_rgb,
    )


def proxy_planes(picture: Picture, width: int, height: int) -> tuple[Plane, Plane, Plane]:
    """Y, U and V of a picture at another size; alpha is dropped.

    Args:
        picture: any format of core.picture.
        width: px, even.
        height: px, even.

    Returns:
        u8 (height, width) and twice (height / 2, width / 2), in `proxy_format`.
    """
    chroma = width // 2, height // 2
    if picture.format.matrix == "rgb":
        return _from_rgb(picture, width, height)
    luma = _eight_bits(resized(picture.planes[0], (width, height)), picture.format.bits)
    if len(picture.planes) < 3:
        neutral = np.full(chroma[::-1], levels(proxy_format(picture.format)).neutral, np.uint8)
        return luma, neutral, neutral
    u, v = (_eight_bits(resized(p, chroma), picture.format.bits) for p in picture.planes[1:3])
    return luma, u, v


def _eight_bits(plane: Plane, bits: int) -> Plane:
    if bits == 8:
        return plane
    return cast("Plane", cv2.convertScaleAbs(plane, alpha=1 / (1 << (bits - 8))))  # saturates


def _from_rgb(picture: Picture, width: int, height: int) -> tuple[Plane, Plane, Plane]:
    fmt = proxy_format(picture.format)
    lev = levels(fmt)
    offset = np.array([[lev.black], [lev.neutral], [lev.neutral]], np.float64)
    matrix = np.hstack([from_rgb(fmt), offset])
    y, u, v = cv2.split(cv2.transform(sized_rgb(picture, width, height), matrix))
    half = width // 2, height // 2
    return (
        cast("Plane", y),
        resized(cast("Plane", u), half),
        resized(cast("Plane", v), half),
    )
