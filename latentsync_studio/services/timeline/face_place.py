"""Where a face is in what is shown, for those who zoom to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.picture import Box
    from latentsync_studio.services.timeline.medium import Medium


def face_at(face: FaceTrack, at: int, medium: Medium) -> tuple[float, float, float, float] | None:
    """Where a face is in a frame, as shares of the medium's picture."""
    if not face.present[at]:
        return None
    points = np.asarray(face.landmarks[at])[:, :2] / (medium.video.width, medium.video.height)
    (left, top), (right, bottom) = points.min(0).tolist(), points.max(0).tolist()
    return left, top, right, bottom


def in_frame(
    face: tuple[float, float, float, float], box: Box, size: tuple[int, int]
) -> tuple[float, float, float, float]:
    """The same as shares of a frame of `size` in which the picture lies in `box`."""
    left, top, right, bottom = face
    return (
        (box.x0 + left * box.width) / size[0],
        (box.y0 + top * box.height) / size[1],
        (box.x0 + right * box.width) / size[0],
        (box.y0 + bottom * box.height) / size[1],
    )
