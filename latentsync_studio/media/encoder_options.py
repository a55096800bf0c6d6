"""What each encoder is told so that equal targets give equal parameter sets and equal bytes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import av  # noqa: F401 - whole before its parts, see media/__init__.py
from av.codec.context import Flags

if TYPE_CHECKING:
    from collections.abc import Callable

    from av.video.codeccontext import VideoCodecContext

    from latentsync_studio.media.target import VideoTarget

SPEEDS: Final = ("ultrafast", "superfast", "veryfast", "faster", "medium")
_SVT_PRESETS: Final = dict(zip(SPEEDS, (9, 8, 7, 6, 5), strict=True))  # above 9 it shows blocks
_VPX_SPEEDS: Final = dict(zip(SPEEDS, (8, 5, 4, 3, 2), strict=True))
_NVENC_PRESETS: Final = dict(zip(SPEEDS, ("p1", "p3", "p4", "p5", "p6"), strict=True))
_QSV_PRESETS: Final = dict(
    zip(SPEEDS, ("veryfast", "faster", "fast", "medium", "slow"), strict=True)
)
_AMF_QUALITY: Final = dict(
    zip(SPEEDS, ("speed", "speed", "balanced", "balanced", "quality"), strict=True)
)
_ZLIB: Final = dict(zip(SPEEDS, (1, 1, 3, 6, 9), strict=True))
_VPX_LEAST_TILE: Final = 256  # px of a tile column
_FINE: Final = 20  # factor up to which x264 shows no bands in flat areas without being told to mind
_LAMBDA: Final = 118  # FFmpeg's unit of a quantizer: the finest one
_LARGE: Final = 320 * 240  # px from which FFV1 is cut into more slices


def configure(context: VideoCodecContext, target: VideoTarget) -> None:
    """Set up an encoder for a target."""
    context.width, context.height = target.width, target.height
    context.pix_fmt = target.pixel_format
    context.time_base, context.framerate = target.time_base, target.rate
    context.sample_aspect_ratio = target.sample_aspect
    context.colorspace, context.color_range = target.matrix, target.color_range
    context.color_primaries, context.color_trc = target.primaries, target.transfer
    context.gop_size = target.keyframe_interval
    context.thread_count = target.threads
    context.flags |= int(Flags.global_header) | int(Flags.bitexact) | int(Flags.closed_gop)
    if target.is_hardware:
        context.max_b_frames = 0  # not every chip has them, and none is needed
        context.options = _HARDWARE[target.encoder.rpartition("_")[2]](target)
    else:
        context.options = _SOFTWARE[target.encoder](target)
    if target.samples.alpha and target.encoder == "prores_ks":
        # A layer's edge is black beside skin: coarser steps would show around it. These are the
        # finest that there are, also for the high frequencies.
        context.flags |= int(Flags.qscale)
        finest = {"global_quality": str(_LAMBDA), "quant_mat": "default"}
        context.options = {**context.options, **finest}


def rate_factor(quality: int) -> int:
    """The 0..63 rate factor of AV1 and VP9 that looks like H.264's: 18 as 24, 23 as 32."""
    return min(max(round(1.6 * quality - 5), 1), 63)


def _x264(target: VideoTarget) -> dict[str, str]:
    chosen = ["stitchable=1", "open-gop=0"]
    if target.speed == "superfast":
        chosen.append("b-adapt=0")  # a fifth less time, and fewer bits at equal quality
        if target.quality <= _FINE:
            chosen.append("aq-mode=0")  # a tenth less of both at equal PSNR, edges are sharper
    chosen += _light(target, "mastering-display", "cll")
    rate = "qp" if target.quality == 0 else "crf"  # a factor of 0 is lossless for 8 bits only
    return {"preset": target.speed, rate: str(target.quality), "x264-params": ":".join(chosen)}


def _x265(target: VideoTarget) -> dict[str, str]:
    chosen = ["log-level=none", "open-gop=0", "info=0", "bframes=3"]
    chosen += [f"pools={target.threads}", f"frame-threads={target.threads}"]
    chosen += ["lossless=1"] if target.quality == 0 else []
    chosen += _light(target, "master-display", "max-cll")
    return {
        "preset": target.speed,
        "crf": str(target.quality),
        "x265-params": ":".join(chosen),
    }


