"""Decoded frames to planar arrays without losing a bit: planar, semi-planar and packed formats."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final, cast

import msgspec
import numpy as np

if TYPE_CHECKING:
    from av.video.format import VideoFormat
    from av.video.frame import VideoFrame
    from av.video.plane import VideoPlane

    from latentsync_studio.core.arrays import Plane

_PLANAR: Final = re.compile(
    r"(?:yuv(?P<alpha>a?)(?P<full>j?)(?P<sub>4\d\d)p|gbr(?P<rgb_alpha>a?)p|gray)"
    r"(?P<bits>\d+)?(?P<end>le|be)?"
)
_SHIFTS: Final = {"444": (0, 0), "422": (1, 0), "420": (1, 1), "440": (0, 1)} | {
    "411": (2, 0),
    "410": (2, 2),
}
# Semi-planar: chroma subsampling, bits, first chroma channel is V, samples sit in the high bits.
_SEMI: Final = {
    "nv12": ("420", 8, False),
    "nv21": ("420", 8, True),
    "nv16": ("422", 8, False),
    "nv24": ("444", 8, False),
    "nv42": ("444", 8, True),
    "nv20le": ("422", 10, False),
} | {
    f"p{family}{bits}le": (sub, bits, False)
    for family, sub in (("0", "420"), ("2", "422"), ("4", "444"))
    for bits in (10, 12, 16)
}
# Packed RGB: where R, G, B (and A) lie in a pixel.
_PACKED_RGB: Final = {
    "rgb24": "RGB",
    "bgr24": "BGR",
    "rgba": "RGBA",
    "bgra": "BGRA",
    "argb": "ARGB",
    "abgr": "ABGR",
    "rgb0": "RGBx",
    "bgr0": "BGRx",
    "0rgb": "xRGB",
    "0bgr": "xBGR",
} | {
    f"{order.lower()}{bits}{end}": order
    for order, bits in (("RGB", 48), ("BGR", 48), ("RGBA", 64), ("BGRA", 64))
    for end in ("le", "be")
}
# Packed 4:2:2 of 8 bits: where Y, U, V lie in four bytes.
_PACKED_YUV: Final = {"yuyv422": (0, 1, 3), "uyvy422": (1, 0, 2), "yvyu422": (0, 3, 1)}


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """How frames of one FFmpeg pixel format become planes.

    Attributes:
        source: FFmpeg's name as decoded.
        planar: FFmpeg's little-endian planar name of the planes.
        bits: bits a sample, 8..16.
        sub_x: log2 of the horizontal chroma subsampling.
        sub_y: log2 of the vertical chroma subsampling.
        rgb: True for R, G, B planes.
        alpha: True when the last plane is alpha.
        jpeg: True when the format itself means full range ("yuvj420p").
        lossless: False when FFmpeg has to convert to `planar` (floating point, palettes ...).
    """

    source: str
    planar: str
    bits: int
    sub_x: int
    sub_y: int
    rgb: bool = False
    alpha: bool = False
    jpeg: bool = False
    lossless: bool = True

    @property
    def gray(self) -> bool:
        """True when there is no chroma."""
        return self.planar.startswith("gray")


def layout_of(fmt: VideoFormat) -> Layout:
    """The layout of planes for frames of `fmt`; every format has one."""
    name = fmt.name
    if (match := _PLANAR.fullmatch(name)) and (match["sub"] or "420") in _SHIFTS:
        return _planar_layout(name, match)
    if name in _SEMI:
        sub, bits, _ = _SEMI[name]
        return _yuv_layout(name, sub, bits)
    if name in _PACKED_YUV:
        return _yuv_layout(name, "422", 8)
    if name in _PACKED_RGB:
        return _rgb_layout(name, 16 if name[-2:] in {"le", "be"} else 8, "A" in _PACKED_RGB[name])
    return _converted_layout(fmt)


def planes_of(frame: VideoFrame, layout: Layout) -> tuple[Plane, ...]:
    """The samples of a frame as views (H, W), u8 or u16 in the low bits, host byte order.

    Views stay valid while they live: they hold the frame's buffers.
    """
    name = layout.source
    if not layout.lossless:
        frame, name = frame.reformat(format=layout.planar), layout.planar
    if name in _SEMI:
        return _split_semi(frame, layout)
    if name in _PACKED_YUV:
        return _split_yuyv(frame, layout)
    if name in _PACKED_RGB:
        return _split_rgb(frame, layout)
    big = name.endswith("be")
    arrays = [_samples(p, layout.bits, big_endian=big) for p in frame.planes]
    if layout.rgb:  # FFmpeg orders G, B, R
        arrays[:3] = [arrays[2], arrays[0], arrays[1]]
    return tuple(arrays)


def _planar_layout(name: str, match: re.Match[str]) -> Layout:
    bits = int(match["bits"] or 8)
    if name.startswith("gbr"):
        return _rgb_layout(name, bits, bool(match["rgb_alpha"]))
    if name.startswith("gray"):
        planar = "gray" if bits == 8 else f"gray{bits}le"
        return Layout(source=name, planar=planar, bits=bits, sub_x=0, sub_y=0)
    layout = _yuv_layout(name, match["sub"], bits, alpha=bool(match["alpha"]))
    return msgspec.structs.replace(layout, jpeg=bool(match["full"]))


def _yuv_layout(source: str, sub: str, bits: int, *, alpha: bool = False) -> Layout:
    sub_x, sub_y = _SHIFTS[sub]
    planar = f"yuv{'a' if alpha else ''}{sub}p{'' if bits == 8 else f'{bits}le'}"
    return Layout(source=source, planar=planar, bits=bits, sub_x=sub_x, sub_y=sub_y, alpha=alpha)


def _rgb_layout(source: str, bits: int, alpha: bool) -> Layout:
    planar = f"gbr{'a' if alpha else ''}p{'' if bits == 8 else f'{bits}le'}"
    return Layout(source=source, planar=planar, bits=bits, sub_x=0, sub_y=0, rgb=True, alpha=alpha)


def _converted_layout(fmt: VideoFormat) -> Layout:
    """The nearest layout for a format that FFmpeg has to convert."""
    deepest = max((c.bits for c in fmt.components), default=8)
    bits = next((b for b in (8, 10, 12, 16) if deepest <= b), 16)
    alpha = any(c.is_alpha for c in fmt.components)
    if fmt.is_rgb or fmt.has_palette or len(fmt.components) < 3:
        bits = 8 if bits == 8 else 16
        layout = _rgb_layout(fmt.name, bits, alpha or fmt.has_palette)
    else:
        layout = _yuv_layout(fmt.name, _nearest_subsampling(fmt), bits, alpha=False)
    return msgspec.structs.replace(layout, lossless=False)


def _nearest_subsampling(fmt: VideoFormat) -> str:
    shift_x = 16 // max(1, fmt.chroma_width(16))
    shift_y = 16 // max(1, fmt.chroma_height(16))
    if shift_x == 1:
        return "444" if shift_y == 1 else "440"
    return "422" if shift_y == 1 else "420"


def _samples(plane: VideoPlane, bits: int, channels: int = 1, *, big_endian: bool = False) -> Plane:
    """View a plane as (H, W) or (H, W, channels); bottom-up frames are turned over."""
    kind = np.dtype(np.uint8) if bits == 8 else np.dtype(">u2" if big_endian else "<u2")
    step, rows = abs(plane.line_size), plane.height
    pixel = kind.itemsize * channels
    shape = (rows, plane.width) if channels == 1 else (rows, plane.width, channels)
    inner = (pixel,) if channels == 1 else (pixel, kind.itemsize)
    first = (rows - 1) * step if plane.line_size < 0 else 0
    array = np.ndarray(
        shape,
        kind,
        buffer=memoryview(plane),
        offset=first,
        strides=(-step if first else step, *inner),
    )
    if bits > 8 and big_endian != (sys.byteorder == "big"):
        array = array.byteswap().view(kind.newbyteorder())
    return cast("Plane", array)


def _split_semi(frame: VideoFrame, layout: Layout) -> tuple[Plane, ...]:
    _, bits, v_first = _SEMI[layout.source]
    luma = _samples(frame.planes[0], bits)
    both = _samples(frame.planes[1], bits, 2)
    if layout.source.startswith("p") and bits < 16:
        luma, both = cast("Plane", luma >> (16 - bits)), cast("Plane", both >> (16 - bits))
    u, v = (both[..., 1], both[..., 0]) if v_first else (both[..., 0], both[..., 1])
    return luma, u, v


def _split_yuyv(frame: VideoFrame, layout: Layout) -> tuple[Plane, ...]:
    plane = frame.planes[0]
    y, u, v = _PACKED_YUV[layout.source]
    pairs = (frame.width + 1) // 2
    flat = np.ndarray(
        (frame.height, pairs * 4), np.uint8, buffer=memoryview(plane), strides=(plane.line_size, 1)
    )
    return flat[:, y::2][:, : frame.width], flat[:, u::4], flat[:, v::4]


def _split_rgb(frame: VideoFrame, layout: Layout) -> tuple[Plane, ...]:
    order = _PACKED_RGB[layout.source]
    big = layout.source.endswith("be")
    pixels = _samples(frame.planes[0], layout.bits, len(order), big_endian=big)
    wanted = "RGBA" if layout.alpha else "RGB"
    return tuple(pixels[..., order.index(c)] for c in wanted)
