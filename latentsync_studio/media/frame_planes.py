"""The planes of an FFmpeg frame as arrays that share its memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from latentsync_studio.core.arrays import Plane


def plane_views(frame: VideoFrame) -> list[Plane]:
    """Return one (h, w) view a plane, u8 or u16 (low bits), without the padding of the rows.

    Only for planar formats in native byte order; the views die with the frame's memory.
    """
    dtype = np.uint8 if frame.format.components[0].bits <= 8 else np.uint16
    views: list[Plane] = []
    for plane in frame.planes:
        rows = np.frombuffer(memoryview(plane), dtype).reshape(plane.height, -1)
        views.append(cast("Plane", rows[:, : plane.width]))
    return views
