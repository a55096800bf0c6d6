"""Turning planes between the way they are coded and the way they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, cast

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latentsync_studio.core.arrays import Plane
    from latentsync_studio.core.picture import PixelFormat

Rotation = Literal[0, 90, 180, 270]
_UNIT: Final = 65536  # 1.0 in the 16.16 fixed point of a display matrix


def to_display(
    planes: Sequence[Plane], rotation: Rotation, *, mirrored: bool = False
) -> tuple[Plane, ...]:
    """Turn coded planes clockwise by `rotation`, then mirror left and right when asked.

    Returns:
        C-contiguous planes; those that need no turn and are contiguous are returned as they are.
    """
    turned = (np.rot90(p, -rotation // 90) if rotation else p for p in planes)
    if mirrored:
        turned = (p[:, ::-1] for p in turned)
    return tuple(cast("Plane", np.ascontiguousarray(p)) for p in turned)


def from_display(
    planes: Sequence[Plane], rotation: Rotation, *, mirrored: bool = False
) -> tuple[Plane, ...]:
    """Undo `to_display`: displayed planes as they are coded, C-contiguous."""
    flat = (p[:, ::-1] for p in planes) if mirrored else iter(planes)
    turned = (np.rot90(p, rotation // 90) if rotation else p for p in flat)
    return tuple(cast("Plane", np.ascontiguousarray(p)) for p in turned)


def display_format(coded: PixelFormat, rotation: Rotation) -> PixelFormat:
    """The format of planes after `to_display`: a quarter turn swaps the chroma subsampling.

    4:2:2 becomes 4:4:0; FFmpeg has no such name above 12 bits, the name is formed all the same.
    """
    if rotation in {0, 180} or coded.sub_x == coded.sub_y:
        return coded
    swap = {"422p": "440p", "440p": "422p", "411p": "441p"}
    name = coded.name
    for old, new in swap.items():
        if old in name:
            name = name.replace(old, new)
            break
    return msgspec.structs.replace(coded, name=name, sub_x=coded.sub_y, sub_y=coded.sub_x)


def turn_of(matrix: bytes) -> tuple[Rotation, bool, bool]:
    """Read a display matrix (nine i32, row vectors: shown = coded @ matrix).

    Args:
        matrix: 36 bytes as in FFmpeg's AV_FRAME_DATA_DISPLAYMATRIX, host byte order.

    Returns:
        Clockwise rotation; True when left and right are mirrored after it; True when the matrix
        is one of these eight exactly (else the rotation is the nearest).
    """
    m = np.frombuffer(matrix[:36], dtype=np.int32).astype(np.float64).reshape(3, 3) / _UNIT
    a, b, c, d = m[0, 0], m[0, 1], m[1, 0], m[1, 1]
    mirrored = a * d - b * c < 0
    if mirrored:  # take the mirror off again: it negates the shown x
        a, c = -a, -c
    angle = float(np.degrees(np.arctan2(b, a)))
    nearest = round(angle / 90) % 4 * 90
    exact = abs((angle - nearest + 180) % 360 - 180) < 0.5
    return cast("Rotation", nearest), bool(mirrored), exact
