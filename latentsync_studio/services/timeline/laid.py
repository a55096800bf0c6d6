"""What was laid over a picture, and where of it the new mouth shows: for looking at masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from latentsync_studio.imaging.masked import shown_weight

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latentsync_studio.core.arrays import F32
    from latentsync_studio.core.engine import Patch
    from latentsync_studio.core.mask.blending import Coverage
    from latentsync_studio.core.picture import Box
    from latentsync_studio.core.timeline.model import ClipId
    from latentsync_studio.imaging.masked import Look


class Laid(NamedTuple):
    """A patch over a picture of a clip.

    Attributes:
        clip: whose picture it is.
        patch: of the engine.
        landmarks: (478, 3) px of the medium's picture.
        look: how it is laid, at the medium's own size.
    """

    clip: ClipId
    patch: Patch
    landmarks: F32
    look: Look


def weight_of(laid: Iterable[Laid], size: tuple[int, int]) -> Coverage:
    """Where and how strongly new mouths show, by all that has a say in it.

    Args:
        laid: of one picture, in the order in which they were laid.
        size: (width, height) px of the medium's picture.

    Returns:
        (H, W) u8.

    Raises:
        InputError: a painted tile is not there.
    """
    width, height = size
    whole = np.zeros((height, width), np.float32)
    for each in laid:
        found = shown_weight(size, each.patch, each.landmarks, each.look)
        inside = None if found is None else found[0].clipped(width, height)
        if found is None or inside is None:
            continue
        box, weight = found
        part = weight[_within(inside, box)]
        there = whole[inside.y0 : inside.y1, inside.x0 : inside.x1]
        there += part * (np.float32(1.0) - there)
    return np.asarray(whole * np.float32(255) + np.float32(0.5), np.uint8)


def _within(inside: Box, box: Box) -> tuple[slice, slice]:
    return (
        slice(inside.y0 - box.y0, inside.y1 - box.y0),
        slice(inside.x0 - box.x0, inside.x1 - box.x0),
    )
