"""What only a decoded frame tells: true format, tags, rotation, fields, HDR side data."""

from __future__ import annotations

import struct
from itertools import islice
from typing import TYPE_CHECKING, Final, cast

import av  # noqa: F401 - whole before its parts, see media/__init__.py
import msgspec
from av.sidedata.sidedata import Type

from latentsync_studio.media.facts import ColorTags
from latentsync_studio.media.index import decoded_packet, packets
from latentsync_studio.media.orient import Rotation, turn_of
from latentsync_studio.media.planes import Layout, layout_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from av.buffer import Buffer
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

MAX_PACKETS: Final = 300  # ten seconds of video; a broken stream must not be decoded to its end


class FirstFrame(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of the first frame that decodes.

    Attributes:
        width: coded pixels.
        height: coded pixels.
        layout: of its samples.
        tags: of the frame, completed by those of the stream.
        rotation: clockwise to display.
        mirrored: left and right swap after the rotation.
        turn_exact: False when the display matrix is no multiple of a right angle.
        interlaced: it consists of two fields.
        mastering_display: as in VideoFacts.
        content_light: as in VideoFacts.
    """

    width: int
    height: int
    layout: Layout
    tags: ColorTags
    rotation: Rotation
    mirrored: bool
    turn_exact: bool
    interlaced: bool
    mastering_display: str
    content_light: str


def first_frame(container: InputContainer, stream: VideoStream) -> FirstFrame | None:
    """Decode from the start of an opened file up to the first frame; None when none comes."""
    frame = next(_frames(container, stream), None)
    if frame is None:
        return None
    rotation, mirrored, exact = _turn(frame)
    context = stream.codec_context
    return FirstFrame(
        width=frame.width,
        height=frame.height,
        layout=layout_of(frame.format),
        tags=ColorTags(
            matrix=_tagged(frame.colorspace, context.colorspace),
            primaries=_tagged(frame.color_primaries, context.color_primaries),
            transfer=_tagged(frame.color_trc, context.color_trc),
            color_range=int(frame.color_range) or int(context.color_range),
        ),
        rotation=rotation,
        mirrored=mirrored,
        turn_exact=exact,
        interlaced=frame.interlaced_frame,
        mastering_display=_mastering(frame),
        content_light=_light(frame),
    )


def _frames(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    for packet in islice(packets(container, stream), MAX_PACKETS):
        yield from decoded_packet(stream, packet)
    yield from decoded_packet(stream, None)


def _tagged(of_frame: int, of_stream: int) -> int:
    """The frame's code point unless it is unspecified (2) or reserved (3)."""
    for value in (int(of_frame), int(of_stream)):
        if value not in {2, 3}:
            return value
    return 2


def _side_data(frame: VideoFrame, kind: Type) -> bytes:
    try:
        found = cast("Mapping[Type, Buffer]", frame.side_data).get(kind)
    except ValueError:  # PyAV does not know the newest kinds (EXIF) and then shows none at all
        return b""
    return bytes(found) if found is not None else b""


def _turn(frame: VideoFrame) -> tuple[Rotation, bool, bool]:
    matrix = _side_data(frame, Type.DISPLAYMATRIX)
    if len(matrix) >= 36:
        return turn_of(matrix)
    clockwise = -frame.rotation % 360
    nearest = round(clockwise / 90) % 4 * 90
    return cast("Rotation", nearest), False, clockwise == nearest


def _mastering(frame: VideoFrame) -> str:
    """AVMasteringDisplayMetadata: ten AVRationals (R, G, B, white point, min, max), two flags."""
    data = _side_data(frame, Type.MASTERING_DISPLAY_METADATA)
    if len(data) < 88:
        return ""
    numbers = struct.unpack("=22i", data[:88])
    if not (numbers[20] and numbers[21]):
        return ""
    values = [n / d if d else 0.0 for n, d in zip(numbers[:20:2], numbers[1:20:2], strict=True)]
    r, g, b, white = (
        f"({round(values[k] * 50000)},{round(values[k + 1] * 50000)})" for k in (0, 2, 4, 6)
    )
    return f"G{g}B{b}R{r}WP{white}L({round(values[9] * 10000)},{round(values[8] * 10000)})"


def _light(frame: VideoFrame) -> str:
    data = _side_data(frame, Type.CONTENT_LIGHT_LEVEL)
    return ",".join(str(v) for v in struct.unpack("=2I", data[:8])) if len(data) >= 8 else ""
