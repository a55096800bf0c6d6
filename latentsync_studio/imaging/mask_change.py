"""Painted canvases made larger, smaller or softer for good, within what they can reach."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from latentsync_studio.core.mask.tiles import Canvas
from latentsync_studio.core.picture import Box
from latentsync_studio.imaging.edges import grown, shrunk

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import Alpha

_SIGMA: Final = 0.5  # of a Gaussian, for a feather of one px
_REACH: Final = 3  # sigmas that are looked at


def grown_canvas(canvas: Canvas, px: float) -> Canvas:
    """Every edge moved outwards by `px` (negative: inwards).

    The canvas' own edge is none: what is painted up to it stays so.
    """
    part = _around(canvas, max(px, 0.0))
    if part is None or px == 0.0:
        return canvas
    weight = _read(canvas, part)
    return _written(canvas, part, grown(weight, px) if px > 0 else shrunk(weight, -px))


def feathered_canvas(canvas: Canvas, px: float) -> Canvas:
    """Every edge faded over `px`, half inwards and half outwards."""
    if px <= 0.0:
        return canvas
    sigma = _SIGMA * px
    part = _around(canvas, _REACH * sigma)
    if part is None:
        return canvas
    blurred = cv2.GaussianBlur(_read(canvas, part), (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return _written(canvas, part, np.asarray(blurred, np.float32))


def _around(canvas: Canvas, px: float) -> Box | None:
    """The part of the canvas that may change; None: nothing is painted."""
    found = canvas.bounds()
    if found is None:
        return None
    room = ceil(px) + 2
    wide = Box(x0=found.x0 - room, y0=found.y0 - room, x1=found.x1 + room, y1=found.y1 + room)
    return wide.clipped(*canvas.size)


def _read(canvas: Canvas, box: Box) -> Alpha:
    return canvas.read(box).astype(np.float32) * np.float32(1 / 255)


def _written(canvas: Canvas, box: Box, weight: Alpha) -> Canvas:
    pixels = np.asarray(weight * np.float32(255) + np.float32(0.5), np.uint8)
    return Canvas(*canvas.size).blend(box, pixels, "union")
