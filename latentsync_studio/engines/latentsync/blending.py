r"""Which 16 frames the network sees together, and how the latents of overlapping ones are mixed.

Windows lie on a grid of output frames that does not depend on what happens to be rendered. They
are always 16 frames long: at the ends of a run of redrawn frames they are shifted into it, and a
run that is shorter is played back and forth, for the network knows no shorter clips. With an
overlap of 4 the grid's step is 12, and each window fades over 4 frames into the next:

    grid       |0          |12         |24
    window 0   ////========\\\\
    window 1               ////========\\\\
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from latentsync_studio.core.errors import InvalidSettingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from latentsync_studio.core.arrays import F64
    from latentsync_studio.core.ranges import FrameRange

SIZE: Final = 16  # frames that the network was trained with
MOST_OVERLAP: Final = SIZE // 2 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelWindow:
    """Frames that are denoised together.

    Attributes:
        frames: the 16 output frames that the network sees, in order; frames of a short run come
            more than once.
        begin: where its place on the grid begins; may lie before its frames.
        fade_in: frames over which it fades in after `begin`; 0 where nothing is before it.
        fade_out: frames over which it fades out at the end of its place; 0 where nothing follows.
    """

    frames: tuple[int, ...]
    begin: int
    fade_in: int
    fade_out: int

    def weight(self, frame: int) -> float:
        """How much of output frame `frame` is this window's, 0..1; all windows' add up to 1."""
        place = frame - self.begin
        if not 0 <= place < SIZE:
            return 0.0
        rising = (place + 1) / (self.fade_in + 1) if place < self.fade_in else 1.0
        left = SIZE - place
        falling = left / (self.fade_out + 1) if left <= self.fade_out else 1.0
        return rising * falling


def model_windows(window: FrameRange, run: FrameRange, overlap: int = 0) -> tuple[ModelWindow, ...]:
    """What has to be denoised for the output frames `window`.

    Args:
        window: output frames wanted, inside of `run`.
        run: all consecutive frames that may be seen together: redrawn, of one shot.
        overlap: frames that neighbors share, 0..7.

    Returns:
        Windows in order; the same one for every `window` that it takes part in. Without overlap
        a `window` on the grid of 16 has exactly one.

    Raises:
        InvalidSettingError: the overlap is none.
    """
    if not 0 <= overlap <= MOST_OVERLAP:
        raise InvalidSettingError(
            f"Windows of {SIZE} frames cannot overlap by {overlap}.",
            remedy=f"Choose an overlap of 0 to {MOST_OVERLAP} frames.",
        )
    step = SIZE - overlap
    first = run.start // step  # the first and the last that alone cover some frame of the run
    last, rest = divmod(run.stop - 1, step)
    last = max(first, last - (rest < overlap))
    found = []
    for cell in range(max(first, (window.start - SIZE) // step + 1), last + 1):
        begin = cell * step
        if begin >= window.stop:
            break
        found.append(
            ModelWindow(
                frames=_frames(begin, run),
                begin=begin,
                fade_in=overlap if cell > first else 0,
                fade_out=overlap if cell < last else 0,
            )
        )
    return tuple(found)


def heard_times(window: ModelWindow, starts: F64, rate: float) -> F64:
    """When the 16 frames begin within the speech.

    Frames that a short run shows again hear what comes next, so that the speech never runs
    backwards.

    Args:
        window: what is denoised.
        starts: (T,) begins of all output frames, s.
        rate: frames a second.

    Returns:
        (16,) s.
    """
    frames = np.array(window.frames)
    times = np.array(starts[frames], np.float64)
    shown = int(np.argmax(frames)) + 1  # frames before any comes again
    if shown < SIZE:
        times[shown:] = times[shown - 1] + np.arange(1, SIZE - shown + 1) / rate
    return times


def blended(window: FrameRange, parts: Mapping[ModelWindow, Tensor]) -> Tensor:
    """Mix latents linearly over the overlaps.

    Args:
        window: output frames wanted.
        parts: (..., 16, h, w) latents of every one of `model_windows(window, ...)`.

    Returns:
        (..., len(window), h, w); where one window alone covers a frame, its latents bit for bit.
    """
    picked = []
    for frame in window:
        shares = [(part.weight(frame), part, latents) for part, latents in parts.items()]
        shares = [share for share in shares if share[0] > 0.0]
        total = sum(weight for weight, _, _ in shares)
        if abs(total - 1.0) > 1e-9:
            raise ValueError(f"Frame {frame} is covered by {total:.3f} windows.")
        (weight, part, latents), *others = shares
        mixed = latents[..., part.frames.index(frame), :, :]
        if others:
            mixed = mixed * weight
            for weight, part, latents in others:
                mixed = mixed + latents[..., part.frames.index(frame), :, :] * weight
        picked.append(mixed)
    return torch.stack(picked, dim=-3)


def _frames(begin: int, run: FrameRange) -> tuple[int, ...]:
    """16 frames of the run as close to the grid's as it allows."""
    length = len(run)
    if length >= SIZE:
        start = min(max(begin, run.start), run.stop - SIZE)
        return tuple(range(start, start + SIZE))
    there_and_back = [*range(length), *range(length - 2, 0, -1)]
    return tuple(run.start + there_and_back[k % len(there_and_back)] for k in range(SIZE))
