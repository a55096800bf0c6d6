"""How a picture is to be encoded: chosen so that as little as possible of the source is lost."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal

import av
import msgspec

from latentsync_studio.core.errors import InputError
from latentsync_studio.media.orient import Rotation  # noqa: TC001 - msgspec reads it at run time

if TYPE_CHECKING:
    from latentsync_studio.core.picture import PixelFormat
    from latentsync_studio.core.settings.pages import EncodeSettings
    from latentsync_studio.media.facts import MediaFacts, VideoFacts

Encoder = Literal["libx264", "libx264rgb", "libx265"]
Family = Literal["yuv", "gray", "rgb"]

_THREADS: Final = 2  # more or fewer give other bytes, so it never follows the machine
_KEYFRAME_SECONDS: Final = 2
_X265_LEAST_SIDE: Final = 64  # below, x265 refuses pictures or damages its memory (4:4:4)
_UNSPECIFIED: Final = 2  # ITU-T H.273: "unspecified"
_MATRIX_RGB: Final = 0
_FULL_RANGE: Final = 2


class Samples(msgspec.Struct, frozen=True):
    """How samples are laid out in coded planes.

    Attributes:
        family: luma and chroma, luma alone, or R, G and B.
        bits: a sample.
        sub_x: log2 of the horizontal chroma subsampling.
        sub_y: log2 of the vertical chroma subsampling.
    """

    family: Family
    bits: int
    sub_x: int = 0
    sub_y: int = 0


_SUBSAMPLED: Final = {(0, 0): "444", (1, 0): "422", (1, 1): "420"}


class VideoTarget(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that shapes the encoded pictures; part of the key of every stored segment.

    Attributes:
        encoder: FFmpeg's name.
        build: version of the encoder's library: another build may give other bytes.
        width: coded px, before turning to display.
        height: coded px, before turning to display.
        samples: layout of the coded planes.
        time_base: seconds of one unit of PTS, that of the source.
        rate: mean frames a second; a hint for levels and rate control, never for times.
        matrix: ITU-T H.273 code point, 2 = unspecified.
        primaries: ITU-T H.273 code point, 2 = unspecified.
        transfer: ITU-T H.273 code point, 2 = unspecified.
        color_range: 0 unspecified, 1 limited, 2 full.
        sample_aspect: width : height of a coded pixel.
        rotation: degrees clockwise from coded to shown.
        mirrored: left and right are swapped after the rotation.
        quality: constant rate factor, lower is better.
        speed: preset of the encoder.
        threads: of the encoder; fixed, because they change the bytes.
        keyframe_interval: most frames between two keyframes.
        mastering_display: SMPTE ST 2086 as x265 writes it; empty when absent.
        content_light: "MaxCLL,MaxFALL"; empty when absent.
    """

    encoder: Encoder
    build: str
    width: int
    height: int
    samples: Samples
    time_base: Fraction
    rate: Fraction
    matrix: int = _UNSPECIFIED
    primaries: int = _UNSPECIFIED
    transfer: int = _UNSPECIFIED
    color_range: int = 0
    sample_aspect: Fraction = Fraction(1)
    rotation: Rotation = 0
    mirrored: bool = False
    quality: int = 18
    speed: str = "superfast"
    threads: int = _THREADS
    keyframe_interval: int = 50
    mastering_display: str = ""
    content_light: str = ""

    @property
    def pixel_format(self) -> str:
        """FFmpeg's name of the format that the encoder is fed with."""
        if self.encoder == "libx264rgb":
            return "rgb24"
        deep = f"{self.samples.bits}le" if self.samples.bits > 8 else ""
        if self.samples.family == "rgb":
            return f"gbrp{deep}"
        return f"yuv{_SUBSAMPLED[self.samples.sub_x, self.samples.sub_y]}p{deep}"


