"""Static HDR metadata for containers: a template stream that carries it.

PyAV hands no mastering display to a stream that is written, but copies what a template stream has.
So the header of a movie of the same target is made in memory, the boxes `mdcv` and `clli`
(ISO/IEC 23001-8 and 14496-12) are put into its sample description, and FFmpeg reads it back.
"""

from __future__ import annotations

import io
import re
import struct
from typing import TYPE_CHECKING, Final, cast

import av

from latentsync_studio.media.encoder_options import configure

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

    from latentsync_studio.media.target import VideoTarget

_PATH: Final = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_STSD_HEAD: Final = 8  # version, flags and the number of entries come before the entries
_HEAD: Final = 8
_MASTERING: Final = re.compile(
    r"G\((\d+),(\d+)\)B\((\d+),(\d+)\)R\((\d+),(\d+)\)WP\((\d+),(\d+)\)L\((\d+),(\d+)\)"
)
_IN_PICTURES: Final = frozenset({"libx264", "libx264rgb", "libx265"})
_NO_ROOM: Final = frozenset({"dnxhr-hq", "dnxhr-hqx"})  # the boxes of Avid end the description


def needs_template(target: VideoTarget) -> bool:
    """Whether the metadata go into the container, because the coded pictures do not hold them."""
    given = bool(target.mastering_display or target.content_light)
    return given and target.encoder not in _IN_PICTURES and target.codec not in _NO_ROOM


def loses_light(target: VideoTarget) -> bool:
    """Whether nothing can hold the metadata that there are."""
    given = bool(target.mastering_display or target.content_light)
    return given and (target.codec in _NO_ROOM or target.is_folder)


def template_of(target: VideoTarget) -> tuple[InputContainer, bytes]:
    """A header with the metadata, open as long as its stream is used, and the parameter sets."""
    kind = "mov" if target.codec.startswith("prores") else "mp4"
    made = io.BytesIO()
    flags = {"movflags": "+empty_moov+default_base_moof", "fflags": "+bitexact"}
    with av.open(made, "w", format=kind, container_options=flags) as container:
        stream = cast("VideoStream", container.add_stream(target.encoder, rate=target.rate))
        configure(stream.codec_context, target)
        stream.time_base = target.time_base
        container.start_encoding()
        parameters = stream.codec_context.extradata or b""
    header = _with_boxes(made.getvalue(), light_boxes(target))
    return cast("InputContainer", av.open(io.BytesIO(header))), parameters


def light_boxes(target: VideoTarget) -> bytes:
    """The boxes `mdcv` (0.00002 and 0.0001 cd/m² units) and `clli` (cd/m²) that there are."""
    boxes = b""
    if match := _MASTERING.fullmatch(target.mastering_display):
        numbers = [int(number) for number in match.groups()]
        boxes += _box(b"mdcv", struct.pack(">8H2I", *numbers))
    if target.content_light:
        boxes += _box(b"clli", struct.pack(">2H", *map(int, target.content_light.split(","))))
    return boxes


def _with_boxes(data: bytes, extra: bytes) -> bytes:
    """The movie with `extra` at the end of its first sample entry."""
    return _grown(data, _PATH, extra)


def _grown(data: bytes, path: tuple[bytes, ...], extra: bytes) -> bytes:
    out, at = b"", 0
    while at + _HEAD <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + _HEAD : at + size]
        if path and kind == path[0]:
            skip = _STSD_HEAD if kind == b"stsd" else 0
            body = body[:skip] + _grown(body[skip:], path[1:], extra)
        elif not path:  # a sample entry
            body += extra
        out += _box(kind, body)
        at += size
    return out


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + _HEAD) + kind + body
