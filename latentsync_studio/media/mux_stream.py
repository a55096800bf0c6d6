"""The video stream of a movie that is written: header, tags, rotation, timecode, light."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

from latentsync_studio.media.encoder_options import configure
from latentsync_studio.media.languages import stored_language
from latentsync_studio.media.light_boxes import loses_light, needs_template, template_of

if TYPE_CHECKING:
    from contextlib import ExitStack

    from av.container import OutputContainer
    from av.video.stream import VideoStream

    from latentsync_studio.media.facts import MediaFacts
    from latentsync_studio.media.target import VideoTarget

_TIMECODE: Final = re.compile(r"\d\d:\d\d:\d\d[:;.]\d\d")
_UNITY: Final = 65536
_TELLS_ASPECT: Final = frozenset({"h264", "h265"})  # in the coded pictures themselves
ROUNDED: Final = (".mkv", ".webm")  # endings of files whose times are whole milliseconds


class WrittenStream:
    """A video stream with the parameter sets of the segments; no picture is encoded by it."""

    def __init__(
        self, container: OutputContainer, target: VideoTarget, suffix: str, held: ExitStack
    ) -> None:
        """Add the stream.

        held: closes what the stream is copied from, after the movie is written.
        """
        self._parameters: bytes | None = None
        if needs_template(target):
            template, self._parameters = template_of(target)
            held.enter_context(template)
            origin = template.streams.video[0]
            stream = container.add_stream_from_template(origin, opaque=True)
            stream.codec_context.framerate = target.rate
            stream.codec_context.pix_fmt = target.pixel_format
            if suffix not in ROUNDED or target.codec.startswith("prores"):
                stream.codec_context.codec_tag = origin.codec_context.codec_tag
        else:
            stream = cast("VideoStream", container.add_stream(target.encoder, rate=target.rate))
            configure(stream.codec_context, target)
        stream.time_base = target.time_base
        if target.codec == "h265" and suffix not in ROUNDED:
            stream.codec_context.codec_tag = "hvc1"  # the tag that QuickTime plays
        if target.rotation or target.mirrored:
            stream.set_display_matrix(_display_matrix(target))
        self.stream = stream

    @property
    def parameters(self) -> bytes:
        """Parameter sets that all segments must have; known when encoding has started."""
        if self._parameters is None:
            self._parameters = self.stream.codec_context.extradata or b""
        return self._parameters


def describe(
    container: OutputContainer,
    stream: VideoStream,
    target: VideoTarget,
    facts: MediaFacts,
    suffix: str,
) -> tuple[str, ...]:
    """Copy titles, languages and timecode; say what cannot be copied."""
    notes: list[str] = []
    if facts.title:
        container.metadata["title"] = facts.title
    video = facts.video
    if video is not None and video.language:
        stream.metadata["language"] = stored_language(video.language, suffix)
    if video is not None and _TIMECODE.fullmatch(video.timecode):
        timecode = video.timecode
        if ";" in timecode and round(target.rate) % 30:
            timecode = timecode.replace(";", ":")
            notes.append(f"The timecode {video.timecode} is stored without drop frame.")
        container.metadata["timecode"] = timecode
        if video.reel and suffix == ".mov":
            stream.metadata["reel_name"] = video.reel
    if suffix in ROUNDED and (target.time_base * 1000).denominator != 1:
        what = "WebM" if suffix == ".webm" else "Matroska"
        notes.append(f"{what} rounds the times of the frames to 1 ms.")
    if suffix in ROUNDED and target.sample_aspect != 1 and target.codec not in _TELLS_ASPECT:
        notes.append(f"The file does not tell that pixels are {target.sample_aspect} wide.")
    if loses_light(target):
        notes.append("The light levels of the HDR master are not stored with this codec.")
    return tuple(notes)


def _display_matrix(target: VideoTarget) -> list[int]:
    """Nine numbers, 16.16 and 2.30 fixed: turn clockwise, then mirror (ISO/IEC 14496-12, 8.3.2)."""
    cos, sin = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[target.rotation]
    a, b, c, d = cos, sin, -sin, cos
    if target.mirrored:
        a, c = -a, -c
    return [a * _UNITY, b * _UNITY, 0, c * _UNITY, d * _UNITY, 0, 0, 0, 1 << 30]
