"""Numbered pictures that show their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av

from tests.media.frame_ids import HEIGHT, WIDTH, number_picture

if TYPE_CHECKING:
    from pathlib import Path

WAYS = {
    ".png": ("png", "rgb24", "image2"),
    ".jpg": ("mjpeg", "yuvj420p", "image2"),
    ".tiff": ("tiff", "rgb24", "image2"),
    ".webp": ("libwebp", "yuv420p", "webp"),
    ".bmp": ("bmp", "bgr24", "image2"),
}


def write_picture(
    path: Path, number: int, size: tuple[int, int] = (WIDTH, HEIGHT), pix_fmt: str = ""
) -> Path:
    """One picture file of the kind that its name says."""
    codec, usual, container = WAYS[path.suffix]
    part = path.with_name(f"part{path.suffix}")  # FFmpeg takes "%" for a pattern
    with av.open(str(part), "w", format=container) as out:
        stream = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, pix_fmt or usual
        frame = av.VideoFrame.from_ndarray(number_picture(number, *size), format="rgb24")
        out.mux(stream.encode(frame.reformat(format=pix_fmt or usual)))
        out.mux(stream.encode(None))
    part.replace(path)
    return path


def write_pictures(folder: Path, name: str, numbers: range) -> list[Path]:
    """Pictures `name.format(number)`, each showing its place in the row."""
    folder.mkdir(parents=True, exist_ok=True)
    return [write_picture(folder / name.format(n), n - numbers.start) for n in numbers]
