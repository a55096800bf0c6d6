"""A decoded frame to a picture in display orientation, without copying where that can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from latentsync_studio.core.arrays import frozen
from latentsync_studio.core.errors import InputError
from latentsync_studio.core.picture import Picture
from latentsync_studio.media.orient import to_display
from latentsync_studio.media.planes import planes_of

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from latentsync_studio.core.arrays import Plane
    from latentsync_studio.media.facts import VideoFacts
    from latentsync_studio.media.planes import Layout


def picture_of(
    frame: VideoFrame, video: VideoFacts, layout: Layout, number: int, pts: int
) -> Picture:
    """Turn a frame to display.

    Planes that lie in the frame as they are wanted are views of it and keep it alive: decoders
    never write again to a frame that somebody holds, and take back its memory afterwards. The
    others are copies.

    Args:
        frame: as decoded.
        video: what the clip begins with.
        layout: of its samples.
        number: rank of the frame in the clip.
        pts: its time, in the clip's time base.

    Raises:
        InputError: the frame has another size or pixel format than the clip.
    """
    if (frame.width, frame.height, frame.format.name) != (
        video.coded_width,
        video.coded_height,
        video.pixel_format,
    ):
        raise InputError(
            f"Frame {number} is {frame.width}x{frame.height} {frame.format.name}, but the clip "
            f"begins with {video.coded_width}x{video.coded_height} {video.pixel_format}.",
            remedy="Convert the clip to one size and pixel format.",
        )
    planes = planes_of(frame, layout)
    if video.rotation or video.mirrored:
        planes = to_display(planes, video.rotation, mirrored=video.mirrored)
    shown = tuple(_read_only(plane) for plane in planes)
    return Picture(planes=shown, format=video.format, index=number, pts=pts)


def _read_only(plane: Plane) -> Plane:
    """The plane itself, or a copy where its samples do not lie side by side in a row."""
    return cast("Plane", frozen(plane if plane.strides[1] == plane.itemsize else plane.copy()))
