"""How a picture is to be encoded: chosen so that as little as possible of the source is lost."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import av
import msgspec

from latentsync_studio.core.delivery.codecs import (
    CODECS,
    FOLDER,
    HARDWARE,
    NO_ENDING,
    Hardware,
    VideoCodec,
    codecs_of,
    hardware_encoder,
)
from latentsync_studio.core.errors import InputError, InvalidSettingError
from latentsync_studio.core.picture import Matrix, PixelFormat
from latentsync_studio.media.hardware import require_hardware
from latentsync_studio.media.layouts import Samples, coded_samples, stored_samples
from latentsync_studio.media.orient import Rotation  # noqa: TC001 - msgspec reads it at run time

if TYPE_CHECKING:
    from latentsync_studio.core.settings.pages import EncodeSettings
    from latentsync_studio.media.facts import MediaFacts, VideoFacts

__all__ = ["Samples", "VideoTarget", "choose_target", "coded_samples"]

_THREADS: Final = 2  # more or fewer give other bytes, so it never follows the machine
_KEYFRAME_SECONDS: Final = 2
_UNSPECIFIED: Final = 2  # ITU-T H.273: "unspecified"
_MATRIX_RGB: Final = 0
_LIMITED_RANGE: Final = 1
_FULL_RANGE: Final = 2
_CODE_POINTS: Final[dict[Matrix, int]] = {"bt601": 6, "bt709": 1, "bt2020": 9}

_SOFTWARE: Final[dict[VideoCodec, str]] = {
    "h264": "libx264",
    "h265": "libx265",
    "av1": "libsvtav1",
    "vp9": "libvpx-vp9",
    "prores": "prores_ks",
    "prores4444": "prores_ks",
    "dnxhr-hq": "dnxhd",
    "dnxhr-hqx": "dnxhd",
    "ffv1": "ffv1",
    "png": "png",
    "tiff": "tiff",
}
# Where an encoder takes other than planar frames: (alpha, deep) -> FFmpeg's pixel format.
_PACKED: Final = {
    "libx264rgb": {(False, False): "rgb24"},
    "ffv1": {(False, False): "bgr0", (True, False): "bgra"},  # 8 bits; deeper ones are planar
    "png": {
        (False, False): "rgb24",
        (True, False): "rgba",
        (False, True): "rgb48be",
        (True, True): "rgba64be",
    },
    "tiff": {
        (False, False): "rgb24",
        (True, False): "rgba",
        (False, True): "rgb48le",
        (True, True): "rgba64le",
    },
}


class VideoTarget(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that shapes the encoded pictures; part of the key of every stored segment.

    Attributes:
        codec: what is stored.
        encoder: FFmpeg's name.
        build: version of the encoder's library: another build may give other bytes.
        width: coded px, before turning to display.
        height: coded px, before turning to display.
        samples: layout of the coded planes.
        colors: luma coefficients of the coded planes; "rgb" for RGB.
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

    codec: VideoCodec
    encoder: str
    build: str
    width: int
    height: int
    samples: Samples
    colors: Matrix
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
        samples = self.samples
        if self.is_hardware:
            return "nv12" if samples.bits == 8 else "p010le"
        if samples.family == "rgb":
            packed = _PACKED.get(self.encoder, {})
            known = packed.get((samples.alpha, samples.bits > 8))
            if known is not None:
                return known
        return samples.planar_name

    @property
    def is_hardware(self) -> bool:
        """Whether a chip does the encoding."""
        return self.encoder.rpartition("_")[2] in HARDWARE

    @property
    def is_folder(self) -> bool:
        """Whether the output is a folder of numbered pictures."""
        return CODECS[self.codec].is_folder

    @property
    def reorder(self) -> int:
        """Frames by which decoding may run ahead of showing: B-frames with a pyramid."""
        return 2 if self.encoder in {"libx264", "libx264rgb", "libx265"} else 0

    @property
    def coded_format(self) -> PixelFormat:
        """Meaning of the coded planes, before turning to display."""
        samples = self.samples
        full = self.color_range == _FULL_RANGE
        name = "gray" if samples.family == "gray" else samples.planar_name
        return PixelFormat(
            name=name,
            bits=samples.bits,
            sub_x=samples.sub_x,
            sub_y=samples.sub_y,
            matrix=self.colors,
            full_range=full,
        )


def choose_target(
    facts: MediaFacts, settings: EncodeSettings, suffix: str = ".mp4"
) -> tuple[VideoTarget, tuple[str, ...]]:
    """Choose codec, depth and chroma for a source.

    Without a wish, 8 bits go to H.264, 10 bits to H.264 High 10, more bits and HDR to H.265;
    chroma subsampling is kept. Odd sides cannot be subsampled, so their chroma is stored for every
    pixel.

    Args:
        facts: of the source.
        settings: what is wished for.
        suffix: ending of the output, with its dot; "" is a folder of pictures.

    Returns:
        The target, and sentences on what is stored in another way than in the source.

    Raises:
        InputError: there is no picture in the source.
        InvalidSettingError: codec, container, depth, chroma, size or hardware do not go together.
    """
    video = facts.video
    if video is None:
        raise InputError(
            f"{facts.path} has no picture.", remedy="Choose a video file as the picture."
        )
    notes: list[str] = []
    source = coded_samples(video.format, video.rotation)
    codec = _codec(video, source, settings, suffix, notes)
    if CODECS[codec].is_folder:
        video = _upright(video)
        source = coded_samples(video.format, 0)
    encoder = _encoder(codec, settings, notes)
    if encoder == _SOFTWARE[codec]:
        samples, changes = stored_samples(video, source, codec, settings)
    else:
        samples, changes = _hardware_samples(video, source, codec, settings)
    notes += changes
    if encoder == "libx264" and samples.family == "rgb":
        encoder = "libx264rgb"
    if video.interlaced:
        notes.append("The source is interlaced; its frames are stored as progressive.")
    target = _made(video, codec, encoder, samples, settings)
    return _tagged(target, video, notes), tuple(notes)


def _made(
    video: VideoFacts,
    codec: VideoCodec,
    encoder: str,
    samples: Samples,
    settings: EncodeSettings,
) -> VideoTarget:
    """The target, still without matrix and range."""
    rate = video.rate if video.rate > 0 else Fraction(25)
    return VideoTarget(
        codec=codec,
        encoder=encoder,
        build=f"{av.__version__}/{av.library_versions['libavcodec']}",
        width=video.coded_width,
        height=video.coded_height,
        samples=samples,
        colors="rgb" if samples.family == "rgb" else _colors(video),
        time_base=video.time_base,
        rate=rate,
        primaries=video.tags.primaries,
        transfer=video.tags.transfer,
        sample_aspect=Fraction(*video.sample_aspect) if all(video.sample_aspect) else Fraction(1),
        rotation=video.rotation,
        mirrored=video.mirrored,
        quality=settings.quality,
        speed=settings.speed,
        keyframe_interval=min(max(round(rate * _KEYFRAME_SECONDS), 12), 250),
        mastering_display=video.mastering_display,
        content_light=video.content_light,
    )


def _upright(video: VideoFacts) -> VideoFacts:
    """The video as it is shown: nothing turns picture files."""
    across, down = video.sample_aspect
    return msgspec.structs.replace(
        video,
        coded_width=video.width,
        coded_height=video.height,
        sample_aspect=(down, across) if video.rotation in {90, 270} else (across, down),
        rotation=0,
        mirrored=False,
    )


def _colors(video: VideoFacts) -> Matrix:
    return "bt709" if video.format.matrix == "rgb" else video.format.matrix


def _tagged(target: VideoTarget, video: VideoFacts, notes: list[str]) -> VideoTarget:
    """The target with matrix and range as its samples have them."""
    if target.samples.family == "rgb":
        return msgspec.structs.replace(target, matrix=_MATRIX_RGB, color_range=_FULL_RANGE)
    from_rgb = video.format.matrix == "rgb"
    matrix = _CODE_POINTS[target.colors] if from_rgb else video.tags.matrix
    limited = CODECS[target.codec].limited
    if from_rgb or limited:
        if limited and video.format.full_range and not from_rgb:
            notes.append(f"Full range is stored as limited range in {CODECS[target.codec].title}.")
        color_range = _LIMITED_RANGE
    else:
        color_range = _FULL_RANGE if video.format.full_range else video.tags.color_range
    return msgspec.structs.replace(target, matrix=matrix, color_range=color_range)


def _codec(
    video: VideoFacts, source: Samples, settings: EncodeSettings, suffix: str, notes: list[str]
) -> VideoCodec:
    """The codec that is wished for, or the best of those that go into the container."""
    deep_rgb = source.family == "rgb" and source.bits > 8
    is_deep = video.hdr or source.bits > 10 or deep_rgb
    best: VideoCodec = "h265" if is_deep else "h264"
    if suffix == ".webm":
        best = "av1" if video.hdr or source.bits > 8 else "vp9"
    wanted = best if settings.codec == "auto" else settings.codec
    _require_container(wanted, suffix)
    across, down = CODECS[wanted].least
    if video.coded_width >= across and video.coded_height >= down:
        return wanted
    size = f"{video.coded_width} x {video.coded_height} px"
    if wanted == "h265":
        notes.append(
            f"The picture of {size} is stored as H.264, because H.265 needs {across} px a side."
        )
        return "h264"
    raise InvalidSettingError(
        f"{CODECS[wanted].title} needs at least {across} x {down} px; the picture has {size}.",
        remedy="Choose another codec, such as H.264, ProRes or FFV1.",
    )


def _require_container(codec: VideoCodec, suffix: str) -> None:
    """Raise InvalidSettingError unless the codec goes into files with this ending."""
    known = CODECS[codec]
    if suffix in known.containers:
        return
    if known.is_folder:
        raise InvalidSettingError(
            f"{known.title} go into a folder, not into a {suffix} file.",
            remedy="Name a folder as the output, without an ending.",
        )
    nameless = {FOLDER: "a folder", NO_ENDING: "a file without an ending"}
    where = nameless.get(suffix, f"a {suffix} file")
    others = ", ".join(CODECS[name].title for name in codecs_of(suffix))
    instead = f", or choose one of {others}" if others else ""
    raise InvalidSettingError(
        f"{known.title} does not go into {where}.",
        remedy=f"Let the output end in {' or '.join(known.containers)}{instead}.",
    )


def _encoder(codec: VideoCodec, settings: EncodeSettings, notes: list[str]) -> str:
    hardware: Hardware = settings.hardware
    if hardware == "off":
        return _SOFTWARE[codec]
    name = hardware_encoder(hardware, codec)
    if not name:
        raise InvalidSettingError(
            f"{HARDWARE[hardware]} does not encode {CODECS[codec].title}.",
            remedy="Set the hardware encoder to off, or choose another codec.",
        )
    require_hardware(hardware, name)
    notes.append(f"The pictures are encoded by {HARDWARE[hardware]} ({name}).")
    return name


def _hardware_samples(
    video: VideoFacts, source: Samples, codec: VideoCodec, settings: EncodeSettings
) -> tuple[Samples, list[str]]:
    """Chips store 4:2:0, H.264 of 8 bits only."""
    chroma = settings.chroma if settings.chroma != "source" else "420"
    deep = source.bits > 8 and codec != "h264"
    depth = settings.depth if settings.depth != "source" else ("10" if deep else "8")
    if chroma != "420" or depth not in {"8", "10"} or (depth == "10" and codec == "h264"):
        raise InvalidSettingError(
            f"Hardware encoders store {CODECS[codec].title} in 4:2:0 and 8 bits"
            f"{'' if codec == 'h264' else ' or 10'}.",
            remedy="Set the hardware encoder to off, or chroma and depth to source.",
        )
    wished = msgspec.structs.replace(settings, chroma=chroma, depth=depth)
    return stored_samples(video, source, codec, wished)
