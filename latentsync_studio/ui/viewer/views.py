"""Ways to compare source and result, as functions of two pictures.

Where the two are the same nothing is computed: outside of the box that differs, a difference is
black and an onion skin is the source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from latentsync_studio.core.arrays import frozen
from latentsync_studio.core.picture import Box

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import Rgb8
    from latentsync_studio.ui.session import ViewMode

GAINS = (1, 2, 4, 8, 16, 32)
FIRST_GAIN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What is looked at, and how.

    Attributes:
        mode: source, result, wipe, difference or onion.
        wipe: where the line stands, 0 (left edge: all result) .. 1 (right edge: all source).
        gain: what differences are multiplied with, one of `GAINS`.
        mix: share of the result in the onion skin, 0..1.
    """

    mode: ViewMode = "result"
    wipe: float = 0.5
    gain: int = FIRST_GAIN
    mix: float = 0.5


@dataclass(frozen=True, slots=True)
class Composed:
    """What the canvas paints.

    Attributes:
        picture: the whole picture, or None for an empty one.
        left: what is painted over it left of the wipe line, or None.
        largest: largest difference of source and result in 8-bit steps (difference view), or None.
    """

    picture: Rgb8 | None
    left: Rgb8 | None = None
    largest: int | None = None


def composed(source: Rgb8 | None, result: Rgb8 | None, comparison: Comparison) -> Composed:
    """Source and result as `comparison` wants to see them.

    Args:
        source: (H, W, 3) u8 RGB, or None where there is no picture.
        result: the same size, or None where only the source was asked for.
        comparison: the view.
    """
    made = Composed(source if result is None else result)
    if source is None or result is None:
        return made
    match comparison.mode:
        case "source":
            made = Composed(source)
        case "wipe":
            made = Composed(result, left=source)
        case "difference":
            picture, largest = difference(source, result, comparison.gain)
            made = Composed(picture, largest=largest)
        case "onion":
            made = Composed(onion(source, result, comparison.mix))
        case _:
            pass
    return made


def changed_box(source: Rgb8, result: Rgb8) -> Box | None:
    """The smallest box outside of which both (H, W, 3) pictures are the same; None: everywhere."""
    if source is result:
        return None
    height, width = source.shape[:2]
    flat = source.reshape(height, -1) != result.reshape(height, -1)  # whole rows: 8 times as fast
    rows = np.flatnonzero(flat.any(axis=1))
    if not rows.size:
        return None
    band = flat[rows[0] : rows[-1] + 1].any(axis=0).reshape(width, -1)
    columns = np.flatnonzero(band.any(axis=1))
    return Box(x0=int(columns[0]), y0=int(rows[0]), x1=int(columns[-1]) + 1, y1=int(rows[-1]) + 1)


def difference(source: Rgb8, result: Rgb8, gain: int) -> tuple[Rgb8, int]:
    """Absolute difference times `gain` (1..255), limited to 255, and the largest one before it.

    Returns:
        (H, W, 3) u8 RGB, read-only, and the largest difference, 0..255.
    """
    out = np.zeros_like(source)
    box = changed_box(source, result)
    if box is None:
        return cast("Rgb8", frozen(out)), 0
    part = np.s_[box.y0 : box.y1, box.x0 : box.x1]
    one, other = source[part], result[part]
    steps = np.maximum(one, other) - np.minimum(one, other)
    out[part] = np.minimum(steps, 255 // gain) * np.uint8(gain)
    out[part][steps > 255 // gain] = 255
    return cast("Rgb8", frozen(out)), int(steps.max())


def onion(source: Rgb8, result: Rgb8, mix: float) -> Rgb8:
    """The result laid over the source with opacity `mix` (0..1), rounded to the nearest step.

    Returns:
        (H, W, 3) u8 RGB, read-only.
    """
    box = changed_box(source, result)
    if box is None or mix <= 0:
        return source
    if mix >= 1:
        return result
    out = source.copy()
    part = np.s_[box.y0 : box.y1, box.x0 : box.x1]
    share = round(mix * 256)
    mixed = source[part].astype(np.uint16) * (256 - share) + result[part].astype(np.uint16) * share
    out[part] = (mixed + 128) >> 8
    return cast("Rgb8", frozen(out))
