"""A clip of any size out of another one, for measuring how fast this machine is."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import av
import numpy as np

from latentsync_studio.core.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from latentsync_studio.core.progress import Progress

_RATE: Final = Fraction(25)
_OPTIONS: Final = {"preset": "ultrafast", "crf": "14", "x264-params": "keyint=50:log-level=none"}


def write_trial_clip(
    source: Path, target: Path, size: tuple[int, int], frames: int, progress: Progress
) -> Path:
    """Write the first frames of a clip in another size, as H.264 in MP4.

    The picture keeps its shape and fits inside; what is left over repeats its edges.

    Args:
        source: the clip.
        target: movie to write.
        size: width and height, px, both even.
        frames: as many, or fewer where the clip is shorter.
        progress: may stop it.

    Raises:
        InputError: the size cannot be encoded in 4:2:0.
    """
    width, height = size
    if min(size) < 64 or width % 2 or height % 2:
        raise InputError(
            f"A trial clip cannot be {width}x{height} px.",
            remedy="Choose even numbers of 64 or more, for instance 1280x720.",
        )
    with av.open(str(source)) as read, av.open(str(target), "w") as written:
        stream = written.add_stream("libx264", rate=_RATE)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = dict(_OPTIONS)
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = 1
        context.color_range = 1
        for number, frame in enumerate(read.decode(video=0)):
            if number == frames:
                break
            progress.check()
            made = av.VideoFrame.from_ndarray(_fitted(frame, size), format="yuv420p")
            made.pts, made.time_base = number, 1 / _RATE
            written.mux(stream.encode(made))
        written.mux(stream.encode(None))
    return target


def _fitted(frame: av.VideoFrame, size: tuple[int, int]) -> np.ndarray:
    """Planes of a picture of `size` as PyAV takes them, (height * 3 / 2, width) u8."""
    width, height = size
    scale = min(width / frame.width, height / frame.height)
    inner = (_even(frame.width * scale), _even(frame.height * scale))
    small = frame.reformat(width=inner[0], height=inner[1], format="yuv420p").to_ndarray()
    luma = small[: inner[1]]
    chroma = small[inner[1] :].reshape(2, inner[1] // 2, inner[0] // 2)
    planes = [_padded(luma, (width, height))]
    planes += [_padded(plane, (width // 2, height // 2)) for plane in chroma]
    return np.concatenate([plane.ravel() for plane in planes]).reshape(height * 3 // 2, width)


def _even(value: float) -> int:
    return max(2, 2 * round(value / 2))


def _padded(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The plane in the middle of a larger one, its edges repeated."""
    across, down = size[0] - plane.shape[1], size[1] - plane.shape[0]
    around = ((down // 2, down - down // 2), (across // 2, across - across // 2))
    return np.pad(plane, around, mode="edge")
