"""Tiny clips of the sample's head: any times, turns, formats and compositions of pictures."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

SAMPLE = Path(__file__).parents[2] / "resources" / "sample"
HEAD = (160, 90, 280, 280)  # x, y, width, height of the sample's head


@cache
def heads(count: int) -> tuple[np.ndarray, ...]:
    """The head in the first frames of the sample, (280, 280, 3) u8 RGB each."""
    x, y, width, height = HEAD
    with av.open(str(SAMPLE / "portrait.mp4")) as source:
        frames = source.decode(video=0)
        whole = [next(frames).to_ndarray(format="rgb24") for _ in range(count)]
    return tuple(np.ascontiguousarray(f[y : y + height, x : x + width]) for f in whole)


def strangers(count: int) -> list[np.ndarray]:
    """The same head mirrored, smaller, stretched and of another colour: somebody else."""
    found = []
    for number, head in enumerate(heads(2 * count)[::2]):
        small = cv2.resize(head[:, ::-1], (210, 230), interpolation=cv2.INTER_AREA)
        shaded = small.astype(np.float32) * (0.75, 0.9, 1.0) + (0, 10, 20)
        canvas = np.full((280, 280, 3), 90 + number % 3, np.uint8)
        canvas[25:255, 35:245] = np.clip(shaded, 0, 255).astype(np.uint8)
        found.append(canvas)
    return found


def sceneries(count: int, size: tuple[int, int] = (280, 280)) -> list[np.ndarray]:
    """Moving stripes of colour (width, height) in which there is nobody."""
    y, x = np.mgrid[: size[1], : size[0]]
    return [
        np.stack([(x + 5 * k) % 256, (y + 3 * k) % 256, (x + y) // 4 % 256], -1).astype(np.uint8)
        for k in range(count)
    ]


def write_clip(
    path: Path,
    pictures: list[np.ndarray] | tuple[np.ndarray, ...],
    *,
    rate: Fraction | int = 25,
    times: list[int] | None = None,
    turn: int = 0,
    pix_fmt: str = "yuv420p",
) -> Path:
    """Encode pictures (H, W, 3 RGB, as shown) with H.264.

    times: PTS in 1/90000 s; without them, one picture a frame of `rate`. turn: degrees clockwise
    from the coded picture to the shown one.
    """
    base = 1 / Fraction(rate) if times is None else Fraction(1, 90000)
    coded = [np.ascontiguousarray(np.rot90(picture, turn // 90)) for picture in pictures]
    with av.open(str(path), "w") as target:
        stream = target.add_stream("libx264", rate=Fraction(rate))
        stream.height, stream.width = coded[0].shape[:2]
        stream.pix_fmt, stream.options = pix_fmt, {"crf": "12", "preset": "ultrafast"}
        stream.time_base = stream.codec_context.time_base = base
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = 1
        context.color_range = 1
        if turn:
            stream.set_display_rotation(-turn)
        for number, rgb in enumerate(coded):
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
                format=pix_fmt, dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
            )
            frame.pts, frame.time_base = number if times is None else times[number], base
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return path
