"""Frames of an encoder's own format that pictures are composed in, used again and again.

A picture that is composed where the encoder reads it is copied once instead of twice, into memory
that is there already instead of memory that the system has to clear.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from latentsync_studio.media.encode import blank_frame
from latentsync_studio.media.frame_planes import plane_views

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from latentsync_studio.core.arrays import Plane
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.media.target import VideoTarget


class FramePool:
    """Frames for the pictures of one target; safe from several threads."""

    def __init__(self, target: VideoTarget) -> None:
        self._target = target
        self._lock = Lock()
        self._idle: list[VideoFrame] = []
        self._lent: dict[int, tuple[Plane, VideoFrame]] = {}  # by the identity of the luma

    def planes(self, picture: Picture) -> tuple[Plane, ...] | None:
        """Writable planes like those of `picture`, in a frame; see `core.picture.Copies`."""
        if not self._is_alike(picture):
            return None
        with self._lock:
            frame = self._idle.pop() if self._idle else None
        if frame is None:
            frame = blank_frame(self._target)
        views = tuple(plane_views(frame))
        with self._lock:
            self._lent[id(views[0])] = views[0], frame
        return views

    def frame_of(self, picture: Picture) -> VideoFrame | None:
        """The frame in which a picture was composed, once; None where it was not."""
        with self._lock:
            _, frame = self._lent.pop(id(picture.planes[0]), (None, None))
        return frame

    def give_back(self, frame: VideoFrame) -> None:
        """A frame is encoded; nobody may look at its picture any longer."""
        with self._lock:
            self._idle.append(frame)

    def _is_alike(self, picture: Picture) -> bool:
        """Whether the picture's planes are stored as they are."""
        target, fmt = self._target, picture.format
        return (
            len(picture.planes) == 3
            and fmt == target.coded_format
            and fmt.name == target.pixel_format
            and fmt.matrix != "rgb"
            and not (target.rotation or target.mirrored)
            and picture.planes[0].shape == (target.height, target.width)
        )
