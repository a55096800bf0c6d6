"""Planes of the source's layout to planes of the layout in which they are encoded.

Where both layouts are the same, the planes pass through untouched. Chroma that has to be stored
more finely is repeated, never interpolated, so that its samples keep their values and come back
exactly; where it has to be stored more coarsely it is the mean of what a site covers. RGB becomes
luma and chroma, or the other way round, and ranges change, in floating point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec
import numpy as np

from latentsync_studio.core.picture import Picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.arrays import Plane
    from latentsync_studio.core.picture import PixelFormat
    from latentsync_studio.media.layouts import Samples
    from latentsync_studio.media.target import VideoTarget


def stored_planes(
    planes: Sequence[Plane], source: PixelFormat, target: VideoTarget
) -> tuple[Plane, ...]:
    """Convert coded planes (Y, U, V or R, G, B or Y alone, and alpha) to what `target` stores.

    source: meaning of `planes` in coded orientation.

    Returns:
        Three planes of the target's bits, chroma subsampled as it says, and alpha where it has it.
    """
    wanted = target.samples
    count = 1 if source.name.startswith("gray") else 3
    colors = _colors(planes[:count], source, target)
    if not wanted.alpha:
        return colors
    return (*colors, _alpha(planes, count, source.bits, wanted.bits))


def _colors(planes: Sequence[Plane], source: PixelFormat, target: VideoTarget) -> tuple[Plane, ...]:
    wanted, coded = target.samples, target.coded_format
    same_range = source.full_range == coded.full_range
    if len(planes) == 1:
        if wanted.family == "gray" and same_range:
            return _with_neutral(planes[0], source, wanted)
    elif source.matrix == coded.matrix and same_range:
        same = [
            _with_bits(p, source.bits, wanted.bits, full_range=source.full_range) for p in planes
        ]
        size = planes[0].shape
        return same[0], *(_resampled(p, source, wanted, size) for p in same[1:])
    return _converted(planes, source, coded)


def _with_neutral(luma: Plane, source: PixelFormat, wanted: Samples) -> tuple[Plane, ...]:
    height, width = luma.shape
    deep = _with_bits(luma, source.bits, wanted.bits, full_range=source.full_range)
    shape = -(-height >> wanted.sub_y), -(-width >> wanted.sub_x)
    neutral = cast("Plane", np.full(shape, 1 << (wanted.bits - 1), deep.dtype))
    return deep, neutral, neutral


def _alpha(planes: Sequence[Plane], at: int, bits: int, wanted: int) -> Plane:
    """The last plane, or one that covers everything; alpha always has the full range."""
    if len(planes) > at:
        return _with_bits(planes[at], bits, wanted, full_range=True)
    kind = np.uint8 if wanted == 8 else np.uint16
    return cast("Plane", np.full(planes[0].shape, (1 << wanted) - 1, kind))


def _converted(
    planes: Sequence[Plane], source: PixelFormat, coded: PixelFormat
) -> tuple[Plane, ...]:
    """Through RGB, at the same size."""
    from latentsync_studio.imaging.fit import conformed

    picture = Picture(planes=tuple(planes), format=source, index=0, pts=0)
    fmt = msgspec.structs.replace(coded, name=coded.name.replace("gray", "yuv420p"))
    return conformed(picture, fmt, (picture.width, picture.height)).planes[:3]


def _resampled(plane: Plane, source: PixelFormat, wanted: Samples, size: tuple[int, ...]) -> Plane:
    """A chroma plane with the subsampling of `wanted`."""
    if (source.sub_x, source.sub_y) == (wanted.sub_x, wanted.sub_y):
        return plane
    down = max(wanted.sub_x - source.sub_x, 0), max(wanted.sub_y - source.sub_y, 0)
    up = max(source.sub_x - wanted.sub_x, 0), max(source.sub_y - wanted.sub_y, 0)
    height = -(-size[0] >> wanted.sub_y)
    width = -(-size[1] >> wanted.sub_x)
    if any(up):
        plane = plane.repeat(1 << up[1], axis=0).repeat(1 << up[0], axis=1)
    if any(down):
        plane = _means(plane, *down)
    return cast("Plane", np.ascontiguousarray(plane[:height, :width]))


def _means(plane: Plane, sub_x: int, sub_y: int) -> Plane:
    """Means over sites of 2^sub_x by 2^sub_y samples, rounded half up; the last ones repeat."""
    step_x, step_y = 1 << sub_x, 1 << sub_y
    rows, columns = plane.shape
    padded = np.pad(plane, ((0, -rows % step_y), (0, -columns % step_x)), mode="edge")
    sites = padded.reshape(padded.shape[0] // step_y, step_y, padded.shape[1] // step_x, step_x)
    total = sites.sum(axis=(1, 3), dtype=np.uint32)
    count = step_x * step_y
    return cast("Plane", ((total + count // 2) // count).astype(plane.dtype))


def _with_bits(plane: Plane, bits: int, wanted: int, *, full_range: bool) -> Plane:
    """Scale samples from `bits` to `wanted`.

    Limited range scales by a power of two (ITU-R BT.2100: D = 219 * 2^(n-8) * E), full range by
    (2^wanted - 1) / (2^bits - 1); both are rounded to nearest.
    """
    if bits == wanted:
        return plane
    kind = np.uint8 if wanted == 8 else np.uint16
    if full_range:
        scaled = np.rint(plane * np.float64(((1 << wanted) - 1) / ((1 << bits) - 1)))
        return cast("Plane", scaled.astype(kind))
    if wanted > bits:
        return cast("Plane", np.left_shift(plane, wanted - bits, dtype=kind))
    by = bits - wanted
    rounded = (plane.astype(np.uint32) + (1 << (by - 1))) >> by
    return cast("Plane", np.minimum(rounded, (1 << wanted) - 1).astype(kind))
