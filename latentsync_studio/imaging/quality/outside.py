"""Is a result its source wherever nothing was redrawn?"""

from __future__ import annotations

from math import inf, log10
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latentsync_studio.core.arrays import Alpha, Plane
    from latentsync_studio.core.picture import Box, Picture


def outside_psnr(
    result: Picture, source: Picture, box: Box | None, weight: Alpha | None = None
) -> float:
    """Peak signal to noise ratio where nothing was redrawn, dB over all planes; inf: identical.

    Args:
        result: a picture.
        source: of the same size and format.
        box: a redrawn part; None: nothing was redrawn.
        weight: (h, w) how much of the box was; where it is 0, luma has to be the source's too.
            None: all of the box was.
    """
    if result is source:
        return inf
    error, count = 0.0, 0
    for number, (one, other) in enumerate(zip(result.planes, source.planes, strict=False)):
        if one is other:
            count += one.size
            continue
        is_chroma = number in {1, 2} and source.format.matrix != "rgb"
        sub = (source.format.sub_x, source.format.sub_y) if is_chroma else (0, 0)
        for a, b in _strips(one, other, box, sub):
            error += _squares(a, b)
            count += a.size
        if box is not None and weight is not None and not is_chroma:
            inside = np.s_[box.y0 : box.y1, box.x0 : box.x1]
            free = weight == 0.0
            apart = np.asarray(cv2.absdiff(one[inside], other[inside]))[free]
            error += float(np.square(apart, dtype=np.float64).sum())
            count += apart.size
    if error == 0.0:
        return inf
    peak = float((1 << source.format.bits) - 1)
    return 10.0 * log10(peak * peak * count / error)


def _strips(
    one: Plane, other: Plane, box: Box | None, sub: tuple[int, int]
) -> Iterator[tuple[Plane, Plane]]:
    """The parts of two planes around a box: above, below, left and right of it."""
    if box is None:
        yield one, other
        return
    x0, y0 = box.x0 >> sub[0], box.y0 >> sub[1]
    x1, y1 = -(-box.x1 >> sub[0]), -(-box.y1 >> sub[1])
    for part in (np.s_[:y0], np.s_[y1:], np.s_[y0:y1, :x0], np.s_[y0:y1, x1:]):
        if one[part].size:
            yield one[part], other[part]


def _squares(one: Plane, other: Plane) -> float:
    """Sum of squared differences."""
    if cv2.norm(one, other, cv2.NORM_INF) == 0.0:  # the usual case, and by far quicker
        return 0.0
    return float(cv2.norm(one, other, cv2.NORM_L2SQR))
