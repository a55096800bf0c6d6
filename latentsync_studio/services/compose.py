"""Compose one output frame: source picture + patch + look, the same for viewer and export."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.imaging.masked import composite

if TYPE_CHECKING:
    from latentsync_studio.core.engine import Patch
    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.imaging.masked import Look


def compose_frame(picture: Picture, patch: Patch | None, face: FaceTrack, look: Look) -> Picture:
    """Lay `patch` over its source picture; without a patch the picture passes through as it is."""
    if patch is None:
        return picture
    return composite(picture, patch, face.landmarks[picture.index], look)


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
    transform = patch.transform * np.array([[sx], [sy]])
    landmarks = face.landmarks[picture.index] * np.array([sx, sy, (sx + sy) / 2], np.float32)
    smaller = replace(look, scale=look.scale * (sx + sy) / 2)
    return composite(picture, replace(patch, transform=transform), landmarks, smaller)
