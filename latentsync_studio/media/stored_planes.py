"""Planes of the source's layout to planes of the layout in which they are encoded.

Where both layouts are the same, the planes pass through untouched. Chroma that has to be stored
for every pixel is repeated, never interpolated, so that its samples keep their values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.arrays import Plane
    from latentsync_studio.media.target import Samples


def stored_planes(
    planes: Sequence[Plane], source: Samples, target: Samples, *, full_range: bool
) -> tuple[Plane, ...]:
    """Convert coded planes (Y, U, V or R, G, B or Y alone; alpha is dropped) to `target`.

    Returns:
        Three planes of `target.bits`, chroma subsampled as `target` says.
    """
    height, width = planes[0].shape
    if source.family == "gray":
        luma = _with_bits(planes[0], source.bits, target.bits, full_range=full_range)
        shape = -(-height >> target.sub_y), -(-width >> target.sub_x)
        neutral = np.full(shape, 1 << (target.bits - 1), luma.dtype)
        return luma, neutral, neutral
    same = [_with_bits(p, source.bits, target.bits, full_range=full_range) for p in planes[:3]]
    if (source.sub_x, source.sub_y) != (target.sub_x, target.sub_y):
        same[1:] = [_repeated(p, source, height, width) for p in same[1:]]
    return tuple(same)


def _repeated(plane: Plane, source: Samples, height: int, width: int) -> Plane:
    """One chroma sample for every pixel, each a copy of the one that covered it."""
    rows = plane.repeat(1 << source.sub_y, axis=0)[:height]
    return rows.repeat(1 << source.sub_x, axis=1)[:, :width]


def _with_bits(plane: Plane, bits: int, wanted: int, *, full_range: bool) -> Plane:
    """Scale samples from `bits` to `wanted`.

    Limited range scales by a power of two (ITU-R BT.2100: D = 219 * 2^(n-8) * E), full range by
    (2^wanted - 1) / (2^bits - 1); both are rounded to nearest.
    """
    if bits == wanted:
        return plane
    if full_range:
        scaled = plane.astype(np.float64) * (((1 << wanted) - 1) / ((1 << bits) - 1))
        scaled = np.rint(scaled)
    elif wanted > bits:
        scaled = plane.astype(np.float64) * (1 << (wanted - bits))
    else:
        scaled = np.minimum(np.floor(plane / (1 << (bits - wanted)) + 0.5), (1 << wanted) - 1)
    return cast("Plane", scaled.astype(np.uint8 if wanted == 8 else np.uint16))
