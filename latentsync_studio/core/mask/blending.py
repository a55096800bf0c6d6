"""How one u8 coverage is laid over another, pixel by pixel; 0 is nothing, 255 is everything.

paint      a + b - a b    repeated strokes build up
erase      a - a b
union      max(a, b)      with intersect and invert: a lattice, its laws hold exactly
intersect  min(a, b)
subtract   min(a, 1 - b)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

BlendMode = Literal["paint", "erase", "union", "intersect", "subtract"]
Coverage: TypeAlias = npt.NDArray[np.uint8]  # any shape, 0..255

_FULL = np.uint8(255)


def blended(below: Coverage, above: Coverage, mode: BlendMode) -> Coverage:
    """`above` laid over `below`, arrays of one shape; a new array."""
    return _MODES[mode](below, above)


def product(a: Coverage, b: Coverage) -> Coverage:
    """Multiply: a * b / 255, rounded to the nearest."""
    wide = np.multiply(a, b, dtype=np.uint16)
    wide += 128
    wide += wide >> 8  # with the shift below: division by 255, exact for products of bytes
    wide >>= 8
    return wide.astype(np.uint8)


def _paint(below: Coverage, above: Coverage) -> Coverage:
    return below + product(_FULL - below, above)  # never above 255


def _erase(below: Coverage, above: Coverage) -> Coverage:
    return product(below, _FULL - above)


def _union(below: Coverage, above: Coverage) -> Coverage:
    return np.maximum(below, above)


def _intersect(below: Coverage, above: Coverage) -> Coverage:
    return np.minimum(below, above)


def _subtract(below: Coverage, above: Coverage) -> Coverage:
    return np.asarray(np.minimum(below, _FULL - above), np.uint8)


_MODES: dict[BlendMode, Callable[[Coverage, Coverage], Coverage]] = {
    "paint": _paint,
    "erase": _erase,
    "union": _union,
    "intersect": _intersect,
    "subtract": _subtract,
}
