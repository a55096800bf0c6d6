"""Pictures of one size in a frame of another: as large as fits, in the middle, black around it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np

from latentsync_studio.core.arrays import frozen
from latentsync_studio.core.picture import Box, Picture
from latentsync_studio.imaging.color import from_rgb, levels, to_rgb

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, Plane, Rgb8
    from latentsync_studio.core.picture import PixelFormat


def fitted_box(
    size: tuple[int, int],
    frame: tuple[int, int],
    pixel_aspect: float = 1.0,
) -> Box:
    """Where a picture of `size` (width, height) lies in a frame.

    Args:
        size: of the picture, px.
        frame: of the frame, px.
        pixel_aspect: width : height of a pixel of the picture; the frame's are square.

    Unless it fills a side, the box begins and ends at even pixels, where chroma sites do.
    """
    width, height = size[0] * pixel_aspect, float(size[1])
    scale = min(frame[0] / width, frame[1] / height)
    sides = []
    for side, room in zip((width, height), frame, strict=True):
        length = max(2, round(side * scale / 2) * 2)
        length = room if abs(length - room) < 2 else min(length, room)
        start = (room - length) // 4 * 2
        sides.append((start, start + length))
    (x0, x1), (y0, y1) = sides
    return Box(x0=x0, y0=y0, x1=x1, y1=y1)


def placed_rgb(rgb: Rgb8, box: Box, frame: tuple[int, int]) -> Rgb8:
    """RGB (H, W, 3) scaled into a box of a black frame of (width, height) px.

    The same object where it fills the frame as it is.
    """
    small = _resized(rgb, box.width, box.height)
    if (box.width, box.height) == frame:
        return rgb if small is rgb else cast("Rgb8", frozen(small))
    canvas = np.zeros((frame[1], frame[0], 3), np.uint8)
    canvas[box.y0 : box.y1, box.x0 : box.x1] = small
    return cast("Rgb8", frozen(canvas))


def conformed(
    picture: Picture, fmt: PixelFormat, frame: tuple[int, int], pixel_aspect: float = 1.0
) -> Picture:
    """A picture as planes of another format in a black frame; itself where nothing differs.

    Args:
        picture: any format of core.picture; alpha is dropped.
        fmt: of the result.
        frame: width and height of the result.
        pixel_aspect: of the picture's pixels.

    Transfer curves and primaries are not converted.
    """
    size = picture.width, picture.height
    same = picture.format == fmt
    if same and size == frame and pixel_aspect == 1.0 and len(picture.planes) <= 3:
        return picture
    box = fitted_box(size, frame, pixel_aspect)
    planes = list(picture.planes[:3]) if same else _converted(picture, fmt)
    laid = tuple(
        _laid(plane, box, fmt, frame, is_chroma=number > 0) for number, plane in enumerate(planes)
    )
    return replace(picture, planes=laid, format=fmt)


def black_picture(fmt: PixelFormat, frame: tuple[int, int]) -> Picture:
    """A black frame."""
    count = 1 if fmt.name.startswith("gray") else 3
    planes = tuple(
        cast("Plane", frozen(_canvas(fmt, frame, is_chroma=number > 0))) for number in range(count)
    )
    return Picture(planes=planes, format=fmt, index=0, pts=0)


def mixed_pictures(first: Picture, second: Picture, share: float) -> Picture:
    """`share` (0..1) of the second and the rest of the first; format and size are the same."""
    planes = tuple(
        cast("Plane", frozen(cv2.addWeighted(a, 1.0 - share, b, share, 0.0)))
        for a, b in zip(first.planes[:3], second.planes[:3], strict=True)
    )
    return replace(first, planes=planes)


def _converted(picture: Picture, fmt: PixelFormat) -> list[Plane]:
    """Planes of `fmt` at the picture's own size, through RGB in floating point."""
    rgb = cv2.transform(_full_planes(picture), to_rgb(picture.format).astype(np.float32))
    low = float(levels(fmt).black)
    offset = np.full(3, low)
    if fmt.matrix != "rgb":
        offset[1:] = levels(fmt).neutral
    matrix = np.hstack([from_rgb(fmt), offset[:, None]]).astype(np.float32)
    samples = cv2.split(cv2.transform(rgb, matrix))
    top, kind = (1 << fmt.bits) - 1, np.uint8 if fmt.bits == 8 else np.uint16
    planes = []
    for number, values in enumerate(samples[: 1 if fmt.name.startswith("gray") else 3]):
        plane = np.asarray(values, np.float32)
        if number and (fmt.sub_x or fmt.sub_y):
            plane = _site_means(plane, fmt)
        planes.append(cast("Plane", np.clip(np.rint(plane), 0, top).astype(kind)))
    return planes


def _full_planes(picture: Picture) -> F32:
    """(h, w, 3) f32 samples, chroma interpolated to every pixel."""
    size = picture.width, picture.height
    luma = picture.planes[0].astype(np.float32)
    if len(picture.planes) < 3:
        neutral = np.full_like(luma, levels(picture.format).neutral)
        return np.asarray(cv2.merge([luma, neutral, neutral]), np.float32)
    others = [plane.astype(np.float32) for plane in picture.planes[1:3]]
    step_x, step_y = 1 << picture.format.sub_x, 1 << picture.format.sub_y
    large = []
    for plane in others:
        whole = (plane.shape[1] * step_x, plane.shape[0] * step_y)
        finer = cv2.resize(plane, whole, interpolation=cv2.INTER_LINEAR)
        large.append(finer[: size[1], : size[0]])
    return np.asarray(cv2.merge([luma, *large]), np.float32)


def _site_means(plane: F32, fmt: PixelFormat) -> F32:
    step_x, step_y = 1 << fmt.sub_x, 1 << fmt.sub_y
    height, width = plane.shape
    past = (-height % step_y, -width % step_x)
    if any(past):
        plane = np.pad(plane, ((0, past[0]), (0, past[1])), mode="edge")
    size = (plane.shape[1] // step_x, plane.shape[0] // step_y)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def _laid(
    plane: Plane, box: Box, fmt: PixelFormat, frame: tuple[int, int], *, is_chroma: bool
) -> Plane:
    """A plane scaled into its part of a black one."""
    step = (1 << fmt.sub_x, 1 << fmt.sub_y) if is_chroma else (1, 1)
    x0, y0 = box.x0 // step[0], box.y0 // step[1]
    x1, y1 = -(-box.x1 // step[0]), -(-box.y1 // step[1])
    canvas = _canvas(fmt, frame, is_chroma=is_chroma)
    canvas[y0:y1, x0:x1] = _resized(plane, x1 - x0, y1 - y0)
    return cast("Plane", frozen(canvas))


def _canvas(fmt: PixelFormat, frame: tuple[int, int], *, is_chroma: bool) -> Plane:
    lev = levels(fmt)
    is_color = is_chroma and fmt.matrix != "rgb"
    width, height = frame
    if is_chroma:
        width, height = -(-width >> fmt.sub_x), -(-height >> fmt.sub_y)
    kind = np.uint8 if fmt.bits == 8 else np.uint16
    return cast("Plane", np.full((height, width), lev.neutral if is_color else lev.black, kind))


def _resized(image: Plane | Rgb8, width: int, height: int) -> Plane:
    rows, columns = image.shape[:2]
    if (columns, rows) == (width, height):
        return image
    shrinks = width <= columns and height <= rows
    way = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return cast("Plane", cv2.resize(image, (width, height), interpolation=way))
