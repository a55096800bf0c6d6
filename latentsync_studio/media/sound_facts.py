"""Facts of the sound of a file, to the sample where it begins to be heard."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import av  # noqa: F401 - whole before its parts, see media/__init__.py
from av.error import FFmpegError
from av.stream import Disposition

from latentsync_studio.core.errors import InputError
from latentsync_studio.media.facts import AudioFacts
from latentsync_studio.media.index import only, packets
from latentsync_studio.media.opening import open_media

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.stream import Stream

_LOSSLESS: Final = ("pcm_", "flac", "alac", "wavpack", "tta", "truehd", "ape")
_PLAIN_LAYOUTS: Final = {"1 channels": "mono", "2 channels": "stereo"}
_NO_LANGUAGE: Final = {"und", "```"}
_MAX_PACKETS: Final = 200  # four seconds of AAC; a broken stream must not be decoded to its end


def sound_facts(container: InputContainer, video_start: Fraction | None) -> AudioFacts | None:
    """Facts of the default audio stream, else the first; None without sound.

    Args:
        container: any position; it is not read.
        video_start: seconds at which the first frame is shown, None without video.

    Raises:
        InputError: there is no decoder for the stream.
    """
    streams = container.streams.audio
    preferred = [s for s in streams if s.disposition & Disposition.default]
    stream = next(iter(preferred or streams), None)
    if stream is None:
        return None
    need_decoder(stream)
    context, base = stream.codec_context, stream.time_base or Fraction(0)
    begin = _first_heard(Path(container.name), stream)
    codec = context.codec.canonical_name
    return AudioFacts(
        stream=stream.index,
        codec=codec,
        rate_hz=context.sample_rate,
        channels=context.channels,
        layout=_PLAIN_LAYOUTS.get(context.layout.name, context.layout.name),
        sample_format=context.format.name,
        bits=context.format.bits if codec.startswith(_LOSSLESS) else 0,
        offset_s=0.0 if video_start is None else float(begin - video_start),
        duration_s=float((stream.duration or 0) * base),
        language=language_of(stream),
    )


def need_decoder(stream: Stream) -> None:
    """Raise InputError when there is no decoder for a stream."""
    if stream.codec_context is None:
        raise InputError(
            f"Stream {stream.index} ({stream.type}) is stored with a codec that cannot be decoded.",
            remedy="Convert the file to H.264 video and AAC or PCM sound.",
        )


def language_of(stream: Stream) -> str:
    """ISO 639-2 code as tagged; empty when absent or undetermined."""
    language = stream.metadata.get("language", "")
    return "" if language in _NO_LANGUAGE else language


def _first_heard(path: Path, stream: AudioStream) -> Fraction:
    """Seconds at which the first sample is heard.

    Encoders put samples before the sound (priming); whether the stream's own start time counts
    them differs from container to container, a decoded frame has them cut off.
    """
    with open_media(path) as container:
        same = cast("AudioStream", container.streams[stream.index])
        only(container, same)
        for packet in islice(packets(container, same), _MAX_PACKETS):
            try:
                frames = same.codec_context.decode(packet)
            except FFmpegError:
                continue
            if frames and frames[0].pts is not None and frames[0].time_base is not None:
                return frames[0].pts * frames[0].time_base
    return (stream.start_time or 0) * (stream.time_base or Fraction(0))
