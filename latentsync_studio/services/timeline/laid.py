"""What was laid over a picture, and where of it the new mouth shows: for looking at masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from latentsync_studio.core.picture import Box
from latentsync_studio.imaging.masked import shown_weight
from latentsync_studio.services.compose import sides_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from latentsync_studio.core.arrays import F32, Alpha
    from latentsync_studio.core.engine import Patch
    from latentsync_studio.core.mask.blending import Coverage
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
        for box, part in _weights(each, size):
            there = whole[box.y0 : box.y1, box.x0 : box.x1]
            there += part * (np.float32(1.0) - there)
    return np.asarray(whole * np.float32(255) + np.float32(0.5), np.uint8)


def _weights(laid: Laid, size: tuple[int, int]) -> Iterator[tuple[Box, Alpha]]:
    """Where a patch shows, within the picture; where it goes over into another, both together."""
    beside, sides = laid.look.beside, sides_of(laid.patch)
    if beside is None:
        found = _weight(sides[0], laid.landmarks, laid.look, size)
        if found is not None:
            yield found
        return
    whole = np.zeros((size[1], size[0]), np.float32)
    looks = ((laid.look, 1.0 - beside.share), (beside.look, beside.share))
    for patch, (look, share) in zip((sides[0], sides[-1]), looks, strict=True):
        found = _weight(patch, laid.landmarks, look, size)
        if found is not None:
            box, part = found
            whole[box.y0 : box.y1, box.x0 : box.x1] += np.float32(share) * part
    yield Box(x0=0, y0=0, x1=size[0], y1=size[1]), whole


def _weight(
    patch: Patch, landmarks: F32, look: Look, size: tuple[int, int]
) -> tuple[Box, Alpha] | None:
    found = shown_weight(size, patch, landmarks, look)
    inside = None if found is None else found[0].clipped(*size)
    if found is None or inside is None:
        return None
    return inside, found[1][_within(inside, found[0])]


def _within(inside: Box, box: Box) -> tuple[slice, slice]:
    return (
        slice(inside.y0 - box.y0, inside.y1 - box.y0),
        slice(inside.x0 - box.x0, inside.x1 - box.x0),
    )
