"""Compose one output frame: source picture + patch + look, the same for viewer and export.

Where a take goes over into another, both are laid over the same source picture, each with its own
look, and the two results are mixed: the edges of both masks fade too, and what neither of them
covers stays the source, bit for bit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from latentsync_studio.core.engine import FadedPatch
from latentsync_studio.imaging.fit import mixed_pictures
from latentsync_studio.imaging.masked import composite

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32
    from latentsync_studio.core.engine import Patch
    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.imaging.masked import Look


def compose_frame(picture: Picture, patch: Patch | None, face: FaceTrack, look: Look) -> Picture:
    """Lay `patch` over its source picture; without a patch the picture passes through as it is."""
    if patch is None:
        return picture
    return _laid(picture, patch, face.landmarks[picture.index], look)


def compose_small(
    picture: Picture,
    patch: Patch | None,
    face: FaceTrack,
    look: Look,
    scale: tuple[float, float],
) -> Picture:
    """`compose_frame` on a smaller copy of the source picture, of a proxy for instance.

    scale: px of `picture` a px of the source, in both directions.
    """
    if patch is None:
        return picture
    sx, sy = scale
    landmarks = face.landmarks[picture.index] * np.array([sx, sy, (sx + sy) / 2], np.float32)
    return _laid(picture, _smaller(patch, scale), landmarks, _seen_smaller(look, (sx + sy) / 2))


def sides_of(patch: Patch) -> tuple[Patch, ...]:
    """The patches that are shown with one: itself, and what it goes over into."""
    return (patch, patch.right) if isinstance(patch, FadedPatch) else (patch,)


def _laid(picture: Picture, patch: Patch, landmarks: F32, look: Look) -> Picture:
    """Composite a patch, or both where it goes over into another one or into another look."""
    beside = look.beside
    if beside is None:
        return composite(picture, patch, landmarks, look)
    right = patch.right if isinstance(patch, FadedPatch) else patch
    if right is patch and beside.look.settings == look.settings:
        return composite(picture, patch, landmarks, look)
    first = composite(picture, patch, landmarks, look)
    second = composite(picture, right, landmarks, beside.look)
    if first is second:  # neither shows
        return picture
    mixed = mixed_pictures(first, second, beside.share)
    return replace(mixed, planes=(*mixed.planes, *picture.planes[len(mixed.planes) :]))


def _smaller(patch: Patch, scale: tuple[float, float]) -> Patch:
    moved = _halved(replace(patch, transform=patch.transform * np.array([[scale[0]], [scale[1]]])))
    if isinstance(moved, FadedPatch):
        return replace(moved, right=_smaller(moved.right, scale))
    return moved


def _halved(patch: Patch) -> Patch:
    """The same patch with half as many pixels as long as it has two for one of the picture.

    For looking: means of four are softer than one wide blur by nothing that can be seen, and take
    a third of the time.
    """
    rows, columns = patch.alpha.shape
    span = 1.0 / np.sqrt(abs(np.linalg.det(patch.transform[:, :2])))
    times = int(min(np.log2(span), np.log2(min(rows, columns)))) if span >= 2.0 else 0
    if times < 1:
        return patch
    size = columns >> times, rows >> times
    ratio = np.array([[columns / size[0], rows / size[1], 1.0]])
    pixels, alpha = (
        np.asarray(cv2.resize(each, size, interpolation=cv2.INTER_AREA), np.uint8)
        for each in (patch.pixels, patch.alpha)
    )
    return replace(patch, pixels=pixels, alpha=alpha, transform=patch.transform * ratio)


def _seen_smaller(look: Look, scale: float) -> Look:
    seen = replace(look, scale=look.scale * scale)
    if seen.beside is None:
        return seen
    return replace(seen, beside=seen.beside._replace(look=_seen_smaller(seen.beside.look, scale)))
