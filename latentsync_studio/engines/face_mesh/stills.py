"""The mesh of the largest face of a single RGB picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.errors import InputError
from latentsync_studio.core.picture import Picture, PixelFormat
from latentsync_studio.engines.face_mesh.detector import tiles
from latentsync_studio.engines.face_mesh.probe import FaceProbe

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, Rgb8

RGB = PixelFormat(name="gbrp", bits=8, sub_x=0, sub_y=0, matrix="rgb", full_range=True)


def picture_of(rgb: Rgb8, index: int = 0) -> Picture:
    """Wrap u8 (H, W, 3) RGB as a picture."""
    planes = [np.ascontiguousarray(rgb[..., k]) for k in range(3)]
    for plane in planes:
        plane.flags.writeable = False
    return Picture(planes=tuple(planes), format=RGB, index=index, pts=index)


def landmarks_of(rgb: Rgb8) -> F32:
    """Return (478, 3) f32 landmarks of the largest face, in pixels with centers at +0.5.

    Raises:
        InputError: there is no face.
    """
    picture, probe = picture_of(rgb), FaceProbe()
    found = probe.everywhere(picture, tiles(picture.width, picture.height))
    sights = [sight for one in found if (sight := probe.acquire(picture, one)) is not None]
    if not sights:
        raise InputError(
            f"No face was found in a picture of {picture.width}x{picture.height} pixels.",
            remedy="Choose a picture in which a face is larger and looks towards the camera.",
        )
    return max(sights, key=lambda sight: sight.size).landmarks
