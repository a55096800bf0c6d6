"""A decoded frame to a picture in display orientation that owns its planes."""

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
    """Turn a frame to display and let go of the decoder's buffers.

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
    views = planes_of(frame, layout)
    planes = to_display(views, video.rotation, mirrored=video.mirrored)
    owned = tuple(_owned(p, v) for p, v in zip(planes, views, strict=True))
    return Picture(planes=owned, format=video.format, index=number, pts=pts)


def _owned(plane: Plane, view: Plane) -> Plane:
    """A read-only plane that does not hold the decoder's buffer."""
    return cast("Plane", frozen(plane.copy() if plane is view else plane))
