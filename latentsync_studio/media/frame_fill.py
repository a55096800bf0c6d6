"""Planes into an FFmpeg frame of the format that an encoder is fed with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from latentsync_studio.media.frame_planes import plane_views

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.video.frame import VideoFrame

    from latentsync_studio.core.arrays import Plane

# Packed formats: type of a sample and which plane (R, G, B, A) each sample of a pixel is.
_PACKED: Final = {
    "rgb24": ("u1", (0, 1, 2)),
    "rgba": ("u1", (0, 1, 2, 3)),
    "bgr0": ("u1", (2, 1, 0, -1)),
    "bgra": ("u1", (2, 1, 0, 3)),
    "rgb48be": (">u2", (0, 1, 2)),
    "rgb48le": ("<u2", (0, 1, 2)),
    "rgba64be": (">u2", (0, 1, 2, 3)),
    "rgba64le": ("<u2", (0, 1, 2, 3)),
}
_SEMI_SHIFTS: Final = {"nv12": 0, "p010le": 6}  # bits below the samples


def fill_frame(frame: VideoFrame, planes: Sequence[Plane]) -> None:
    """Copy planes into a writable frame of their size and depth.

    Args:
        frame: planar, semi-planar or packed, as encoders take them.
        planes: Y, U, V or R, G, B, and alpha where the frame has one.
    """
    name = frame.format.name
    if name in _PACKED:
        _fill_packed(frame, planes, *_PACKED[name])
    elif name in _SEMI_SHIFTS:
        _fill_semi(frame, planes, _SEMI_SHIFTS[name])
    else:
        if name.startswith("gbr"):
            planes = planes[1], planes[2], planes[0], *planes[3:]  # FFmpeg orders G, B, R
        for view, plane in zip(plane_views(frame), planes, strict=True):
            view[:] = plane


def _fill_packed(
    frame: VideoFrame, planes: Sequence[Plane], kind: str, order: Sequence[int]
) -> None:
    memory = np.frombuffer(memoryview(frame.planes[0]), kind).reshape(frame.height, -1)
    rows = memory[:, : frame.width * len(order)]
    for place, number in enumerate(order):
        rows[:, place :: len(order)] = 0 if number < 0 else planes[number]


def _fill_semi(frame: VideoFrame, planes: Sequence[Plane], shift: int) -> None:
    kind = "<u2" if shift else "u1"
    luma, chroma = (
        np.frombuffer(memoryview(plane), kind).reshape(plane.height, -1) for plane in frame.planes
    )
    luma[:, : frame.width] = np.left_shift(planes[0], shift)
    width = planes[1].shape[1]
    chroma[:, 0 : 2 * width : 2] = np.left_shift(planes[1], shift)
    chroma[:, 1 : 2 * width : 2] = np.left_shift(planes[2], shift)
