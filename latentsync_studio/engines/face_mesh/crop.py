"""Small RGB pictures for the networks, made from a picture's own planes without converting it all.

Coordinates are continuous: pixel i covers [i, i + 1), so that a map between sizes needs no
half-pixel terms; only the calls of OpenCV, which count from pixel centers, do.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import cv2
import msgspec
import numpy as np

from latentsync_studio.core.picture import Box
from latentsync_studio.imaging.pixels import window_rgb

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F64, Plane, Rgb8
    from latentsync_studio.core.picture import Picture, PixelFormat

MAX_STEP = 1.6  # picture pixels a crop pixel may span before the picture is halved


def affine_crop(picture: Picture, to_crop: F64, size: tuple[int, int]) -> Rgb8:
    """Resample a turned rectangle of a picture.

    Args:
        picture: any format; alpha is ignored.
        to_crop: (2, 3) similarity, picture -> crop, continuous pixels.
        size: (width, height) of the crop.

    Returns:
        u8 (height, width, 3). Beyond the picture the nearest edge is repeated. Where the picture
        is much finer than the crop it is averaged first: plain resampling would alias, and the
        landmarks would tremble.
    """
    planes = []
    for k, plane in enumerate(picture.planes[:3]):
        sub = (picture.format.sub_x, picture.format.sub_y) if k else (0, 0)
        scale = np.array([[2.0 ** sub[0], 2.0 ** sub[1], 1.0]])
        planes.append(_affine_plane(plane, to_crop * scale, size))
    return _as_rgb(picture, planes)


def shrunk_part(picture: Picture, box: Box, size: tuple[int, int]) -> Rgb8:
    """Area-averaged RGB of the part under `box` (inside the picture), `size` = (width, height)."""
    planes = []
    for k, plane in enumerate(picture.planes[:3]):
        sub_x, sub_y = (picture.format.sub_x, picture.format.sub_y) if k else (0, 0)
        rows = slice(box.y0 >> sub_y, max((box.y0 >> sub_y) + 1, -(-box.y1 >> sub_y)))
        columns = slice(box.x0 >> sub_x, max((box.x0 >> sub_x) + 1, -(-box.x1 >> sub_x)))
        part = plane[rows, columns]
        while part.shape[1] >= 2 * size[0] and part.shape[0] >= 2 * size[1]:
            part = _halved(part)
        shrinks = size[0] <= part.shape[1] and size[1] <= part.shape[0]
        how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        planes.append(cast("Plane", cv2.resize(part, size, interpolation=how)))
    return _as_rgb(picture, planes)


def _as_rgb(picture: Picture, planes: list[Plane]) -> Rgb8:
    """Convert planes of one size by the picture's own matrix and range."""
    full = replace(picture, planes=tuple(planes), format=_unsubsampled(picture.format))
    return window_rgb(full, Box(x0=0, y0=0, x1=full.width, y1=full.height))


def _unsubsampled(fmt: PixelFormat) -> PixelFormat:
    return msgspec.structs.replace(fmt, sub_x=0, sub_y=0)


def _halved(plane: Plane) -> Plane:
    """Mean of 2 x 2 pixels, by far the fastest way to shrink; an odd last row or column is left."""
    rows, columns = plane.shape[0] // 2, plane.shape[1] // 2
    even = plane[: 2 * rows, : 2 * columns]
    return cast("Plane", cv2.resize(even, (columns, rows), interpolation=cv2.INTER_AREA))


def _affine_plane(plane: Plane, to_crop: F64, size: tuple[int, int]) -> Plane:
    step = 1.0 / float(np.sqrt(abs(np.linalg.det(to_crop[:, :2]))))
    if step > MAX_STEP:
        plane, to_crop = _part_under(plane, to_crop, size, margin=round(2 * step) + 2)
        while step > MAX_STEP and min(plane.shape) >= 2:
            plane, step = _halved(plane), step / 2
            to_crop = to_crop * (2.0, 2.0, 1.0)
    index = to_crop.copy()  # the same map between pixel centers: (p + 0.5) A + t - 0.5
    index[:, 2] += to_crop[:, :2] @ (0.5, 0.5) - 0.5
    warped = cv2.warpAffine(
        plane, index, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return cast("Plane", warped)


def _part_under(
    plane: Plane, to_crop: F64, size: tuple[int, int], margin: int
) -> tuple[Plane, F64]:
    """The upright part of the plane under the crop and some pixels around it, and its map."""
    back = cv2.invertAffineTransform(to_crop)
    corners = np.array([[0, 0], [size[0], 0], [0, size[1]], size], np.float64)
    points = corners @ back[:, :2].T + back[:, 2]
    x0, y0 = (int(v) for v in np.floor(points.min(axis=0)) - margin)
    x1, y1 = (int(v) for v in np.ceil(points.max(axis=0)) + margin)
    part = Box(x0=x0, y0=y0, x1=x1, y1=y1).clipped(plane.shape[1], plane.shape[0])
    if part is None:  # all of the crop lies outside: the nearest edge says what is there
        return plane, to_crop
    offset = to_crop[:, :2] @ (part.x0, part.y0) + to_crop[:, 2]
    moved = np.column_stack([to_crop[:, :2], offset])
    return plane[part.y0 : part.y1, part.x0 : part.x1], moved
