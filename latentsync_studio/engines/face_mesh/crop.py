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

OVERSAMPLE = 1.6  # a face is area-shrunk to this many times the crop, then resampled linearly


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


def _affine_plane(plane: Plane, to_crop: F64, size: tuple[int, int]) -> Plane:
    scale = float(np.sqrt(abs(np.linalg.det(to_crop[:, :2]))))
    if scale * OVERSAMPLE < 1.0:
        plane, to_crop = _averaged(plane, to_crop, size, scale * OVERSAMPLE)
    index = to_crop.copy()  # the same map between pixel centers: (p + 0.5) A + t - 0.5
    index[:, 2] += to_crop[:, :2] @ (0.5, 0.5) - 0.5
    warped = cv2.warpAffine(
        plane, index, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return cast("Plane", warped)


def _averaged(
    plane: Plane, to_crop: F64, size: tuple[int, int], factor: float
) -> tuple[Plane, F64]:
    """The upright part of the plane under the crop, shrunk by about `factor`, and its map."""
    back = cv2.invertAffineTransform(to_crop)
    corners = np.array([[0, 0], [size[0], 0], [0, size[1]], size], np.float64)
    points = corners @ back[:, :2].T + back[:, 2]
    low = np.floor(points.min(axis=0)).astype(int) - 2
    high = np.ceil(points.max(axis=0)).astype(int) + 2
    part = Box(x0=int(low[0]), y0=int(low[1]), x1=int(high[0]), y1=int(high[1])).clipped(
        plane.shape[1], plane.shape[0]
    )
    if part is None:  # all of the crop lies outside: the nearest edge says what is there
        return plane, to_crop
    width = max(1, round(part.width * factor))
    height = max(1, round(part.height * factor))
    small = cv2.resize(
        plane[part.y0 : part.y1, part.x0 : part.x1],
        (width, height),
        interpolation=cv2.INTER_AREA,
    )
    linear = to_crop[:, :2] * (part.width / width, part.height / height)
    offset = to_crop[:, :2] @ (part.x0, part.y0) + to_crop[:, 2]
    return cast("Plane", small), np.column_stack([linear, offset])
