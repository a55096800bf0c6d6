"""Clips whose every frame shows its own number, to prove which frame a reader delivers."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - dataclasses read it
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from latentsync_studio.core.picture import Picture

WIDTH, HEIGHT, BITS = 160, 96, 10
X264 = {"crf": "18", "preset": "veryfast", "bf": "2"}


def number_picture(number: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """RGB (height, width, 3): the number in black and white blocks on top, motion below."""
    image = np.full((height, width, 3), 110, np.uint8)
    block = width // BITS
    for bit in range(BITS):
        image[: height // 3, bit * block : (bit + 1) * block] = 230 if number >> bit & 1 else 25
    x = np.arange(width)
    image[height // 2 :, :, 0] = (x * 2 + number * 5) % 200
    image[height // 2 :, :, 1] = (number * 9) % 200
    return image


def number_of(picture: Picture) -> int:
    """The number that a picture shows (upright, however it was coded)."""
    plane = picture.planes[0].astype(np.float64)
    plane /= (1 << picture.format.bits) - 1
    height, width = plane.shape
    block, number = width // BITS, 0
    for bit in range(BITS):
        inner = slice(bit * block + block // 4, (bit + 1) * block - block // 4)
        number |= int(plane[height // 12 : height // 4, inner].mean() > 0.5) << bit
    return number


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a clip is made; `turn` is clockwise to display and `mirror` follows it."""

    frames: int = 60
    rate: Fraction | int = 25
    codec: str = "libx264"
    pix_fmt: str = "yuv420p"
    options: dict[str, str] = field(default_factory=lambda: dict(X264))
    gop: int = 12
    pts: Callable[[int], int] = lambda number: number
    time_base: Fraction | None = None
    turn: int = 0
    mirror: bool = False
    size: tuple[int, int] = (WIDTH, HEIGHT)
    sound_from_s: float | None = None
    metadata: dict[str, str] = field(default_factory=dict)


def make_clip(path: Path, **recipe) -> Path:
    """Write a clip as a `Recipe` says."""
    made = Recipe(**recipe)
    rate = Fraction(made.rate)
    with av.open(str(path), "w") as out:
        out.metadata.update(made.metadata)
        stream = out.add_stream(made.codec, rate=rate, options=made.options)
        first = _coded(made, 0)
        stream.width, stream.height, stream.pix_fmt = first.shape[1], first.shape[0], made.pix_fmt
        stream.codec_context.gop_size = made.gop
        if made.turn or made.mirror:
            stream.set_display_rotation(-made.turn, hflip=made.mirror)
        base = made.time_base or 1 / rate
        stream.time_base = stream.codec_context.time_base = base
        sound = None if made.sound_from_s is None else _sound_stream(out, path)
        _tag(stream.codec_context, made.pix_fmt)
        for number in range(made.frames):
            frame = _frame(_coded(made, number), made.pix_fmt)
            frame.pts, frame.time_base = made.pts(number), base
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if sound is not None:
            _mux_tone(out, sound, made.sound_from_s, float(made.frames / rate))
    return path


def _coded(recipe: Recipe, number: int) -> np.ndarray:
    shown = number_picture(number, *recipe.size)
    flat = shown[:, ::-1] if recipe.mirror else shown
    return np.ascontiguousarray(np.rot90(flat, recipe.turn // 90))


def _tag(context: av.VideoCodecContext, pix_fmt: str) -> None:
    if pix_fmt.startswith("yuv"):
        context.colorspace = context.color_primaries = context.color_trc = 1
        context.color_range = 1


def _frame(image: np.ndarray, pix_fmt: str) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(image, format="rgb24")
    if not pix_fmt.startswith("yuv"):
        return frame.reformat(format=pix_fmt)
    return frame.reformat(
        format=pix_fmt, dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
    )


def _sound_stream(out: av.container.OutputContainer, path: Path) -> av.AudioStream:
    return out.add_stream("pcm_s16le" if path.suffix == ".mov" else "aac", 48000, layout="mono")


def _mux_tone(out, stream, start_s: float, duration_s: float) -> None:
    kind = "s16" if stream.codec_context.codec.name == "pcm_s16le" else "fltp"
    for at in range(0, int(duration_s * 48000), 1024):
        wave = 0.1 * np.sin(np.arange(at, at + 1024) / 48000 * 2 * np.pi * 300)
        data = wave * 32767 if kind == "s16" else wave
        frame = av.AudioFrame.from_ndarray(
            data.astype(np.int16 if kind == "s16" else np.float32)[None], format=kind, layout="mono"
        )
        frame.sample_rate, frame.time_base = 48000, Fraction(1, 48000)
        frame.pts = at + round(start_s * 48000)
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))


def uneven(seed: int, frames: int) -> list[int]:
    """Strictly increasing times in units of 1/90000 s, as a phone writes them."""
    steps = np.random.default_rng(seed).choice([1500, 3000, 3003, 4500, 6006], frames)
    return [0, *np.cumsum(steps).tolist()][:frames]


def numbers(pictures: Iterable[Picture]) -> list[int]:
    """The numbers shown by pictures."""
    return [number_of(p) for p in pictures]
