"""Video codecs of delivered movies: what each stores and which files it goes into.

A container is told by the ending of the output's name; numbered pictures go into a folder, whose
name has none. The first container and the first depth are the usual ones.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

VideoCodec = Literal[
    "h264", "h265", "av1", "vp9", "prores", "prores4444", "dnxhr-hq", "dnxhr-hqx", "ffv1",
    "png", "tiff",
]  # fmt: skip
Chroma = Literal["420", "422", "444", "rgb"]
Hardware = Literal["off", "nvenc", "qsv", "amf", "videotoolbox"]

FOLDER: Final = ""  # the ending of an output that is a folder of numbered pictures
NO_ENDING: Final = "."  # that of a movie's name that lacks one
SUFFIXES: Final = (".mp4", ".mov", ".mkv", ".webm")


class CodecFacts(NamedTuple):
    """What a codec can store, as the encoders that are used here do.

    Attributes:
        title: its usual name.
        containers: endings of the files that it goes into, the usual one first.
        depths: bits a sample, rising.
        chroma: layouts of the chroma, from the coarsest; "rgb" is no chroma at all.
        bytes_per_pixel: of talking people at the default quality, roughly; for forecasts of room.
        alpha: stores transparency.
        is_intra: every frame is coded by itself.
        is_lossless: what is stored is what was given.
        least: smallest width and height, px.
        odd: subsampled chroma goes with odd sizes.
        limited: only the limited range of luma and chroma is understood.
    """

    title: str
    containers: tuple[str, ...]
    depths: tuple[int, ...]
    chroma: tuple[Chroma, ...]
    bytes_per_pixel: float
    alpha: bool = False
    is_intra: bool = False
    is_lossless: bool = False
    least: tuple[int, int] = (1, 1)
    odd: bool = True
    limited: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether its output is a folder of pictures."""
        return self.containers == (FOLDER,)


_LONG_GOP: Final = 0.02
CODECS: Final[dict[VideoCodec, CodecFacts]] = {
    "h264": CodecFacts(
        "H.264",
        (".mp4", ".mov", ".mkv"),
        (8, 10),
        ("420", "422", "444", "rgb"),
        _LONG_GOP,
        odd=False,
    ),
    "h265": CodecFacts(
        "H.265",
        (".mp4", ".mov", ".mkv"),
        (8, 10, 12),
        ("420", "422", "444", "rgb"),
        _LONG_GOP,
        least=(64, 64),  # below, x265 refuses pictures or damages its memory (4:4:4)
        odd=False,
    ),
    "av1": CodecFacts(
        "AV1", (".mp4", ".mkv", ".webm"), (8, 10), ("420",), _LONG_GOP, least=(16, 16)
    ),
    "vp9": CodecFacts("VP9", (".webm", ".mkv", ".mp4"), (8,), ("420", "422", "444"), _LONG_GOP),
    "prores": CodecFacts(
        "ProRes 422 HQ", (".mov", ".mkv"), (10,), ("422",), 0.55, is_intra=True, limited=True
    ),
    "prores4444": CodecFacts(
        "ProRes 4444",
        (".mov", ".mkv"),
        (10,),
        ("444",),
        0.85,
        alpha=True,
        is_intra=True,
        limited=True,
    ),
    "dnxhr-hq": CodecFacts(
        "DNxHR HQ",
        (".mov",),
        (8,),
        ("422",),
        0.45,
        is_intra=True,
        least=(256, 120),  # what SMPTE ST 2019-1 allows
        limited=True,
    ),
    "dnxhr-hqx": CodecFacts(
        "DNxHR HQX",
        (".mov",),
        (10,),
        ("422",),
        0.45,
        is_intra=True,
        least=(256, 120),
        limited=True,
    ),
    "ffv1": CodecFacts(
        "FFV1",
        (".mkv", ".mp4"),
        (8, 10, 12, 16),
        ("420", "422", "444", "rgb"),
        1.4,
        alpha=True,
        is_intra=True,
        is_lossless=True,
        odd=False,
    ),
    "png": CodecFacts(
        "PNG pictures",
        (FOLDER,),
        (8, 16),
        ("rgb",),
        2.5,
        alpha=True,
        is_intra=True,
        is_lossless=True,
    ),
    "tiff": CodecFacts(
        "TIFF pictures",
        (FOLDER,),
        (8, 16),
        ("rgb",),
        3.5,
        alpha=True,
        is_intra=True,
        is_lossless=True,
    ),
}

HARDWARE: Final[dict[Hardware, str]] = {
    "nvenc": "NVIDIA NVENC",
    "qsv": "Intel Quick Sync",
    "amf": "AMD AMF",
    "videotoolbox": "Apple VideoToolbox",
}
_FAMILY: Final = {"h264": "h264", "h265": "hevc", "av1": "av1"}


def hardware_encoder(hardware: Hardware, codec: VideoCodec) -> str:
    """FFmpeg's name of a hardware encoder; "" where there is no such."""
    family = _FAMILY.get(codec, "")
    if hardware == "off" or not family or (hardware, family) == ("videotoolbox", "av1"):
        return ""
    return f"{family}_{hardware}"


def codecs_of(suffix: str) -> tuple[VideoCodec, ...]:
    """Codecs that go into files with this ending, FOLDER for a folder."""
    return tuple(name for name, facts in CODECS.items() if suffix in facts.containers)