def _light(target: VideoTarget, mastering: str, light: str) -> list[str]:
    given = ((mastering, target.mastering_display), (light, target.content_light))
    return [f"{name}={value}" for name, value in given if value]


def _svt(target: VideoTarget) -> dict[str, str]:
    os.environ.setdefault("SVT_LOG", "1")  # it writes pages to stderr otherwise
    chosen = [f"lp={target.threads}"]
    chosen += ["lossless=1"] if target.quality == 0 else []
    return {
        "preset": str(_SVT_PRESETS[target.speed]),
        "crf": str(rate_factor(target.quality)),
        "svtav1-params": ":".join(chosen),
    }


def _vpx(target: VideoTarget) -> dict[str, str]:
    columns = 1 if target.width >= 2 * _VPX_LEAST_TILE else 0
    chosen = {
        "deadline": "good",
        "cpu-used": str(_VPX_SPEEDS[target.speed]),
        "b": "0",
        "crf": str(rate_factor(target.quality)),
        "row-mt": "0",  # its threads would race for the bytes
        "tile-columns": str(columns),
        "auto-alt-ref": "1",
        "lag-in-frames": "25",
    }
    return chosen | ({"lossless": "1"} if target.quality == 0 else {})


def _prores(target: VideoTarget) -> dict[str, str]:
    profile = "4444" if target.codec == "prores4444" else "hq"
    chosen = {"profile": profile, "vendor": "apl0"}
    return chosen | ({"alpha_bits": "16"} if target.samples.alpha else {"alpha_bits": "0"})


def _dnxhd(target: VideoTarget) -> dict[str, str]:
    return {"profile": "dnxhr_hqx" if target.codec == "dnxhr-hqx" else "dnxhr_hq"}


def _ffv1(target: VideoTarget) -> dict[str, str]:
    slices = 16 if target.width * target.height >= _LARGE else 4
    return {"level": "3", "coder": "1", "context": "0", "g": "1", "slicecrc": "1"} | {
        "slices": str(slices)
    }


def _png(target: VideoTarget) -> dict[str, str]:
    return {"compression_level": str(_ZLIB[target.speed]), "pred": "sub"}


def _tiff(target: VideoTarget) -> dict[str, str]:
    return {"compression_algo": "deflate", "compression_level": str(_ZLIB[target.speed])}


def _nvenc(target: VideoTarget) -> dict[str, str]:
    return {
        "preset": _NVENC_PRESETS[target.speed],
        "tune": "hq",
        "rc": "vbr",
        "cq": str(max(target.quality, 1)),
        "b": "0",
    }


def _qsv(target: VideoTarget) -> dict[str, str]:
    return {"preset": _QSV_PRESETS[target.speed], "global_quality": str(max(target.quality, 1))}


def _amf(target: VideoTarget) -> dict[str, str]:
    level = str(target.quality)
    return {"quality": _AMF_QUALITY[target.speed], "rc": "cqp", "qp_i": level, "qp_p": level}


def _videotoolbox(target: VideoTarget) -> dict[str, str]:
    share = round(100 - 2 * target.quality)  # 1..100, higher is better
    return {"q:v": str(max(share, 1)), "realtime": "0"}


_SOFTWARE: Final[dict[str, Callable[[VideoTarget], dict[str, str]]]] = {
    "libx264": _x264,
    "libx264rgb": _x264,
    "libx265": _x265,
    "libsvtav1": _svt,
    "libvpx-vp9": _vpx,
    "prores_ks": _prores,
    "dnxhd": _dnxhd,
    "ffv1": _ffv1,
    "png": _png,
    "tiff": _tiff,
}
_HARDWARE: Final[dict[str, Callable[[VideoTarget], dict[str, str]]]] = {
    "nvenc": _nvenc,
    "qsv": _qsv,
    "amf": _amf,
    "videotoolbox": _videotoolbox,
}
