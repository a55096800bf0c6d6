"""Hardware encoders: whether they really work here, found out by encoding a frame.

An encoder that FFmpeg knows says nothing about the machine: only one that opens and gives a packet
counts. The answer holds for the process, since drivers and chips stay as they are.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from latentsync_studio.core.delivery.codecs import CODECS, HARDWARE, hardware_encoder
from latentsync_studio.core.errors import InvalidSettingError

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

    from latentsync_studio.core.delivery.codecs import Hardware, VideoCodec

_WIDTH, _HEIGHT = 320, 192  # above the least size of all chips
_RATE: Final = 25
_PIXEL_FORMATS: Final = ("nv12", "yuv420p")


class HardwareEncoder(NamedTuple):
    """One hardware encoder and whether it works.

    Attributes:
        hardware: as in the settings.
        codec: what it makes.
        name: FFmpeg's.
        problem: why it does not work; "" where it does.
    """

    hardware: Hardware
    codec: VideoCodec
    name: str
    problem: str


def hardware_encoders() -> tuple[HardwareEncoder, ...]:
    """All that this program knows to use, each tried once in this process."""
    found = []
    for hardware in HARDWARE:
        for codec in CODECS:
            name = hardware_encoder(hardware, codec)
            if name:
                found.append(HardwareEncoder(hardware, codec, name, why_not(name)))
    return tuple(found)


def require_hardware(hardware: Hardware, name: str) -> None:
    """Raise InvalidSettingError unless the encoder `name` works here."""
    problem = why_not(name)
    if problem:
        raise InvalidSettingError(
            f"{HARDWARE[hardware]} cannot be used for this ({name}): {problem}.",
            remedy="Set the hardware encoder to off, or check the driver; see: doctor",
        )


@cache
def why_not(name: str) -> str:
    """Why an encoder does not give a packet for a frame here; "" where it does."""
    import av
    from av.codec.codec import UnknownCodecError
    from av.error import FFmpegError

    try:
        formats = [f.name for f in av.Codec(name, "w").video_formats or ()]
    except UnknownCodecError:
        return "this build of FFmpeg does not have it"
    fitting = next((each for each in _PIXEL_FORMATS if each in formats), "")
    if not fitting:
        return "it takes no frames of 4:2:0"
    try:
        return "" if _packets(name, fitting) else "it gives no packet for a frame"
    except (FFmpegError, ValueError, MemoryError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return f"it does not open ({reason})"


def _packets(name: str, pixel_format: str) -> int:
    """Encode one gray frame and count the packets."""
    from fractions import Fraction

    import av

    context = cast("VideoCodecContext", av.CodecContext.create(name, "w"))
    context.width, context.height, context.pix_fmt = _WIDTH, _HEIGHT, pixel_format
    context.time_base, context.framerate = Fraction(1, _RATE), Fraction(_RATE)
    frame = av.VideoFrame(_WIDTH, _HEIGHT, pixel_format)
    for plane in frame.planes:
        plane.update(bytes([128]) * plane.buffer_size)
    frame.pts, frame.time_base = 0, Fraction(1, _RATE)
    return len([*context.encode(frame), *context.encode(None)])
