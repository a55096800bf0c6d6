"""What is known about a media file before a frame of it is used."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import msgspec

from latentsync_studio.core.delivery.chapters import Chapter  # noqa: TC001 - msgspec reads it
from latentsync_studio.core.errors import InputError
from latentsync_studio.core.picture import PixelFormat  # noqa: TC001 - msgspec reads it
from latentsync_studio.media.orient import Rotation  # noqa: TC001 - msgspec reads it

Ratio = tuple[int, int]  # numerator, denominator: JSON has no fractions


class ColorTags(msgspec.Struct, frozen=True, kw_only=True):
    """Colour tags as the file has them: code points of ITU-T H.273, 2 = unspecified.

    `color_range` is FFmpeg's: 0 unspecified, 1 limited, 2 full.
    """

    matrix: int
    primaries: int
    transfer: int
    color_range: int


class VideoFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One video stream.

    Attributes:
        stream: index in the file.
        codec: FFmpeg's name of the decoder.
        profile: of the codec; empty when it has none.
        coded_width: pixels as decoded, before turning.
        coded_height: pixels as decoded, before turning.
        width: pixels of the pictures that the reader delivers (display orientation).
        height: pixels of the pictures that the reader delivers (display orientation).
        sample_aspect: width : height of a coded pixel.
        rotation: degrees clockwise from coded to shown.
        mirrored: left and right are swapped after the rotation.
        time_base_ratio: seconds of one unit of PTS.
        rate_ratio: frames per second; for variable rates the mean over the clip.
        declared_rate: what the container says (FFmpeg's r_frame_rate), 0/1 when it says nothing.
        variable_rate: True when the frames do not follow `rate` within one unit of PTS.
        frames: frames that are shown.
        keyframes: of these, how many can be decoded on their own.
        start_pts: of the first frame.
        end_pts: of the end of the last frame.
        counted: True when the file has no usable times, so frames are counted from the start.
        pixel_format: FFmpeg's name as decoded.
        planar_format: FFmpeg's planar name with the same samples, coded orientation.
        format: meaning of the planes that the reader delivers.
        has_alpha: the last plane is alpha.
        tags: colour tags as found.
        primaries: FFmpeg's name, as found or assumed.
        transfer: FFmpeg's name, as found or assumed.
        assumed: which of "matrix", "range", "primaries", "transfer" were not tagged.
        interlaced: frames consist of two fields; they are not deinterlaced.
        hdr: "pq", "hlg" or empty.
        mastering_display: SMPTE ST 2086 in the notation of x265 ("G(x,y)B(x,y)R(x,y)WP(x,y)
            L(max,min)", units of 0.00002 and 0.0001 cd/m²); empty when absent.
        content_light: "MaxCLL,MaxFALL" in cd/m²; empty when absent.
        timecode: start, ";" before the frames marks drop frame; empty when absent.
        reel: name of the tape or card; empty when absent.
        language: ISO 639-2; empty when absent.
    """

    stream: int
    codec: str
    profile: str
    coded_width: int
    coded_height: int
    width: int
    height: int
    sample_aspect: Ratio
    rotation: Rotation
    mirrored: bool
    time_base_ratio: Ratio
    rate_ratio: Ratio
    declared_rate: Ratio
    variable_rate: bool
    frames: int
    keyframes: int
    start_pts: int
    end_pts: int
    counted: bool
    pixel_format: str
    planar_format: str
    format: PixelFormat
    has_alpha: bool
    tags: ColorTags
    primaries: str
    transfer: str
    assumed: tuple[str, ...]
    interlaced: bool
    hdr: str
    mastering_display: str
    content_light: str
    timecode: str
    reel: str
    language: str

    @property
    def rate(self) -> Fraction:
        """Frames per second."""
        return Fraction(*self.rate_ratio)

    @property
    def time_base(self) -> Fraction:
        """Seconds of one unit of PTS."""
        return Fraction(*self.time_base_ratio)

    @property
    def duration(self) -> Fraction:
        """Seconds from the first frame to the end of the last."""
        return (self.end_pts - self.start_pts) * self.time_base


class AudioFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One audio stream.

    Attributes:
        stream: index in the file.
        codec: FFmpeg's name of the decoder.
        rate_hz: samples per second.
        channels: number of channels.
        layout: FFmpeg's name ("stereo", "5.1", ...).
        sample_format: FFmpeg's name of decoded samples.
        bits: bits a sample as stored, 0 when the codec is lossy.
        offset_s: seconds that the sound starts after the first frame (negative: before it);
            0 without video.
        duration_s: seconds, 0 when unknown.
        language: ISO 639-2; empty when absent.
    """

    stream: int
    codec: str
    rate_hz: int
    channels: int
    layout: str
    sample_format: str
    bits: int
    offset_s: float
    duration_s: float
    language: str


class MediaFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One file.

    Attributes:
        path: absolute.
        size_bytes: of the file.
        container: FFmpeg's names of the container.
        title: as tagged; empty when absent.
        duration_s: seconds, of the longest stream.
        video: the first real video stream (cover pictures do not count), or None.
        audio: the default audio stream, or None.
        audio_streams: how many there are.
        notes: sentences for the user about what is unusual.
        chapters: in units of the picture's PTS from its first frame.
    """

    path: str
    size_bytes: int
    container: str
    title: str
    duration_s: float
    video: VideoFacts | None
    audio: AudioFacts | None
    audio_streams: int
    notes: tuple[str, ...]
    chapters: tuple[Chapter, ...] = ()

    def require(self, kind: Literal["video", "audio"]) -> None:
        """Raise InputError unless the file has a picture ("video") or sound ("audio")."""
        if kind == "video" and self.video is None:
            raise InputError(
                f"{self.path!r} has no picture, only sound.", remedy="Choose a file with video."
            )
        if kind == "audio" and self.audio is None:
            raise InputError(
                f"{self.path!r} has no sound, only a picture.", remedy="Choose a file with sound."
            )
