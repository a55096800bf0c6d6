"""Color differences as people see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F64

_25_TO_7: Final = 25.0**7
# Linear sRGB -> XYZ of the D65 white, each row over the white's own value (IEC 61966-2-1).
_TO_XYZ: Final = np.array(
    [
        [0.4124 / 0.9505, 0.3576 / 0.9505, 0.1805 / 0.9505],
        [0.2126, 0.7152, 0.0722],
        [0.0193 / 1.089, 0.1192 / 1.089, 0.9505 / 1.089],
    ]
)
_EPSILON: Final = (6.0 / 29.0) ** 3


def lab_of(rgb: F64) -> F64:
    """L*, a*, b* (CIE 15) of sRGB, (..., 3) in 0..1; for a few colors.

    OpenCV's own conversion takes milliseconds however few there are.
    """
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((np.maximum(rgb, 0.0) + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _TO_XYZ.T
    bent = np.where(xyz > _EPSILON, np.cbrt(xyz), xyz * (841.0 / 108.0) + 4.0 / 29.0)
    x, y, z = bent[..., 0], bent[..., 1], bent[..., 2]
    return np.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], axis=-1)


def ciede2000(one: F64, other: F64) -> F64:
    """CIEDE2000 color differences; 1 is about what people just notice.

    Source: CIE 142-2001, with hue differences as in Sharma, Wu and Dalal, "The CIEDE2000
    color-difference formula: implementation notes", 2005; weights kL = kC = kH = 1.

    Args:
        one: (..., 3) L*, a*, b*.
        other: (..., 3) of a shape that fits.

    Returns:
        (...) differences, >= 0.
    """
    l1, a1, b1 = np.moveaxis(np.asarray(one, np.float64), -1, 0)
    l2, a2, b2 = np.moveaxis(np.asarray(other, np.float64), -1, 0)
    seventh = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1.5 - 0.5 * np.sqrt(seventh / (seventh + _25_TO_7))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.arctan2(b1, a1), np.arctan2(b2, a2)
    is_grey = c1 * c2 == 0.0
    turn = np.where(is_grey, 0.0, (h2 - h1 + np.pi) % (2 * np.pi) - np.pi)
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    hue = np.where(is_grey, h1 + h2, h1 + turn / 2)
    weight = (
        1.0
        - 0.17 * np.cos(hue - np.pi / 6)
        + 0.24 * np.cos(2 * hue)
        + 0.32 * np.cos(3 * hue + np.pi / 30)
        - 0.20 * np.cos(4 * hue - np.radians(63.0))
    )
    off = (light - 50.0) ** 2
    dl = (l2 - l1) / (1.0 + 0.015 * off / np.sqrt(20.0 + off))
    dc = (c2 - c1) / (1.0 + 0.045 * chroma)
    dh = 2.0 * np.sqrt(c1 * c2) * np.sin(turn / 2) / (1.0 + 0.015 * chroma * weight)
    seventh = chroma**7
    degrees = np.degrees(hue) % 360.0
    bend = np.radians(30.0) * np.exp(-(((degrees - 275.0) / 25.0) ** 2))
    turned = -2.0 * np.sqrt(seventh / (seventh + _25_TO_7)) * np.sin(2 * bend)
    return np.asarray(np.sqrt(dl**2 + dc**2 + dh**2 + turned * dc * dh))