def choose_target(
    facts: MediaFacts, settings: EncodeSettings
) -> tuple[VideoTarget, tuple[str, ...]]:
    """Choose codec, depth and chroma for a source.

    8 bits go to H.264, 10 bits to H.264 High 10, more bits and HDR to H.265; chroma subsampling
    is kept. Odd sides cannot be subsampled, so their chroma is stored for every pixel.

    Returns:
        The target, and sentences on what is stored in another way than in the source.

    Raises:
        InputError: there is no picture in the source.
    """
    video = facts.video
    if video is None:
        raise InputError(
            f"{facts.path} has no picture.", remedy="Choose a video file as the picture."
        )
    notes: list[str] = []
    source = coded_samples(video.format, video.rotation)
    encoder = _encoder(video, source, settings, notes)
    samples = _storable(video, source, encoder, notes)
    if video.has_alpha:
        notes.append("The source's transparency (alpha) is not stored.")
    if video.interlaced:
        notes.append("The source is interlaced; its frames are stored as progressive.")
    is_rgb = samples.family == "rgb"
    rate = video.rate if video.rate > 0 else Fraction(25)
    return VideoTarget(
        encoder=encoder,
        build=f"{av.__version__}/{av.library_versions['libavcodec']}",
        width=video.coded_width,
        height=video.coded_height,
        samples=samples,
        time_base=video.time_base,
        rate=rate,
        matrix=_MATRIX_RGB if is_rgb else video.tags.matrix,
        primaries=video.tags.primaries,
        transfer=video.tags.transfer,
        color_range=_FULL_RANGE if video.format.full_range else video.tags.color_range,
        sample_aspect=Fraction(*video.sample_aspect) if all(video.sample_aspect) else Fraction(1),
        rotation=video.rotation,
        mirrored=video.mirrored,
        quality=settings.quality,
        speed=settings.speed,
        keyframe_interval=min(max(round(rate * _KEYFRAME_SECONDS), 12), 250),
        mastering_display=video.mastering_display,
        content_light=video.content_light,
    ), tuple(notes)


def coded_samples(shown: PixelFormat, rotation: Rotation) -> Samples:
    """Layout of a picture's planes before they were turned to display by `rotation`."""
    sub_x, sub_y = shown.sub_x, shown.sub_y
    if rotation in {90, 270}:
        sub_x, sub_y = sub_y, sub_x
    family: Family = "yuv"
    if shown.matrix == "rgb":
        family = "rgb"
    elif shown.name.startswith("gray"):
        family = "gray"
    return Samples(family, shown.bits, sub_x, sub_y)


def _encoder(
    video: VideoFacts, source: Samples, settings: EncodeSettings, notes: list[str]
) -> Encoder:
    deep_rgb = source.family == "rgb" and source.bits > 8
    best = "h265" if video.hdr or source.bits > 10 or deep_rgb else "h264"
    wanted = best if settings.codec == "auto" else settings.codec
    if wanted == "h265" and min(video.coded_width, video.coded_height) < _X265_LEAST_SIDE:
        notes.append(
            f"The picture of {video.coded_width} x {video.coded_height} px is stored as H.264, "
            f"because H.265 needs {_X265_LEAST_SIDE} px a side."
        )
        wanted = "h264"
    if wanted == "h265":
        return "libx265"
    return "libx264rgb" if source.family == "rgb" else "libx264"


def _storable(video: VideoFacts, source: Samples, encoder: Encoder, notes: list[str]) -> Samples:
    """The nearest layout that `encoder` takes and that loses no pixel and no chroma sample."""
    most = {"libx264": 10, "libx264rgb": 8, "libx265": 12}[encoder]
    bits = min(next((b for b in (8, 10, 12) if b >= source.bits), 12), most)
    if bits < source.bits:
        notes.append(f"{source.bits} bits a sample are rounded to {bits}, the most it can store.")
    if source.family == "rgb":
        if encoder == "libx264rgb":
            notes.append("RGB is stored as H.264 High 4:4:4 RGB, which not every player shows.")
        return Samples("rgb", bits)
    sub_x, sub_y = source.sub_x, source.sub_y
    if source.family == "gray":
        sub_x = sub_y = 1
        notes.append("The grey picture is stored with neutral colour, which every player shows.")
    width, height = video.coded_width, video.coded_height
    known = (sub_x, sub_y) in _SUBSAMPLED
    fits = not (sub_x and width % 2) and not (sub_y and height % 2)
    if known and fits:
        return Samples(source.family, bits, sub_x, sub_y)
    if source.family != "gray":
        why = (
            f"{width} x {height} px is odd" if known else f"{video.planar_format} has no equivalent"
        )
        notes.append(f"Colour is stored for every pixel (4:4:4), because {why}.")
    return Samples(source.family, bits)
