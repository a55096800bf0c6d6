"""Pictures to closed segments of packets, each made by an encoder of its own.

A segment begins with a keyframe and refers to nothing outside of itself, and all segments of one
target share the same parameter sets. So segments are stored, kept over a crash and joined by
copying their packets (`media.mux`), and the movie does not depend on where it was interrupted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self, cast

import av
import msgspec

from latentsync_studio.core.decoding import decodable
from latentsync_studio.core.errors import InternalError
from latentsync_studio.media.encoder_options import configure
from latentsync_studio.media.frame_fill import fill_frame
from latentsync_studio.media.orient import display_format, from_display
from latentsync_studio.media.stored_planes import stored_planes
from latentsync_studio.media.target import VideoTarget, choose_target

if TYPE_CHECKING:
    from av.packet import Packet
    from av.stream import Stream
    from av.video.codeccontext import VideoCodecContext

    from latentsync_studio.core.picture import Picture
    from latentsync_studio.media.frame_pool import FramePool

__all__ = ["EncodedPacket", "EncodedSegment", "SegmentEncoder", "VideoTarget", "choose_target"]

_SEGMENT_FORM: Final = 1


class EncodedPacket(msgspec.Struct, frozen=True, array_like=True):
    """One coded picture.

    Attributes:
        pts: presentation time in the target's time base.
        is_key: decoding can begin here.
        data: the coded picture.
    """

    pts: int
    is_key: bool
    data: bytes


class EncodedSegment(msgspec.Struct, frozen=True, array_like=True):
    """Pictures that can be decoded without any others.

    Attributes:
        form: version of this structure.
        extradata: parameter sets, the same for all segments of a target.
        packets: in decode order; the first is a keyframe.
    """

    form: int
    extradata: bytes
    packets: tuple[EncodedPacket, ...]

    def to_bytes(self) -> bytes:
        """Write it down compactly (msgpack); the same segment gives the same bytes."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote.

        Raises:
            msgspec.DecodeError: it is not an encoded segment.
            ValueError: it is one of another version, or without a keyframe at its start.
        """
        segment = msgspec.msgpack.decode(data, type=decodable(cls))
        if segment.form != _SEGMENT_FORM:
            msg = f"Encoded segment of form {segment.form}, known is {_SEGMENT_FORM}."
            raise ValueError(msg)
        if not segment.packets or not segment.packets[0].is_key:
            msg = f"Encoded segment of {len(segment.packets)} packets begins without a keyframe."
            raise ValueError(msg)
        return segment


class SegmentEncoder:
    """Encodes the pictures of one segment, one at a time; for one thread at a time."""

    def __init__(self, target: VideoTarget, pool: FramePool | None = None) -> None:
        """Begin.

        Args:
            target: how pictures are encoded.
            pool: of frames that pictures may have been composed in; gets them back.
        """
        self._target, self._pool = target, pool
        context = cast("VideoCodecContext", av.CodecContext.create(target.encoder, "w"))
        self._context = context
        configure(context, target)
        self._packets: list[EncodedPacket] = []
        self._last: int | None = None
        self._frame = blank_frame(target)

    def write(self, picture: Picture, pts: int) -> None:
        """Append a picture in display orientation, shown at `pts` (strictly increasing).

        Raises:
            ValueError: the size is not that of the target, or the times do not increase.
        """
        if self._last is not None and pts <= self._last:
            msg = f"A picture at {pts} follows one at {self._last}; times must increase."
            raise ValueError(msg)
        self._last = pts
        lent = None if self._pool is None else self._pool.frame_of(picture)
        frame = self._frame if lent is None else lent
        if lent is None:
            frame.make_writable()  # a new one only if the encoder still holds it
            _fill(frame, picture, self._target)
        frame.pts, frame.time_base = pts, self._target.time_base
        self._keep(self._context.encode(frame))
        if lent is not None and self._pool is not None:
            lent.make_writable()
            self._pool.give_back(lent)

    def finish(self) -> EncodedSegment:
        """Encode what is pending and return the segment; the encoder is used up.

        Raises:
            ValueError: no picture was written.
        """
        if self._last is None:
            msg = "A segment needs at least one picture."
            raise ValueError(msg)
        self._keep(self._context.encode(None))
        if not self._packets or not self._packets[0].is_key:
            raise InternalError(f"{self._target.encoder} made a segment that is not closed.")
        return EncodedSegment(_SEGMENT_FORM, self._context.extradata or b"", tuple(self._packets))

    def _keep(self, packets: list[Packet[Stream]]) -> None:
        for packet in packets:
            if packet.pts is None:
                raise InternalError(f"{self._target.encoder} made a packet without a time.")
            self._packets.append(EncodedPacket(packet.pts, packet.is_keyframe, bytes(packet)))


def blank_frame(target: VideoTarget) -> av.VideoFrame:
    """A frame for the encoder of `target`; some encoders take the colors from frames only."""
    frame = av.VideoFrame(target.width, target.height, target.pixel_format)
    frame.colorspace, frame.color_range = target.matrix, target.color_range
    frame.color_primaries, frame.color_trc = target.primaries, target.transfer
    return frame


def _fill(frame: av.VideoFrame, picture: Picture, target: VideoTarget) -> None:
    """Copy the picture's planes into `frame`, turned back and laid out as `target` says."""
    planes, fmt = picture.planes, picture.format
    if target.rotation or target.mirrored:
        planes = from_display(planes, target.rotation, mirrored=target.mirrored)
        fmt = display_format(fmt, target.rotation)
    if planes[0].shape != (target.height, target.width):
        height, width = planes[0].shape
        msg = f"A picture of {width} x {height} px, but {target.width} x {target.height} are coded."
        raise ValueError(msg)
    fill_frame(frame, stored_planes(planes, fmt, target))
